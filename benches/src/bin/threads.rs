//! Many threads that make spans as fast as they can: what is made, delivered and lost in a second, and what memory
//! it takes (W8).
//!
//! `threads` prints the tables; `threads worker PEER SHAPE THREADS PACE` is one measurement in a process of its own.
//! Built with the feature `store`, ours writes into an SQLite file instead of discarding, which is the slow
//! destination that we ship.

use std::error::Error;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mlflow::prelude::*;
use mlflow_trace_benches::peers::{self, DELIVERED, Mode, Peer, SINK_PACE};
use mlflow_trace_benches::workloads::{CHILDREN, Workload};

type Failure = Box<dyn Error>;

const SECOND: Duration = Duration::from_secs(1);
/// Roots, with their hundred children, between two looks at the clock.
const ROOTS: usize = 20;
/// Spans of one trace: below the bound of what may wait in memory (100,000).
const ONE_TRACE: usize = 80_000;
/// The slow sink of `facts/performance.md`, in spans a second.
const SLOW: u64 = 50_000;
const OURS: &str = "mlflow-trace";

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => tables(),
        ["store"] => stored(),
        ["worker", peer, shape, threads, pace] => {
            let peer = peers::find(peer).ok_or("unknown library")?;
            worker(&peer, shape, threads.parse()?, pace.parse()?)
        }
        _ => Err("usage: threads [store | worker PEER SHAPE THREADS PACE]".into()),
    }
}

// ----- one measurement -----

fn worker(peer: &Peer, shape: &str, threads: usize, pace: u64) -> Result<(), Failure> {
    (peer.start)(Mode::On);
    (peer.run)(Workload::W2, 1);
    (peer.drain)();
    DELIVERED.store(0, Ordering::Relaxed);
    SINK_PACE.store(pace, Ordering::Relaxed);
    let (already, memory) = (dropped_or_delivered(), resident("VmRSS:")?);
    let start = Instant::now();
    let made =
        if shape == "one" { in_one_trace(threads, start) } else { in_many_traces(peer, threads, start) };
    let making = start.elapsed();
    let peak = resident("VmHWM:")?;
    if pace == 0 {
        (peer.drain)();
    }
    // What a file takes goes on until it has everything.
    let counted =
        if peer.name == OURS { dropped_or_delivered() - already } else { DELIVERED.load(Ordering::Relaxed) };
    let all = start.elapsed();
    println!("{made} {} {} {counted} {}", making.as_nanos(), all.as_nanos(), peak.saturating_sub(memory));
    Ok(())
}

/// What became of our spans; a build without a destination counts all of them as dropped.
fn dropped_or_delivered() -> u64 {
    let report = mlflow::flush_within(Duration::from_secs(120));
    report.dropped_spans() + report.delivered_spans()
}

fn in_many_traces(peer: &Peer, threads: usize, start: Instant) -> u64 {
    let made = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while start.elapsed() < SECOND {
                    (peer.run)(Workload::W2, ROOTS);
                    made.fetch_add((ROOTS * (CHILDREN + 1)) as u64, Ordering::Relaxed);
                }
            });
        }
    });
    made.into_inner()
}

/// One trace after the other, each with its spans spread over the threads.
fn in_one_trace(threads: usize, start: Instant) -> u64 {
    let mut made = 0;
    while start.elapsed() < SECOND {
        mlflow::span("root").run(|_| {
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn((|| (0..ONE_TRACE / threads).for_each(|_| child())).in_current_span());
                }
            });
        });
        made += (ONE_TRACE / threads * threads + 1) as u64;
    }
    made
}

#[mlflow::trace(skip_output)]
#[inline(never)]
fn child() {
    std::hint::black_box(());
}

/// Bytes, from this process's own account.
fn resident(field: &str) -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).ok_or("no such field")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? * 1024)
}

// ----- the tables -----

struct Outcome {
    made: u64,
    delivered: u64,
    lost: u64,
    making: f64,
    all: f64,
    memory: u64,
}

fn measure(peer: &str, shape: &str, threads: usize, pace: u64) -> Result<Outcome, Failure> {
    let folder = std::env::temp_dir().join(format!("mlflow-trace-threads-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let output = Command::new(std::env::current_exe()?)
        .args(["worker", peer, shape, &threads.to_string(), &pace.to_string()])
        .env("MLFLOW_TRACKING_URI", format!("sqlite:///{}", folder.join("mlflow.db").display()))
        .output();
    std::fs::remove_dir_all(&folder)?;
    let output = output?;
    let (text, said) =
        (String::from_utf8(output.stdout)?, String::from_utf8_lossy(&output.stderr).into_owned());
    let numbers: Vec<u64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    let [made, making, all, counted, memory] = numbers[..] else { return Err(said.into()) };
    let delivered = if peer == OURS {
        // What was lost at the bounds is said at the end of the process.
        let lost = said.split_once("spans dropped: ").and_then(|(_, rest)| rest.split_once(','));
        let lost: u64 = lost.map_or(Ok(0), |(count, _)| count.parse())?;
        if counted != made {
            return Err(format!("{made} spans were made, but {counted} accounted for").into());
        }
        counted - lost
    } else {
        counted
    };
    let seconds = |nanos: u64| nanos as f64 / 1e9;
    Ok(Outcome {
        made,
        delivered,
        lost: made - delivered,
        making: seconds(making),
        all: seconds(all),
        memory,
    })
}

fn tables() -> Result<(), Failure> {
    let peers: Vec<Peer> = peers::all().into_iter().filter(|peer| peer.name != "plain function").collect();
    head("threads that make roots with 100 children for a second; a sink that discards");
    for peer in &peers {
        for threads in [1, 2, 4, 8] {
            row(peer.name, threads, &measure(peer.name, "many", threads, 0)?);
        }
    }
    head(&format!("threads that share one trace of {ONE_TRACE} spans after the other"));
    for threads in [1, 2, 4, 8] {
        row(OURS, threads, &measure(OURS, "one", threads, 0)?);
    }
    head(&format!("two threads and a sink that takes {SLOW} spans a second"));
    for peer in peers.iter().filter(|peer| peer.name != OURS) {
        row(peer.name, 2, &measure(peer.name, "many", 2, SLOW)?);
    }
    Ok(())
}

/// The slow destination that we ship: what is made meanwhile must stay within the bounds.
fn stored() -> Result<(), Failure> {
    head("two threads and ours writing into an SQLite file, until all that was kept is stored");
    row(OURS, 2, &measure(OURS, "many", 2, 0)?);
    Ok(())
}

fn head(title: &str) {
    println!(
        "\n{title}\n\n| | threads | made, M/s | delivered, M/s | lost | memory at most |\n|---|---:|---:|---:|---:|---:|"
    );
}

fn row(name: &str, threads: usize, outcome: &Outcome) {
    let Outcome { made, delivered, lost, making, all, memory } = outcome;
    println!(
        "| {name} | {threads} | {:.2} | {:.2} | {lost} ({:.0} %) | +{} MiB |",
        *made as f64 / making / 1e6,
        *delivered as f64 / all / 1e6,
        *lost as f64 / *made as f64 * 100.0,
        memory >> 20,
    );
}
