//! Trace and span identifiers (W3C Trace Context sizes, MLflow's spelling).

use std::fmt;
use std::num::NonZeroU64;

/// The id of a trace: 16 bytes, never all zero, written `tr-` and 32 lower-case hex digits as MLflow does.
///
/// ```
/// use mlflow_trace_core::TraceId;
/// let id = TraceId::from_u128(0xabc).unwrap();
/// assert_eq!(id.to_string(), "tr-00000000000000000000000000000abc");
/// assert_eq!("tr-00000000000000000000000000000abc".parse(), Ok(id));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(u128);

impl TraceId {
    /// The id with this value, or `None` for zero, which W3C Trace Context forbids.
    pub const fn from_u128(value: u128) -> Option<Self> {
        if value == 0 { None } else { Some(Self(value)) }
    }

    /// Reads `tr-` and 32 hex digits; the `tr-` may be missing, as OpenTelemetry writes it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("tr-").unwrap_or(text);
        let is_hex = digits.len() == 32 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u128::from_str_radix(digits, 16).ok().filter(|_| is_hex).and_then(Self::from_u128)
    }

    /// The value as a number; its big-endian bytes are the OpenTelemetry trace id.
    pub const fn to_u128(self) -> u128 {
        self.0
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tr-{:032x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The id of a span: 8 bytes, never all zero, written as 16 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(NonZeroU64);

impl SpanId {
    /// The id with this value, or `None` for zero, which W3C Trace Context forbids.
    pub const fn from_u64(value: u64) -> Option<Self> {
        match NonZeroU64::new(value) {
            Some(value) => Some(Self(value)),
            None => None,
        }
    }

    /// The value as a number; its big-endian bytes are the OpenTelemetry span id.
    pub const fn to_u64(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
