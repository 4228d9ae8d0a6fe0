//! What is known about an annotated function when it is compiled.

use std::sync::atomic::{AtomicU32, Ordering};

use super::Hub;
use crate::model::SpanType;

/// The constant facts of an annotated function. Records name it by number.
#[derive(Debug)]
pub struct Callsite {
    pub(crate) name: &'static str,
    pub(crate) function: &'static str,
    pub(crate) span_type: SpanType,
    pub(crate) description: &'static str,
    /// The number under which the hub knows it; zero until it is first used.
    number: AtomicU32,
}

impl Callsite {
    /// Facts of a function: the span's name, the function's own name, the type, and a description or "".
    pub const fn new(
        name: &'static str,
        function: &'static str,
        span_type: SpanType,
        description: &'static str,
    ) -> Self {
        Self { name, function, span_type, description, number: AtomicU32::new(0) }
    }

    #[inline]
    pub(crate) fn number(&'static self, hub: &Hub) -> u32 {
        match self.number.load(Ordering::Relaxed) {
            0 => self.register(hub),
            number => number,
        }
    }

    #[cold]
    fn register(&'static self, hub: &Hub) -> u32 {
        hub.register(self, |number| self.number.store(number, Ordering::Relaxed))
    }

    pub(crate) fn known_number(&self) -> u32 {
        self.number.load(Ordering::Relaxed)
    }
}
