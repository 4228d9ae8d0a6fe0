//! The form in which a value waits to become JSON.
//!
//! A row of operations in the order in which `serde` visits a value: strings as they are, numbers in binary. The
//! caller's thread only copies; escaping and printing happen on the worker. A tape that stops early (a value over its
//! size limit) still becomes valid JSON: whatever is open is closed.

use std::borrow::Cow;

use crate::model::push_string;

/// An operation of the tape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Op {
    Null = 1,
    True,
    False,
    /// 8 bytes, little-endian, as are all numbers
    U64,
    I64,
    /// 16 bytes
    U128,
    I128,
    F32,
    F64,
    /// length in 4 bytes, bytes
    Text,
    Array,
    Object,
    /// closes the innermost array or object
    Close,
    /// a key: length in 4 bytes, bytes
    Key,
    /// a key that is the value that follows
    ValueKey,
    /// JSON text as it is: length in 4 bytes, bytes
    Raw,
    /// The value was cut here: the limit in 8 bytes. Nothing follows.
    Cut,
}

impl Op {
    const ALL: [Self; 17] = [
        Self::Null,
        Self::True,
        Self::False,
        Self::U64,
        Self::I64,
        Self::U128,
        Self::I128,
        Self::F32,
        Self::F64,
        Self::Text,
        Self::Array,
        Self::Object,
        Self::Close,
        Self::Key,
        Self::ValueKey,
        Self::Raw,
        Self::Cut,
    ];
}

/// How the JSON is spaced.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spacing {
    /// As Python's `json.dumps`: a blank behind commas and colons. MLflow's previews show it.
    Python,
    /// As `serde_json::to_string`.
    #[cfg_attr(not(test), allow(dead_code))]
    Compact,
}

/// Appends the JSON of the value on the tape.
pub(crate) fn write_json(tape: &[u8], spacing: Spacing, out: &mut String) {
    let mut reader = Reader { tape, spacing, open: Vec::new(), has_value: false };
    reader.run(out);
}

/// The JSON of the value on the tape, spaced as MLflow's own.
pub(crate) fn to_json(tape: &[u8]) -> String {
    let mut out = String::with_capacity(tape.len() + tape.len() / 8 + 16);
    write_json(tape, Spacing::Python, &mut out);
    out
}

struct Reader<'a> {
    tape: &'a [u8],
    spacing: Spacing,
    open: Vec<Container>,
    /// Whether the root value has been written.
    has_value: bool,
}

struct Container {
    is_object: bool,
    is_empty: bool,
    /// A key has been written whose value has not.
    awaits_value: bool,
}

impl<'a> Reader<'a> {
    fn run(&mut self, out: &mut String) {
        while let Some(op) = self.op() {
            self.step(op, out);
        }
        self.close_all(out);
    }

    fn op(&mut self) -> Option<Op> {
        let (first, rest) = self.tape.split_first()?;
        self.tape = rest;
        Op::ALL.get(usize::from(*first).checked_sub(1)?).copied()
    }

    fn step(&mut self, op: Op, out: &mut String) {
        match op {
            Op::Key => {
                let key = self.text();
                self.write_key(&key, out);
            }
            Op::ValueKey => {
                let key = self.value_key();
                self.write_key(&key, out);
            }
            Op::Close => self.close(out),
            Op::Cut => {
                let limit = u64::from_le_bytes(self.number());
                self.write_cut(limit, out);
                self.tape = &[];
            }
            _ => {
                self.before_value(out);
                self.write_value(op, out);
            }
        }
    }

    fn write_value(&mut self, op: Op, out: &mut String) {
        match op {
            Op::Null => out.push_str("null"),
            Op::True => out.push_str("true"),
            Op::False => out.push_str("false"),
            Op::U64 => push_display(out, u64::from_le_bytes(self.number())),
            Op::I64 => push_display(out, i64::from_le_bytes(self.number())),
            Op::U128 => push_display(out, u128::from_le_bytes(self.number())),
            Op::I128 => push_display(out, i128::from_le_bytes(self.number())),
            Op::F32 => push_float(out, f32::from_le_bytes(self.number()), self.spacing),
            Op::F64 => push_float(out, f64::from_le_bytes(self.number()), self.spacing),
            Op::Text => {
                let text = self.text();
                push_string(out, &text);
            }
            Op::Raw => {
                let text = self.text();
                // The user's own raw JSON is passed on only if it is JSON.
                if serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok() {
                    out.push_str(&text);
                } else {
                    push_string(out, &text);
                }
            }
            Op::Array => self.open(false, out),
            Op::Object => self.open(true, out),
            Op::Key | Op::ValueKey | Op::Close | Op::Cut => {}
        }
    }

    /// The comma that a value or key needs in its place.
    fn before_value(&mut self, out: &mut String) {
        match self.open.last_mut() {
            Some(container) if container.awaits_value => container.awaits_value = false,
            Some(container) => {
                if !container.is_empty {
                    out.push_str(if self.spacing == Spacing::Python { ", " } else { "," });
                }
                container.is_empty = false;
            }
            None => self.has_value = true,
        }
    }

