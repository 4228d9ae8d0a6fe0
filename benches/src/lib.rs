//! What a span costs the thread that makes it, for this library and for others, on the same work.
//!
//! `workloads` says what is measured, `peers` holds one implementation of it for each library, `bin/` measures.

pub mod peers;
pub mod workloads;
