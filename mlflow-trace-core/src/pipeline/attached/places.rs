//! Where the values of JSON text are, so that a few of them can be replaced and all else stays as it is.

use std::ops::Range;

/// A value of JSON and where it is.
#[derive(Debug)]
pub(super) enum Place<'a> {
    /// A string: its place, quotes left out, and its text as it stands there.
    Text(Range<usize>, &'a str),
    /// Keys as they stand there, and values.
    Object(Vec<(&'a str, Self)>),
    Array(Vec<Self>),
    /// A number, `true`, `false` or `null`.
    Other,
}

impl<'a> Place<'a> {
    /// A member of an object.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().find(|(name, _)| *name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text of a string, escapes included.
    pub(super) fn text(&self) -> Option<&'a str> {
        match self {
            Self::Text(_, text) => Some(text),
            _ => None,
        }
    }
}

/// As deep as anybody reads.
const MOST_DEPTH: usize = 160;

/// The values of valid JSON; nothing when it is nested too deep, or something else.
pub(super) fn places(json: &str) -> Option<Place<'_>> {
    Reader { json, at: 0 }.value(0)
}

struct Reader<'a> {
    json: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&mut self) -> Option<u8> {
        let rest = self.json.as_bytes().get(self.at..)?;
        self.at += rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        self.json.as_bytes().get(self.at).copied()
    }

    fn value(&mut self, depth: usize) -> Option<Place<'a>> {
        if depth > MOST_DEPTH {
            return None;
        }
        match self.peek()? {
            b'"' => {
                let place = self.string()?;
                Some(Place::Text(place.clone(), self.json.get(place)?))
            }
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                while self.goes_on(b']')? {
                    items.push(self.value(depth + 1)?);
                }
                Some(Place::Array(items))
            }
            b'{' => {
                self.at += 1;
                let mut members = Vec::new();
                while self.goes_on(b'}')? {
                    let key = self.string()?;
                    (self.peek()? == b':').then(|| self.at += 1)?;
                    members.push((self.json.get(key)?, self.value(depth + 1)?));
                }
                Some(Place::Object(members))
            }
            _ => {
                let rest = self.json.as_bytes().get(self.at..)?;
                let is_in = |byte: &&u8| !matches!(byte, b',' | b'}' | b']') && !byte.is_ascii_whitespace();
                self.at += rest.iter().take_while(is_in).count();
                Some(Place::Other)
            }
        }
    }

    /// Whether another value follows in a list or an object; goes there, or behind its end.
    fn goes_on(&mut self, close: u8) -> Option<bool> {
        loop {
            let byte = self.peek()?;
            if byte != b',' && byte != close {
                return Some(true);
            }
            self.at += 1;
            if byte == close {
                return Some(false);
            }
        }
    }

    /// The place of what is between the quotes; goes behind them.
    fn string(&mut self) -> Option<Range<usize>> {
        (self.peek()? == b'"').then(|| self.at += 1)?;
        let start = self.at;
        loop {
            let rest = self.json.as_bytes().get(self.at..)?;
            self.at += rest.iter().position(|byte| matches!(byte, b'"' | b'\\'))?;
            if self.json.as_bytes().get(self.at) == Some(&b'"') {
                self.at += 1;
                return Some(start..self.at - 1);
            }
            self.at += 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_wherever_they_stand() {
        let json = r#" {"a": [1, -2.5e3, {"b\"": "x"}], "c" : "y\"z", "d": [], "e": {}, "f": null} "#;
        let root = places(json).unwrap();
        assert_eq!(root.get("c").and_then(Place::text), Some(r#"y\"z"#));
        let Some(Place::Array(items)) = root.get("a") else { panic!("{root:?}") };
        let Some(Place::Text(place, "x")) = items[2].get(r#"b\""#) else { panic!("{items:?}") };
        assert_eq!(&json[place.clone()], "x");
        assert!(matches!(root.get("f"), Some(Place::Other)));
    }

    #[test]
    fn what_is_no_json_or_too_deep_is_left_alone() {
        for text in ["", "{", "[1", "\"a", "{\"a\" 1}", "{1: 2}", "\"\\"] {
            assert!(places(text).is_none(), "{text}");
        }
        assert!(places(&"[".repeat(100_000)).is_none());
    }
}
