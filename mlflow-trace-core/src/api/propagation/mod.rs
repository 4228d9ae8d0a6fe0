//! One trace across services: the headers of [W3C Trace Context](https://www.w3.org/TR/trace-context/), which name the
//! current span to whoever is called, and name the caller's span to us.
//!
//! ```
//! use std::collections::HashMap;
//! use mlflow_trace_core::{propagation, span};
//!
//! // The caller sends the headers along …
//! let mut headers: HashMap<String, String> = HashMap::new();
//! span("caller").run(|_| propagation::inject(&mut headers));
//!
//! // … and whoever is called goes on with the caller's trace.
//! let _context = propagation::attach(&headers);
//! span("called").run(|_| { /* a child of `caller` */ });
//! ```
//!
//! Both services send their own spans to the same MLflow, which puts them together by the trace's id. The trace's tags,
//! session and experiment belong to the process in which it began.

mod carriers;
#[cfg(feature = "header-map")]
mod header_map;

pub use carriers::{ReadHeaders, WriteHeaders};
#[cfg(feature = "header-map")]
pub use header_map::header_map;

use crate::context::{ContextGuard, RemoteParent as Parent, TRACEPARENT, TRACESTATE, outgoing};

pub use crate::context::RemoteParent;

/// The headers that name the current span: `traceparent`, and `tracestate` where a caller of ours sent one. Outside any
/// trace there are none.
///
/// ```
/// for (name, value) in mlflow_trace_core::propagation::headers() {
///     println!("{name}: {value}");
/// }
/// ```
#[inline]
pub fn headers() -> Headers {
    #[cfg(not(feature = "disabled"))]
    return Headers(outgoing().into_iter().flatten());
    #[cfg(feature = "disabled")]
    {
        // Named, so that what it stands on is no dead code there.
        let _ = outgoing;
        Headers(std::iter::empty())
    }
}

#[cfg(not(feature = "disabled"))]
type Found = std::iter::Flatten<std::array::IntoIter<Option<(&'static str, String)>, 2>>;
/// Of the feature `disabled` there is nothing to drop.
#[cfg(feature = "disabled")]
type Found = std::iter::Empty<(&'static str, String)>;

/// The iterator that [`headers`] returns.
#[derive(Clone, Debug)]
#[must_use = "headers have to be sent to do something"]
pub struct Headers(Found);

impl Iterator for Headers {
    type Item = (&'static str, String);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

/// Sets the headers that name the current span in a map of headers, in place of those that are there. Outside any trace
/// the map stays as it is.
#[inline]
pub fn inject<H: WriteHeaders + ?Sized>(headers: &mut H) {
    for (name, value) in self::headers() {
        headers.set_header(name, value);
    }
}

/// The span that called us, by the headers of its request. Headers that are missing, doubled or not as they should be
/// give a parent that is nothing, which changes nothing.
#[inline]
pub fn extract<H: ReadHeaders + ?Sized>(headers: &H) -> RemoteParent {
    if cfg!(feature = "disabled") {
        return Parent::default();
    }
    let values_of = |name: &str| {
        let mut values: Vec<&[u8]> = Vec::new();
        headers.values_of_header(name, &mut |value| values.push(value));
        values
    };
    Parent::read(values_of(TRACEPARENT), values_of(TRACESTATE))
}

/// Makes the span that called us the parent of the spans that start on this thread, until the guard is dropped.
///
/// The guard can't be held across an `await`; async code says
/// `handle(request).with_context(propagation::extract(&headers))`.
#[inline]
pub fn attach<H: ReadHeaders + ?Sized>(headers: &H) -> ContextGuard {
    extract(headers).attach()
}
