//! MLflow Tracing for Rust: one attribute, and `mlflow ui` shows what an LLM application did.
//!
//! ```
//! #[mlflow::trace(span_type = "RETRIEVER")]
//! fn retrieve(question: &str, k: usize) -> Vec<String> {
//!     vec![format!("{k} documents on {question}")]
//! }
//!
//! #[mlflow::trace]
//! fn answer(question: &str) -> String {
//!     mlflow::update_current_trace().user("u-17").session("s-4");
//!     retrieve(question, 4).join("\n")
//! }
//!
//! answer("What is MLflow?");
//! ```
//!
//! There is nothing to set up. The first traced call starts one background thread; traces go to `mlflow.db` in the
//! working directory, where `mlflow ui` shows them, and what has ended is delivered when the program ends.
#![warn(missing_docs)]

pub use mlflow_trace_core::*;

mod integrations;

#[cfg(feature = "tower")]
pub use integrations::tower;

#[doc(hidden)]
pub use mlflow_trace_core::macro_support as __private;

#[doc = include_str!("trace.md")]
pub use mlflow_trace_macros::trace;

/// The README's examples are compiled and run with the documentation's.
#[cfg(all(doctest, feature = "testing"))]
#[doc = include_str!("../README.md")]
struct Readme;
