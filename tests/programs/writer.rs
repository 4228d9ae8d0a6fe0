//! Writes traces of five spans each: `writer LABEL COUNT PAUSE_MS BYTES`.
//!
//! With `WRITER_HALFWAY` in the environment it waits, when half is written, until the file of that name exists. With
//! `WRITER_STAY` it lives on until that file exists before it flushes. Prints how long the slowest call took and what
//! the flush reported.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a program for tests")]

use std::path::Path;
use std::time::{Duration, Instant};

#[mlflow::trace(span_type = "TOOL")]
fn inner(number: u32) -> u32 {
    number * 2
}

#[mlflow::trace]
fn outer(number: u32) -> u32 {
    inner(number) + 1
}

#[mlflow::trace]
fn job(label: &str, number: u32, payload: &str) -> u32 {
    let doubled = outer(number);
    mlflow::span("by hand").inputs(label).run(|_| inner(doubled)) + payload.len() as u32
}

fn wait_for(variable: &str) {
    if let Ok(file) = std::env::var(variable) {
        while !Path::new(&file).exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize| args[index].parse::<u32>().expect("a number");
    let (label, count, pause) = (args[0].as_str(), number(1), Duration::from_millis(number(2).into()));
    let payload = "x".repeat(number(3) as usize);
    let mut slowest = Duration::ZERO;
    for index in 0..count {
        if index == count / 2 {
            wait_for("WRITER_HALFWAY");
        }
        let start = Instant::now();
        job(label, index, &payload);
        slowest = slowest.max(start.elapsed());
        std::thread::sleep(pause);
    }
    println!("slowest call in ms: {}", slowest.as_millis());
    wait_for("WRITER_STAY");
    if std::env::var_os("WRITER_FLUSH").is_some() {
        let report = mlflow::flush();
        println!("delivered: {}", report.delivered_spans());
        println!("pending: {}", report.pending_spans());
        println!("dropped: {}", report.dropped_spans());
    }
}
