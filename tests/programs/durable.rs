//! Calls traced functions on several threads until it is killed, and says what has returned: `durable FIRST`.
//!
//! `durable recover` starts, delivers what it finds and ends. `durable cost` says what a durable span costs.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a program for tests")]

use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;
use mlflow::prelude::*;

#[mlflow::trace(span_type = "TOOL")]
fn step(number: u64) -> u64 {
    mlflow::current_span().set_attribute("seen", number);
    number
}

#[mlflow::trace]
fn job(number: u64) -> u64 {
    mlflow::update_current_trace().tag("job", number.to_string());
    say("step", step(number))
}

/// Never ends, and what is in it does.
#[mlflow::trace]
fn endless(numbers: impl Iterator<Item = u64>) {
    for number in numbers {
        say("step", step(number));
        thread::sleep(Duration::from_millis(1));
    }
}

/// Begins on one thread and is finished by another one.
#[mlflow::trace]
async fn moved(number: u64) -> u64 {
    let inside = (move || step(number)).in_current_span();
    let mut is_second_poll = false;
    futures_util::future::poll_fn(|_| {
        if std::mem::replace(&mut is_second_poll, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    thread::spawn(inside).join().expect("a thread of the test ends")
}

fn say(what: &str, number: u64) -> u64 {
    println!("returned {what} {number}.");
    number
}

fn run(first: u64) {
    thread::spawn(move || endless(first + 300_000..));
    thread::spawn(move || {
        for number in first + 200_000.. {
            let mut future = Box::pin(moved(number));
            assert_eq!((&mut future).now_or_never(), None);
            let there = thread::spawn(move || future.now_or_never());
            say("moved", there.join().expect("a thread of the test ends").expect("it waits for nothing"));
            say("step", number);
        }
    });
    thread::spawn(move || {
        for number in first + 100_000.. {
            say("job", job(number));
            thread::sleep(Duration::from_micros(500));
        }
    });
    for number in first.. {
        say("job", job(number));
        thread::sleep(Duration::from_micros(300));
    }
}

/// Nanoseconds of a call that is traced, the best of several rounds.
fn cost() {
    const CALLS: u64 = 2_000;
    let mut best = f64::MAX;
    for round in 0..20 {
        let start = Instant::now();
        (0..CALLS).for_each(|number| {
            step(std::hint::black_box(number));
        });
        let each = start.elapsed().as_secs_f64() * 1e9 / CALLS as f64;
        best = if round < 3 { best } else { best.min(each) };
        thread::sleep(Duration::from_millis(150));
    }
    println!("ns a span: {best:.0}");
}

fn main() {
    let what = std::env::args().nth(1).expect("what to do");
    match what.as_str() {
        "recover" => {
            mlflow::span("recovering").run(|_| ());
            // A machine under load takes its time; the test has a limit.
            while mlflow::flush_within(Duration::from_secs(10)).pending_spans() > 0 {}
            assert_eq!(mlflow::flush().dropped_spans(), 0);
        }
        "cost" => cost(),
        first => run(first.parse().expect("a number")),
    }
}