    fn write_key(&mut self, key: &str, out: &mut String) {
        self.before_value(out);
        push_string(out, key);
        out.push_str(if self.spacing == Spacing::Python { ": " } else { ":" });
        if let Some(container) = self.open.last_mut() {
            container.awaits_value = true;
        }
    }

    fn open(&mut self, is_object: bool, out: &mut String) {
        out.push(if is_object { '{' } else { '[' });
        self.open.push(Container { is_object, is_empty: true, awaits_value: false });
    }

    fn close(&mut self, out: &mut String) {
        if let Some(container) = self.open.pop() {
            if container.awaits_value {
                out.push_str("null");
            }
            out.push(if container.is_object { '}' } else { ']' });
        }
    }

    fn close_all(&mut self, out: &mut String) {
        while !self.open.is_empty() {
            self.close(out);
        }
        if !self.has_value {
            out.push_str("null");
        }
    }

    /// Says in the value itself that it was cut, wherever the knife fell.
    fn write_cut(&mut self, limit: u64, out: &mut String) {
        let note = format!("… cut: larger than {limit} bytes");
        let in_object =
            self.open.last().is_some_and(|container| container.is_object && !container.awaits_value);
        if in_object {
            self.write_key("…", out);
        }
        self.before_value(out);
        push_string(out, &note);
    }

    /// A key that is no string: its JSON is its text, as for `{1: ...}` in Python.
    fn value_key(&mut self) -> String {
        if self.tape.first() == Some(&(Op::Text as u8)) {
            self.tape = &self.tape[1..];
            return self.text().into_owned();
        }
        let mut inner = Reader { tape: self.tape, spacing: self.spacing, open: Vec::new(), has_value: false };
        let mut json = String::new();
        while let Some(op) = inner.op() {
            inner.step(op, &mut json);
            if inner.open.is_empty() && inner.has_value {
                break;
            }
        }
        inner.close_all(&mut json);
        self.tape = inner.tape;
        serde_json::from_str::<String>(&json).unwrap_or(json)
    }

    fn number<const N: usize>(&mut self) -> [u8; N] {
        match self.tape.split_first_chunk::<N>() {
            Some((bytes, rest)) => {
                self.tape = rest;
                *bytes
            }
            None => {
                self.tape = &[];
                [0; N]
            }
        }
    }

    fn text(&mut self) -> Cow<'a, str> {
        let length = u32::from_le_bytes(self.number()) as usize;
        let (bytes, rest) = self.tape.split_at_checked(length).unwrap_or((self.tape, &[]));
        self.tape = rest;
        // What `from_utf8_lossy` alone would do, at many times the speed.
        str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
    }
}

fn push_display(out: &mut String, value: impl std::fmt::Display) {
    use std::fmt::Write as _;
    // Writing into a String can't fail.
    let _ = write!(out, "{value}");
}

/// A finite number, else its name in quotes, since JSON has no such number.
fn push_float<F>(out: &mut String, value: F, spacing: Spacing)
where
    F: Into<f64> + serde::Serialize + std::fmt::LowerExp + Copy,
{
    let wide: f64 = value.into();
    if wide.is_nan() {
        out.push_str("\"NaN\"");
    } else if wide.is_infinite() {
        out.push_str(if wide > 0.0 { "\"Infinity\"" } else { "\"-Infinity\"" });
    } else if spacing == Spacing::Python {
        push_python_float(out, &format!("{value:e}"));
    } else {
        out.push_str(&serde_json::to_string(&value).unwrap_or_default());
    }
}

/// A number as Python's `json.dumps` prints it.
pub(crate) fn python_number(value: f64) -> String {
    let mut out = String::new();
    push_float(&mut out, value, Spacing::Python);
    out
}

/// A number as Python prints it, from its shortest digits in the form `-1.25e-7`: with an exponent of at least two
/// digits below 1e-4 and from 1e16 on, and with a point in any case.
fn push_python_float(out: &mut String, scientific: &str) {
    let (digits, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |digits| ("-", digits));
    out.push_str(sign);
    if !(-4..16).contains(&exponent) {
        out.push_str(digits);
        push_display(out, format_args!("e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs()));
        return;
    }
    let digits: String = digits.chars().filter(|digit| *digit != '.').collect();
    match usize::try_from(exponent) {
        // 0.00125
        Err(_) => {
            out.push_str("0.");
            out.extend(std::iter::repeat_n('0', exponent.unsigned_abs() as usize - 1));
            out.push_str(&digits);
        }
        // 1250.0
        Ok(whole) if digits.len() <= whole + 1 => {
            out.push_str(&digits);
            out.extend(std::iter::repeat_n('0', whole + 1 - digits.len()));
            out.push_str(".0");
        }
        // 12.5
        Ok(whole) => {
            out.push_str(&digits[..=whole]);
            out.push('.');
            out.push_str(&digits[whole + 1..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_printed_as_python_prints_them() {
        // Right: what Python 3.11's repr() says.
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (-12.5, "-12.5"),
            (100.0, "100.0"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.25e-7, "1.25e-07"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (1e300, "1e+300"),
            (5e-324, "5e-324"),
            (1.0 / 3.0, "0.3333333333333333"),
        ];
        for (value, text) in cases {
            let mut out = String::new();
            push_float(&mut out, value, Spacing::Python);
            assert_eq!(out, text);
        }
    }
}
