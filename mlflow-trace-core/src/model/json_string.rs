//! Strings of JSON: written, and measured without being written.
//!
//! Captured texts are most of what a trace is made of, so this is where the worker spends its time: runs of bytes that
//! need no escape are found many bytes at a time and copied whole.

/// Appends a JSON string. Only what JSON demands is escaped: MLflow's text filters search this column with LIKE.
pub(crate) fn push_string(out: &mut String, text: &str) {
    out.reserve(text.len() + 2);
    out.push('"');
    let mut rest = text;
    while let Some(at) = first_escaped(rest.as_bytes()) {
        // What is escaped is one byte of ASCII, so there are characters' bounds on both sides of it.
        let (clean, behind) = rest.split_at(at);
        out.push_str(clean);
        let byte = behind.as_bytes().first().copied().unwrap_or_default();
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            0x08 => out.push_str("\\b"),
            0x0c => out.push_str("\\f"),
            _ => {
                out.push_str(if byte < 0x10 { "\\u000" } else { "\\u001" });
                out.push(char::from_digit(u32::from(byte & 0xf), 16).unwrap_or('0'));
            }
        }
        rest = behind.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
    out.push('"');
}

/// The length in bytes of the JSON string with this text when each character outside of ASCII is escaped, which is how
/// MLflow measures.
pub(crate) fn ascii_string_length(text: &str) -> usize {
    2 + sum_of(text.as_bytes(), |byte| usize::from(byte == b'"') + usize::from(byte == b'\\'), &IN_STRING)
}

/// The same for JSON text as it is.
pub(crate) fn ascii_length(json: &str) -> usize {
    sum_of(json.as_bytes(), |_| 0, &AS_IT_IS)
}

/// Bytes that are looked at in one step: a loop over so many becomes a few instructions on wide registers.
const BLOCK: usize = 32;

/// Where the first byte is that JSON wants escaped.
pub(crate) fn first_escaped(bytes: &[u8]) -> Option<usize> {
    let is_clean = |block: &[u8; BLOCK]| {
        block.iter().fold(0, |found, byte| {
            found | u8::from(*byte < b' ') | u8::from(*byte == b'"') | u8::from(*byte == b'\\')
        }) == 0
    };
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let clean = blocks.iter().take_while(|block| is_clean(block)).count() * BLOCK;
    let rest = bytes.get(clean..).unwrap_or_default();
    let (words, end) = rest.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let found = escaped_in(u64::from_le_bytes(*word));
        if found != 0 {
            return Some(clean + index * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let at = end.iter().position(|byte| IN_STRING[usize::from(*byte)] > 1 && byte.is_ascii())?;
    Some(clean + words.len() * 8 + at)
}

/// Sets the top bit of the first byte that is to be escaped; those behind it are not to be trusted.
const fn escaped_in(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    const TOPS: u64 = ONES * 0x80;
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let below_blank = word.wrapping_sub(ONES * 0x20) & !word;
    let is_quote = quote.wrapping_sub(ONES) & !quote;
    let is_backslash = backslash.wrapping_sub(ONES) & !backslash;
    (below_blank | is_quote | is_backslash) & TOPS
}

/// The sum of the table's entries; blocks of printable ASCII count as their length and what `extra` adds.
fn sum_of(bytes: &[u8], extra: impl Fn(u8) -> usize, lengths: &[u8; 256]) -> usize {
    let by_table =
        |bytes: &[u8]| bytes.iter().map(|byte| usize::from(lengths[usize::from(*byte)])).sum::<usize>();
    let (blocks, end) = bytes.as_chunks::<BLOCK>();
    let mut sum = by_table(end);
    for block in blocks {
        let is_plain =
            block.iter().fold(0, |found, byte| found | u8::from((*byte).wrapping_sub(b' ') > 0x5f)) == 0;
        sum += if is_plain {
            BLOCK + usize::from(block.iter().fold(0_u8, |sum, byte| sum + extra(*byte) as u8))
        } else {
            by_table(block)
        };
    }
    sum
}

/// Bytes that each byte of a text takes: a character outside of ASCII is accounted for by its first byte.
const AS_IT_IS: [u8; 256] = {
    let mut lengths = [1; 256];
    let mut byte = 0x80;
    while byte < 256 {
        lengths[byte] = match byte {
            // Inside a character.
            0x80..0xc0 => 0,
            0xc0..0xf0 => 6,
            // A pair of surrogates.
            _ => 12,
        };
        byte += 1;
    }
    lengths
};

/// The same inside a JSON string.
const IN_STRING: [u8; 256] = {
    let mut lengths = AS_IT_IS;
    let mut byte = 0;
    while byte < 0x20 {
        lengths[byte] = 6;
        byte += 1;
    }
    let short = b"\"\\\n\r\t\x08\x0c";
    let mut index = 0;
    while index < short.len() {
        lengths[short[index] as usize] = 2;
        index += 1;
    }
    lengths
};

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Character by character, as plainly as can be said.
    fn plainly(text: &str) -> String {
        let mut out = String::from("\"");
        for letter in text.chars() {
            match letter {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\u{8}' => out.push_str("\\b"),
                '\u{c}' => out.push_str("\\f"),
                '\0'..' ' => write!(out, "\\u{:04x}", letter as u32).unwrap(),
                _ => out.push(letter),
            }
        }
        out.push('"');
        out
    }

    /// As Python's `json.dumps` does with what is left of plain JSON.
    fn to_ascii(json: &str) -> String {
        let mut out = String::new();
        for letter in json.chars() {
            if letter.is_ascii() {
                out.push(letter);
            } else {
                letter
                    .encode_utf16(&mut [0; 2])
                    .iter()
                    .for_each(|unit| write!(out, "\\u{unit:04x}").unwrap());
            }
        }
        out
    }

    fn check(text: &str) {
        let mut out = String::from("before");
        push_string(&mut out, text);
        let plain = plainly(text);
        assert_eq!(out.strip_prefix("before"), Some(plain.as_str()), "{text:?}");
        assert_eq!(ascii_string_length(text), to_ascii(&plain).len(), "{text:?}");
        assert_eq!(ascii_length(text), to_ascii(text).len(), "{text:?}");
    }

    #[test]
    fn every_character_is_written_and_measured_as_json_demands_wherever_it_stands() {
        for letter in '\0'..=char::MAX {
            check(&letter.to_string());
        }
        for letter in ('\0'..'\u{180}').chain(['\u{7ff}', '\u{800}', '\u{ffff}', '\u{10000}', char::MAX]) {
            for before in 0..80 {
                check(&format!("{}{letter}{}", "x".repeat(before), "y".repeat(80 - before)));
            }
        }
    }

    #[test]
    fn strings_of_all_kinds_are_written_as_serde_json_writes_them() {
        // A linear congruential generator is random enough to mix lengths, neighbours and places.
        let mut state = 1_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..20_000 {
            let letters = random(150);
            let escapes = random(20) + 1;
            let text: String = (0..letters)
                .map(|_| match random(20 + escapes) {
                    0..10 => char::from(b'a' + random(26) as u8),
                    10..20 => ' ',
                    _ => ['"', '\\', '\n', '\u{1f}', '\u{7f}', 'ü', '€', '\u{1f600}'][random(8) as usize],
                })
                .collect();
            check(&text);
            assert_eq!(plainly(&text), serde_json::to_string(&text).unwrap());
        }
    }
}
