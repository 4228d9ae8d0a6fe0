//! What traces of five spans cost on their way into an SQLite file that we made: traces a second, and the CPU time of
//! the whole process for each. Its twin is `python_mlflow.py store`.

use std::error::Error;
use std::time::{Duration, Instant};

const ROUNDS: u32 = 4;
/// Traces of one round: below the bound of what may wait in memory.
const TRACES: u32 = 5_000;

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
    let folder = std::env::temp_dir().join(format!("mlflow-trace-store-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("mlflow.db");
    let guard = mlflow::init().tracking_uri(&format!("sqlite:///{}", file.display())).start()?;
    job("the first makes the file", 0);
    let _ = mlflow::flush();
    let (start, cpu) = (Instant::now(), cpu_time()?);
    for _ in 0..ROUNDS {
        for number in 0..TRACES {
            job("thirty-two bytes of plain text!!", number);
        }
        let _ = mlflow::flush_within(Duration::from_secs(120));
    }
    let (wall, cpu) = (start.elapsed(), cpu_time()? - cpu);
    let report = mlflow::flush();
    let traces = ROUNDS * TRACES;
    if report.delivered_traces() != u64::from(traces) + 1 || !report.is_complete() {
        return Err(format!("not everything was stored: {report:?}").into());
    }
    println!(
        "| mlflow-trace | {:.0} | {:.3} |",
        f64::from(traces) / wall.as_secs_f64(),
        cpu.as_secs_f64() * 1e3 / f64::from(traces)
    );
    drop(guard);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// User and system time of all threads, from this process's own account, which counts in hundredths of a second.
fn cpu_time() -> Result<Duration, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit_once(')').ok_or("no process name")?.1;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |index: usize| {
        fields.get(index).ok_or("too few fields")?.parse::<u64>().map_err(Box::<dyn Error>::from)
    };
    Ok(Duration::from_millis((ticks(11)? + ticks(12)?) * 10))
}
