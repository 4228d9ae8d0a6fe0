//! What the test binaries that run whole programs share: folders, processes, Python scripts and a reader of the store.
#![allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "each test binary uses its own part of this module"
)]
#![allow(clippy::expect_used, reason = "a test that can't be set up has to fail loudly")]

mod assembly;
mod checks;
mod folder;
mod generated;
mod otlp_body;
mod process;
mod real_server;
mod receiver;
mod repository;
mod scripted;
mod store;

pub(crate) use assembly::Assembly;
pub(crate) use checks::{Checks, checks};
pub(crate) use folder::Folder;
pub(crate) use generated::Package;
pub(crate) use otlp_body::SentSpan;
pub(crate) use process::{
    Background, Process, Ran, python, python_program, rust_program, rust_program_path, say,
};
pub(crate) use real_server::RealServer;
pub(crate) use receiver::{Receiver, Verdict};
pub(crate) use repository::repository;
pub(crate) use scripted::{Authority, Issued, Received, Reply, Scripted};
pub(crate) use store::{StoredSpan, StoredTrace, journal_is_consistent, stored_traces};

/// Whether `bash tests/soak` runs the tests: more runs, longer locks, the whole time.
pub(crate) fn soak() -> bool {
    std::env::var_os("SOAK").is_some_and(|value| value == "1")
}
