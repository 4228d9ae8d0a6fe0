//! Sends so many traces of five spans to the server of MLFLOW_TRACKING_URI: `server COUNT`. Prints the seconds until the
//! last was taken, the CPU seconds of the whole process, and the traces. `server.py` runs it beside its twin in Python.

use std::error::Error;
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
fn job(label: &str, number: u32) -> u32 {
    let doubled = outer(number);
    mlflow::span("by hand").inputs(label).run(|_| inner(doubled))
}

fn main() -> Result<(), Box<dyn Error>> {
    let count: u32 = std::env::args().nth(1).ok_or("server COUNT")?.parse()?;
    // Without a queue on disk no trace of an earlier run is counted.
    let _guard = mlflow::init().spool(false).experiment("ours").start()?;
    job("the first finds the experiment", 0);
    let _ = mlflow::flush_within(Duration::from_secs(60));
    let (start, cpu) = (Instant::now(), cpu_time()?);
    for number in 0..count {
        job("thirty-two bytes of plain text!!", number);
    }
    let report = mlflow::flush_within(Duration::from_secs(600));
    let (wall, cpu) = (start.elapsed(), cpu_time()? - cpu);
    if report.delivered_traces() != u64::from(count) + 1 || !report.is_complete() {
        return Err(format!("not everything was taken: {report:?}").into());
    }
    println!("{} {} {count}", wall.as_secs_f64(), cpu.as_secs_f64());
    Ok(())
}

/// User and system time of all threads, from the scheduler's account in nanoseconds.
fn cpu_time() -> Result<Duration, Box<dyn Error>> {
    let mut all = Duration::ZERO;
    for task in std::fs::read_dir("/proc/self/task")? {
        let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
        all += Duration::from_nanos(text.split(' ').next().ok_or("no time")?.parse()?);
    }
    Ok(all)
}
