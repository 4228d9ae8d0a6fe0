//! Reads JSON text where it stands: its pieces are slices of the text, and nothing is built of them.
//!
//! The text is [`crate::model::Json`], which is valid; what is not is answered with `None`, never with a panic.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use crate::model::first_escaped;

/// A place in JSON text.
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

/// The inside of a JSON string.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quoted<'a> {
    /// As it is written, without the quotation marks.
    pub(super) inner: &'a str,
    pub(super) has_escapes: bool,
    /// Whether there are escapes by number among them, which may be half a surrogate pair.
    pub(super) has_numbered: bool,
}

impl<'a> Quoted<'a> {
    pub(super) fn text(self) -> Cow<'a, str> {
        if !self.has_escapes {
            return Cow::Borrowed(self.inner);
        }
        let mut text = String::with_capacity(self.inner.len());
        unescape(&mut text, self.inner);
        Cow::Owned(text)
    }
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The first byte of what comes next, blanks left out.
    pub(super) fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    /// Steps over this byte.
    pub(super) fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Whether the list or map goes on behind the bracket or element that was read last.
    pub(super) fn has_next(&mut self, is_first: bool, end: u8) -> Option<bool> {
        if self.peek()? == end {
            self.at += 1;
            return Some(false);
        }
        if !is_first {
            self.take(b',')?;
        }
        Some(true)
    }

    pub(super) fn string(&mut self) -> Option<Quoted<'a>> {
        self.take(b'"')?;
        let start = self.at;
        let (mut has_escapes, mut has_numbered) = (false, false);
        loop {
            self.at += first_escaped(self.text.as_bytes().get(self.at..)?)?;
            match self.text.as_bytes().get(self.at)? {
                b'"' => break,
                b'\\' => {
                    has_escapes = true;
                    match self.text.as_bytes().get(self.at + 1)? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => has_numbered = true,
                        _ => return None,
                    }
                    self.at += 2;
                }
                _ => return None,
            }
        }
        let inner = self.text.get(start..self.at)?;
        self.at += 1;
        Some(Quoted { inner, has_escapes, has_numbered })
    }

    /// What of a string can be taken as it is, from behind its quotation mark or an escape, and whether the string ends
    /// there. If not, an escape follows.
    pub(super) fn run(&mut self) -> Option<(&'a str, bool)> {
        let rest = self.text.get(self.at..)?;
        let length = memchr2(b'"', b'\\', rest.as_bytes())?;
        let (run, behind) = rest.split_at_checked(length)?;
        let is_end = behind.starts_with('"');
        self.at += length + usize::from(is_end);
        Some((run, is_end))
    }

    /// Hands over the text that an escape stands for.
    pub(super) fn escape(&mut self, each: impl FnOnce(&str)) -> Option<()> {
        self.at += escape(self.text.get(self.at..)?, each)?;
        Some(())
    }

    /// A number, `true`, `false` or `null`.
    pub(super) fn word(&mut self) -> Option<&'a str> {
        self.peek()?;
        let rest = self.text.get(self.at..)?;
        let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
        let length = rest.bytes().position(|byte| !is_inside(&byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).filter(|word| !word.is_empty())
    }

    /// The next value as it is written.
    pub(super) fn value(&mut self) -> Option<&'a str> {
        let mut byte = self.peek()?;
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match byte {
                b'"' => {
                    self.string()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => self.at += 1,
                _ => {
                    self.word()?;
                }
            }
            if depth == 0 {
                return self.text.get(start..self.at);
            }
            byte = self.peek()?;
        }
    }
}

/// A value that is neither text nor list nor map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Word<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    /// A number that neither 64 bits nor a double can hold, by its digits.
    Digits(&'a str),
}

impl<'a> Word<'a> {
    pub(super) fn read(word: &'a str) -> Option<Self> {
        Some(match word {
            "null" => Self::Null,
            "true" => Self::Bool(true),
            "false" => Self::Bool(false),
            _ => match word.parse() {
                Ok(number) => Self::Int(number),
                Err(_) => match word.parse::<f64>() {
                    Ok(number) if number.is_finite() && word.contains(['.', 'e', 'E']) => {
                        return is_json(word).then_some(Self::Double(number));
                    }
                    Ok(_) if word.contains(|letter: char| letter.is_ascii_digit()) => Self::Digits(word),
                    _ => return None,
                },
            },
        })
    }
}

/// Whether a number that Rust reads is one that JSON allows: `1.`, `.5`, `+1.5` and `01.5` are none.
fn is_json(number: &str) -> bool {
    let starts_with_digit = |text: &str| text.starts_with(|letter: char| letter.is_ascii_digit());
    let unsigned = number.strip_prefix('-').unwrap_or(number);
    starts_with_digit(unsigned)
        && !unsigned.strip_prefix('0').is_some_and(starts_with_digit)
        && unsigned.split_once('.').is_none_or(|(_, fraction)| starts_with_digit(fraction))
}

