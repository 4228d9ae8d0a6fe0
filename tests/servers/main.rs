//! Real MLflow servers: programs that the environment alone tells where to send, and Python's client that reads back what
//! came.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't be set up has to fail loudly")]

#[path = "../support/mod.rs"]
mod support;

#[path = "../delivery/program.rs"]
#[allow(dead_code, reason = "what only tests without a real server use")]
mod program;

mod feedback;
mod kinds;
mod llm;
mod outage;
