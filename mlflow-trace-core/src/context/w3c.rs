//! The headers of W3C Trace Context (level 1): `traceparent` and `tracestate`, read and written.
//!
//! Headers come from anybody. What is not as the specification says is as if it were not there.

use std::collections::HashSet;

/// The header that names the trace and the span.
pub(crate) const TRACEPARENT: &str = "traceparent";
/// The header with what each service on the way wants passed on.
pub(crate) const TRACESTATE: &str = "tracestate";

const MAX_MEMBERS: usize = 32;
/// What is passed on at least; what is longer is cut to this, long members first.
const MAX_STATE: usize = 512;
/// Longer members go first.
const LONG_MEMBER: usize = 128;

/// What a `traceparent` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TraceParent {
    pub(super) trace_id: u128,
    pub(super) span_id: u64,
    pub(super) is_sampled: bool,
}

impl TraceParent {
    /// Reads the header. Versions after ours are read as ours, as far as they go.
    pub(super) fn read(value: &[u8]) -> Option<Self> {
        let value = trimmed(value);
        let (head, rest) = value.split_at_checked(55)?;
        let [version @ .., b'-'] = head.get(..3)? else { return None };
        let [trace_id @ .., b'-'] = head.get(3..36)? else { return None };
        let [span_id @ .., b'-'] = head.get(36..53)? else { return None };
        let version = hex(version)?;
        let is_long = match rest.first() {
            None => false,
            Some(b'-') => true,
            Some(_) => return None,
        };
        if version == 0xff || (version == 0 && is_long) {
            return None;
        }
        let flags = hex(head.get(53..)?)?;
        let (trace_id, span_id) = (hex(trace_id)?, u64::try_from(hex(span_id)?).ok()?);
        let is_valid = trace_id != 0 && span_id != 0;
        is_valid.then_some(Self { trace_id, span_id, is_sampled: flags & 1 == 1 })
    }

    /// As a header of version 00. Flags that level 1 does not know are zero.
    pub(super) fn to_header(self) -> String {
        let Self { trace_id, span_id, is_sampled } = self;
        format!("00-{trace_id:032x}-{span_id:016x}-{:02x}", u8::from(is_sampled))
    }
}

/// Lower-case hex digits, at most 32 of them.
fn hex(digits: &[u8]) -> Option<u128> {
    digits.iter().try_fold(0, |number, digit| {
        let value = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        Some(number << 4 | u128::from(value))
    })
}

/// Without the blanks that HTTP allows around a value.
fn trimmed(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}

/// The members of one or more `tracestate` headers, in their order, as one header to be passed on: nothing when there
/// are none, or when one of them is not as it should be.
pub(super) fn read_state<'a>(headers: impl IntoIterator<Item = &'a [u8]>) -> Option<String> {
    let mut members: Vec<&str> = Vec::new();
    let mut keys = HashSet::new();
    for header in headers {
        for member in header.split(|byte| *byte == b',').map(trimmed) {
            // Empty members are allowed, and mean nothing.
            if member.is_empty() {
                continue;
            }
            let key = key_of(member)?;
            if members.len() == MAX_MEMBERS || !keys.insert(key) {
                return None;
            }
            // All of it is printable ASCII.
            members.push(str::from_utf8(member).ok()?);
        }
    }
    shorten(&mut members);
    (!members.is_empty()).then(|| members.join(","))
}

/// Takes out whole members until the rest is short enough: long ones first, then from the end.
fn shorten(members: &mut Vec<&str>) {
    let is_short =
        |members: &[&str]| members.iter().map(|member| member.len() + 1).sum::<usize>() <= MAX_STATE + 1;
    while !is_short(members) {
        let long = members.iter().rposition(|member| member.len() > LONG_MEMBER);
        members.remove(long.unwrap_or(members.len() - 1));
    }
}

/// The key of a member, if the member is valid.
fn key_of(member: &[u8]) -> Option<&[u8]> {
    let equals = member.iter().position(|byte| *byte == b'=')?;
    let (key, value) = (member.get(..equals)?, member.get(equals + 1..)?);
    let is_of_value = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'=');
    // Blanks at the end were trimmed.
    let is_valid = is_key(key) && (1..=256).contains(&value.len()) && value.iter().all(is_of_value);
    is_valid.then_some(key)
}

/// `vendor`, or `tenant@vendor`.
fn is_key(key: &[u8]) -> bool {
    let is_later = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/');
    let is_name = |name: &[u8], max: usize, may_begin_with_digit: bool| match name.split_first() {
        Some((first, rest)) => {
            let begins = first.is_ascii_lowercase() || (may_begin_with_digit && first.is_ascii_digit());
            begins && rest.len() < max && rest.iter().all(is_later)
        }
        None => false,
    };
    match key.iter().position(|byte| *byte == b'@') {
        None => is_name(key, 256, false),
        Some(at) => {
            let (tenant, vendor) = key.split_at(at);
            is_name(tenant, 241, true) && is_name(vendor.get(1..).unwrap_or_default(), 14, false)
        }
    }
}

#[cfg(test)]
#[path = "w3c_tests.rs"]
mod tests;