/// Appends the text that a JSON string stands for. Half a surrogate pair becomes U+FFFD.
fn unescape(out: &mut String, inner: &str) {
    let mut rest = inner;
    while let Some((run, escaped)) = memchr(b'\\', rest.as_bytes()).and_then(|at| rest.split_at_checked(at)) {
        out.push_str(run);
        // Whoever found the string has looked at its escapes.
        let length = escape(escaped, |letter| out.push_str(letter)).unwrap_or(1);
        rest = escaped.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
}

/// Hands over what the escape at the start of this text stands for, and says how long it is.
fn escape(text: &str, each: impl FnOnce(&str)) -> Option<usize> {
    let letter = match text.as_bytes().get(..2)? {
        b"\\n" => "\n",
        b"\\t" => "\t",
        b"\\r" => "\r",
        b"\\b" => "\u{8}",
        b"\\f" => "\u{c}",
        b"\\\"" => "\"",
        b"\\\\" => "\\",
        b"\\/" => "/",
        b"\\u" => {
            let (letter, length) = unicode(text.get(1..)?);
            each(letter.encode_utf8(&mut [0; 4]));
            return Some(length + 1);
        }
        _ => return None,
    };
    each(letter);
    Some(2)
}

/// What `uXXXX` stands for, or the pair `uXXXX\uXXXX`, and how long it is.
fn unicode(text: &str) -> (char, usize) {
    let unit = |at: usize| text.get(at..at + 4).and_then(|digits| u16::from_str_radix(digits, 16).ok());
    let Some(first) = unit(1) else { return (char::REPLACEMENT_CHARACTER, 1) };
    if let Some(letter) = char::from_u32(u32::from(first)) {
        return (letter, 5);
    }
    let second = text.get(5..7).filter(|escape| *escape == "\\u").and_then(|_| unit(7));
    match second.map(|second| char::decode_utf16([first, second]).next()) {
        Some(Some(Ok(letter))) => (letter, 11),
        _ => (char::REPLACEMENT_CHARACTER, 5),
    }
}

/// The members of a JSON object; none of anything else.
pub(super) fn members(json: &str) -> impl Iterator<Item = (Cow<'_, str>, &str)> {
    let mut cursor = Cursor::new(json);
    let mut is_open = cursor.take(b'{').is_some();
    let mut is_first = true;
    std::iter::from_fn(move || {
        is_open = is_open && cursor.has_next(is_first, b'}')?;
        is_first = false;
        if !is_open {
            return None;
        }
        let key = cursor.string()?;
        cursor.take(b':')?;
        Some((key.text(), cursor.value()?))
    })
    .fuse()
}

/// The elements of a JSON list; none of anything else.
pub(super) fn items(json: &str) -> impl Iterator<Item = &str> {
    let mut cursor = Cursor::new(json);
    let mut is_open = cursor.take(b'[').is_some();
    let mut is_first = true;
    std::iter::from_fn(move || {
        is_open = is_open && cursor.has_next(is_first, b']')?;
        is_first = false;
        if is_open { cursor.value() } else { None }
    })
    .fuse()
}

/// The member of a JSON object: the last of that name, as Python takes it.
pub(super) fn member<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    members(json).filter(|(name, _)| name == key).last().map(|(_, value)| value)
}

/// What a JSON string says; `None` for anything else.
pub(super) fn text(json: &str) -> Option<Cow<'_, str>> {
    Cursor::new(json).string().map(Quoted::text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_as_serde_json_reads_them() {
        for json in [r#""a\n\t\"\\\/\b\f\r""#, r#""\u00e9\ud83d\ude00x""#, r#""plain é 😀""#, r#""""#] {
            let expected: String = serde_json::from_str(json).unwrap();
            assert_eq!(text(json).unwrap(), expected, "{json}");
        }
    }

    #[test]
    fn half_a_surrogate_pair_becomes_the_replacement_character() {
        assert_eq!(text(r#""a\ud83dz\ude00\ud83d\u0041""#).unwrap(), "a\u{fffd}z\u{fffd}\u{fffd}A");
    }

    #[test]
    fn members_and_items_are_the_pieces_of_the_text() {
        let json = r#"{"a": [1, {"b": "]}"}], "c\n": "x\"y", "d": null, "a": 2.5e3}"#;
        let found: Vec<_> = members(json).collect();
        assert_eq!(
            found,
            [
                ("a".into(), r#"[1, {"b": "]}"}]"#),
                ("c\n".into(), r#""x\"y""#),
                ("d".into(), "null"),
                ("a".into(), "2.5e3")
            ]
        );
        assert_eq!(member(json, "a"), Some("2.5e3"));
        assert_eq!(items(found[0].1).collect::<Vec<_>>(), ["1", r#"{"b": "]}"}"#]);
        assert_eq!(
            items("[]").count() + members("{}").count() + items("{}").count() + members("3").count(),
            0
        );
    }

    #[test]
    fn text_that_is_no_json_ends_the_reading() {
        for broken in
            ["", "{", "[1", "[1 2]", "{\"a\"", "{\"a\": }", "{\"a\": \"x", "{1: 2}", "[,]", "\"\\", "]"]
        {
            assert!(members(broken).count() + items(broken).count() <= 1, "{broken}");
            let _ = Cursor::new(broken).value();
            let _ = text(broken);
        }
    }

    #[test]
    fn numbers_are_integers_where_they_fit_and_text_where_nothing_fits() {
        let read = |word| Word::read(word).unwrap();
        assert_eq!(read("-9223372036854775808"), Word::Int(i64::MIN));
        assert_eq!(read("9223372036854775808"), Word::Digits("9223372036854775808"));
        assert_eq!(read("1e400"), Word::Digits("1e400"));
        assert_eq!(read("1e16"), Word::Double(1e16));
        assert_eq!(read("-0.0"), Word::Double(-0.0));
        assert_eq!([read("true"), read("null")], [Word::Bool(true), Word::Null]);
        for no_number in ["NaN", "tru", "inf", "1.", "1.e5", ".5", "+1.5", "01.5", "-.5"] {
            assert_eq!(Word::read(no_number), None, "{no_number}");
        }
    }
}
