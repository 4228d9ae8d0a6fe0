//! Delivery over the network as a program's user meets it: whole programs against servers that answer by script, with
//! the clock running. Every test counts at the receiver, which reads what comes by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't be set up has to fail loudly")]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod disks;
mod durable;
mod fan_out;
mod flush_and_exit;
mod processes;
mod program;
mod secrets;
mod settings;
mod tracking_server;
mod transport;
