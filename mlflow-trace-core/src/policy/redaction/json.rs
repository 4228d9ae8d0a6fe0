//! Redaction in JSON text, which is copied but for what is kept out, so that order, spacing and numbers stay.

use super::{REDACTED, Redactor};
use crate::model::{Json, push_string};

impl Redactor {
    /// The JSON with its rules applied; nothing when it stays as it is.
    pub(super) fn json(&self, json: &Json) -> Option<Json> {
        let text = json.as_str();
        if let Some(most) = self.max_value_bytes.filter(|most| text.len() > *most) {
            let said = format!("[left out: {} bytes, more than the bound of {most}]", text.len());
            return Some(Json::string(&said));
        }
        if self.keys.is_empty() && self.patterns.is_empty() {
            return None;
        }
        let mut rewrite = Rewrite { redactor: self, text, at: 0, copied: 0, depth: 0, out: String::new() };
        rewrite.value();
        if rewrite.copied == 0 {
            return None;
        }
        rewrite.out.push_str(text.get(rewrite.copied..).unwrap_or_default());
        Some(Json::from_valid(rewrite.out))
    }
}

/// One pass over valid JSON. What it does not understand it copies.
struct Rewrite<'a> {
    redactor: &'a Redactor,
    text: &'a str,
    at: usize,
    /// Up to here the text stands in `out`; zero as long as nothing was replaced.
    copied: usize,
    depth: usize,
    out: String,
}

/// As deep as JSON libraries read.
const MOST_DEPTH: usize = 128;

impl Rewrite<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Reads one value. What is nested deeper than anybody reads is kept out whole.
    fn value(&mut self) {
        self.skip_space();
        if self.depth >= MOST_DEPTH && matches!(self.peek(), Some(b'{' | b'[')) {
            let start = self.at;
            self.skip_value();
            self.replace(start, self.at, "[left out: nested too deep]");
            return;
        }
        self.depth += 1;
        self.value_within();
        self.depth -= 1;
    }

    fn value_within(&mut self) {
        match self.peek() {
            Some(b'{') => self.members(),
            Some(b'[') => self.items(),
            Some(b'"') => {
                let (start, end) = self.string();
                self.replace_text(start, end);
            }
            _ => self.skip_scalar(),
        }
    }

    fn members(&mut self) {
        self.at += 1;
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'"') => {}
                Some(b',') => {
                    self.at += 1;
                    continue;
                }
                _ => break,
            }
            let (start, end) = self.string();
            let key = decode(self.text.get(start..end).unwrap_or_default());
            self.skip_space();
            // The colon.
            self.at += 1;
            self.skip_space();
            if self.redactor.is_key(&key) {
                let start = self.at;
                self.skip_value();
                self.replace(start, self.at, REDACTED);
            } else {
                self.value();
            }
        }
        self.at += 1;
    }

    fn items(&mut self) {
        self.at += 1;
        loop {
            self.skip_space();
            match self.peek() {
                Some(b']') | None => break,
                Some(b',') => self.at += 1,
                Some(_) => self.value(),
            }
        }
        self.at += 1;
    }

    /// The place of a string, quotes included; goes behind it.
    fn string(&mut self) -> (usize, usize) {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += if byte == b'\\' { 2 } else { 1 };
            if byte == b'"' {
                break;
            }
        }
        self.at = self.at.min(self.text.len());
        (start, self.at)
    }

    fn skip_scalar(&mut self) {
        let start = self.at;
        while self.peek().is_some_and(|byte| !matches!(byte, b',' | b'}' | b']')) {
            self.at += 1;
        }
        // Always on, whatever stands there.
        self.at = self.at.max(start + 1).min(self.text.len().max(start + 1));
    }

    /// Goes behind a value without looking into it.
    fn skip_value(&mut self) {
        let mut depth = 0_usize;
        loop {
            self.skip_space();
            match self.peek() {
                None => return,
                Some(b'"') => {
                    self.string();
                }
                Some(b'{' | b'[') => {
                    depth += 1;
                    self.at += 1;
                    continue;
                }
                Some(b'}' | b']') => {
                    depth = depth.saturating_sub(1);
                    self.at += 1;
                }
                Some(b',' | b':') => {
                    self.at += 1;
                    continue;
                }
                Some(_) => self.skip_scalar(),
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn replace_text(&mut self, start: usize, end: usize) {
        if self.redactor.patterns.is_empty() {
            return;
        }
        let text = decode(self.text.get(start..end).unwrap_or_default());
        if let Some(clean) = self.redactor.text(&text) {
            self.replace(start, end, &clean);
        }
    }

    fn replace(&mut self, start: usize, end: usize, text: &str) {
        self.out.push_str(self.text.get(self.copied..start).unwrap_or_default());
        push_string(&mut self.out, text);
        self.copied = end;
    }
}

/// The text of a JSON string with its quotes.
fn decode(json: &str) -> String {
    serde_json::from_str(json).unwrap_or_else(|_| json.trim_matches('"').to_owned())
}
