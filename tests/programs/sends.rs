//! Sends traces of five spans each and does what else it is told, step by step: `sends STEP…`.
//!
//! Set-up, before everything else: `otlp=URL` adds a receiver in code, `server=URL` a tracking server, `init` starts
//! what was added; without it the environment alone counts. Then, in any order: `pause=MS` and `bytes=N` for what
//! follows, `send=N`, `rate=N/SECONDS`, `sleep=MS`, `flush` or `flush=MS`, `until-empty=MS` flushes until nothing waits
//! or the time is over, `delivered=DESTINATION/TRACES` waits for so many, `stats`, `memory`, `wait=FILE`, `make=FILE`, `exit=CODE`, `kill`.
//!
//! Each finished trace is a line `made: NUMBER MICROSECONDS-SINCE-1970 TRACE` when `say` comes before it. At the end it prints
//! its own result and how long the calls took.
#![allow(clippy::print_stdout, clippy::expect_used, clippy::panic, reason = "a program for tests")]

use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mlflow::{Otlp, TrackingServer};
use serde_json::json;

#[mlflow::trace(span_type = "TOOL")]
fn inner(number: u64) -> u64 {
    number * 2
}

#[mlflow::trace]
fn outer(number: u64) -> u64 {
    inner(number) + 1
}

#[mlflow::trace]
fn job(number: u64, payload: &str) -> u64 {
    let doubled = outer(number);
    mlflow::span("by hand").inputs(number).run(|_| inner(doubled)) + payload.len() as u64
}

#[derive(Default)]
struct Program {
    made: u64,
    result: u64,
    pause: Duration,
    payload: String,
    says: bool,
    calls: Vec<u64>,
}

impl Program {
    fn send(&mut self) {
        let start = Instant::now();
        self.result = self.result.wrapping_add(job(self.made, &self.payload));
        self.calls.push(start.elapsed().as_nanos() as u64);
        if self.says {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_micros();
            let id = mlflow::last_trace_id().map_or(String::new(), |id| id.to_string());
            println!("made: {} {now} {id}", self.made);
            std::io::stdout().flush().expect("standard output is open");
        }
        self.made += 1;
    }

    /// So many a second, by the clock, so that a slow moment is made good.
    fn send_at(&mut self, rate: &str) {
        let (per_second, seconds) = rate.split_once('/').expect("rate=N/SECONDS");
        let (per_second, seconds) = (number(per_second), number(seconds));
        let start = Instant::now();
        for index in 0..per_second * seconds {
            let due = start + Duration::from_micros(index * 1_000_000 / per_second);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            self.send();
        }
    }

    fn step(&mut self, name: &str, value: &str) {
        match name {
            "pause" => self.pause = Duration::from_millis(number(value)),
            "bytes" => self.payload = "x".repeat(number(value) as usize),
            "say" => self.says = true,
            "send" => {
                for _ in 0..number(value) {
                    self.send();
                    std::thread::sleep(self.pause);
                }
            }
            "rate" => self.send_at(value),
            "sleep" => std::thread::sleep(Duration::from_millis(number(value))),
            "flush" if value.is_empty() => report(mlflow::flush()),
            "flush" => report(mlflow::flush_within(Duration::from_millis(number(value)))),
            "until-empty" => until_empty(Duration::from_millis(number(value))),
            "delivered" => delivered(value),
            "stats" => stats(),
            "memory" => memory(),
            "wait" => {
                while !Path::new(value).exists() {
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
            "make" => std::fs::write(value, "").expect("the file can be made"),
            "exit" => std::process::exit(number(value) as i32),
            unknown => panic!("no such step: {unknown}"),
        }
    }
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}

fn report(report: mlflow::FlushReport) {
    println!("answered: {}", report.is_answered());
    println!("delivered: {}", report.delivered_spans());
    println!("pending: {}", report.pending_spans());
    println!("spooled: {}", report.spooled_spans());
    println!("dropped: {}", report.dropped_spans());
}

fn until_empty(limit: Duration) {
    let end = Instant::now() + limit;
    loop {
        let last = mlflow::flush();
        let waits = last.pending_spans() + last.spooled_spans() > 0;
        if !waits || Instant::now() >= end {
            println!("empty: {}", !waits);
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Waits, without a flush, until a destination has so many traces, and says how long it took.
fn delivered(value: &str) {
    let (destination, traces) = value.split_once('/').expect("delivered=DESTINATION/TRACES");
    let start = Instant::now();
    let has = || {
        let all = mlflow::stats();
        all.destinations().get(number(destination) as usize).map_or(0, |one| one.delivered_traces)
    };
    while has() < number(traces) && start.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(5));
    }
    println!("delivered {destination} after ms: {}", start.elapsed().as_millis());
}

fn stats() {
    let all = mlflow::stats();
    for one in all.destinations() {
        let dropped = one.dropped().iter().map(|(reason, spans)| json!([reason.as_str(), spans]));
        let line = json!({
            "name": one.name, "delivered_traces": one.delivered_traces, "delivered_spans": one.delivered_spans,
            "queued_traces": one.queued_traces, "queued_spans": one.queued_spans,
            "spooled_traces": one.spooled_traces, "spooled_spans": one.spooled_spans,
            "spooled_bytes": one.spooled_bytes, "requests": one.requests, "retries": one.retries,
            "sent_bytes": one.sent_bytes, "last_failure": one.last_failure, "dropped": dropped.collect::<Vec<_>>(),
        });
        println!("destination: {line}");
    }
    println!("in memory: {}", all.pending_spans());
    println!("lost: {}", all.lost_spans());
}

/// What the process has in memory now, and the most that it had, in KiB.
fn memory() {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("Linux tells");
        line.trim_matches(|letter: char| !letter.is_ascii_digit()).to_owned()
    };
    println!("memory now in KiB: {}", field("VmRSS:"));
    println!("memory at most in KiB: {}", field("VmHWM:"));
}

fn main() {
    let steps: Vec<String> = std::env::args().skip(1).collect();
    let mut init = mlflow::init();
    let mut guard = None;
    let mut program = Program::default();
    for step in &steps {
        let (name, value) = step.split_once('=').unwrap_or((step, ""));
        match name {
            "otlp" => init = init.also(Otlp::new(value)),
            "server" => init = init.also(TrackingServer::new(value)),
            "init" => {
                // Forgotten on purpose: the end of the process delivers without it.
                guard =
                    Some(std::mem::ManuallyDrop::new(init.clone().start().expect("the settings are good")));
            }
            _ => program.step(name, value),
        }
    }
    let _ = guard;
    program.calls.sort_unstable();
    let at = |share: usize| {
        program.calls.get((program.calls.len() * share / 1000).min(program.calls.len().max(1) - 1))
    };
    println!("result: {} {}", program.made, program.result);
    println!("slowest call in ms: {}", program.calls.last().copied().unwrap_or_default() / 1_000_000);
    println!("median in ns: {}", at(500).copied().unwrap_or_default());
    println!("p99 in ns: {}", at(990).copied().unwrap_or_default());
}
