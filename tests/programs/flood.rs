//! Makes traces of a hundred spans as fast as it can: `flood COUNT`.
//!
//! With `FLOOD_FLUSHING` in the environment a thread waits in a flush when the program ends, and half of the traces are
//! made while it does. Prints how many spans were made.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a program for tests")]

use std::time::Duration;

const CHILDREN: usize = 99;

#[mlflow::trace]
fn child(number: usize) -> usize {
    number * 2
}

#[mlflow::trace]
fn root() -> usize {
    (0..CHILDREN).map(child).sum()
}

fn make(traces: usize) {
    for _ in 0..traces {
        root();
    }
}

fn main() {
    let count: usize = std::env::args().nth(1).and_then(|count| count.parse().ok()).expect("a number");
    make(count / 2);
    if std::env::var_os("FLOOD_FLUSHING").is_some() {
        std::thread::spawn(|| mlflow::flush_within(Duration::from_secs(60)).is_complete());
        std::thread::sleep(Duration::from_millis(500));
    }
    make(count - count / 2);
    println!("made: {}", count * (CHILDREN + 1));
}
