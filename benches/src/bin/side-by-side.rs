//! Prints what a span costs each library, measured in one run.
//!
//! `side-by-side` prints the table; `side-by-side worker PEER MODE` is one library in a process of its own, told over
//! a pipe what to run; `side-by-side callgrind PEER MODE WORKLOAD SPANS` runs `counted` for an instruction count.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use mlflow_trace_benches::peers::{self, Mode, Peer};
use mlflow_trace_benches::workloads::Workload;

const ROUNDS: usize = 30;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => table(),
        ["worker", peer, mode] => {
            let (peer, mode) = chosen(peer, mode)?;
            worker(&peer, mode)
        }
        _ => Err("usage: side-by-side [worker PEER MODE]".into()),
    }
}

fn chosen(peer: &str, mode: &str) -> Result<(Peer, Mode), Box<dyn Error>> {
    let peer = peers::find(peer).ok_or_else(|| format!("unknown library `{peer}`"))?;
    Ok((peer, Mode::parse(mode).ok_or_else(|| format!("unknown mode `{mode}`"))?))
}

fn worker(peer: &Peer, mode: Mode) -> Result<(), Box<dyn Error>> {
    (peer.start)(mode);
    for line in std::io::stdin().lines() {
        let workload = Workload::parse(&line?).ok_or("unknown workload")?;
        let spans = workload.spans();
        let start = Instant::now();
        (peer.run)(workload, workload.roots(spans));
        let nanos = start.elapsed().as_nanos() as f64 / spans as f64;
        (peer.drain)();
        println!("{nanos}");
    }
    Ok(())
}

/// A library in a process of its own, and what it answered so far.
struct Worker {
    peer: &'static str,
    mode: Mode,
    process: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    samples: Vec<Vec<f64>>,
}

impl Worker {
    fn spawn(peer: &Peer, mode: Mode) -> Result<Self, Box<dyn Error>> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["worker", peer.name, mode.name()])
            .env("MLFLOW_TRACING_ENABLED", if mode == Mode::Off { "false" } else { "true" })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let to = process.stdin.take().ok_or("no pipe to the worker")?;
        let from = BufReader::new(process.stdout.take().ok_or("no pipe from the worker")?);
        let samples = vec![Vec::with_capacity(ROUNDS); Workload::ALL.len()];
        Ok(Self { peer: peer.name, mode, process, to, from, samples })
    }

    fn measure(&mut self, workload: Workload) -> Result<f64, Box<dyn Error>> {
        writeln!(self.to, "{}", workload.name())?;
        let mut answer = String::new();
        self.from.read_line(&mut answer)?;
        answer.trim().parse().map_err(|_| format!("the worker of {} ended: `{answer}`", self.peer).into())
    }

    fn median(&self, workload: usize) -> f64 {
        let mut sorted = self.samples[workload].clone();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    }
}

fn table() -> Result<(), Box<dyn Error>> {
    let mut workers = Vec::new();
    for peer in peers::all() {
        for mode in peer.modes {
            workers.push(Worker::spawn(&peer, *mode)?);
        }
    }
    let count = workers.len();
    for round in 0..=ROUNDS {
        for (index, workload) in Workload::ALL.into_iter().enumerate() {
            // Another order in each round, so that no library always follows the same neighbour.
            for turn in 0..count {
                let worker = &mut workers[(turn + round) % count];
                let nanos = worker.measure(workload)?;
                // The first round warms up.
                if round > 0 {
                    worker.samples[index].push(nanos);
                }
            }
        }
    }
    for mode in Mode::ALL {
        let of_mode: Vec<&Worker> =
            workers.iter().filter(|worker| worker.mode == mode || worker.peer == "plain function").collect();
        print_mode(mode, &of_mode);
    }
    for worker in workers {
        drop(worker.to);
        let mut process = worker.process;
        process.wait()?;
    }
    Ok(())
}

/// One table: nanoseconds a span by library, and how many times ours each other library takes.
fn print_mode(mode: Mode, workers: &[&Worker]) {
    println!(
        "\n{}, ns per span on the caller's thread (× mlflow-trace), median of {ROUNDS} rounds\n",
        mode.name()
    );
    let names: Vec<&str> = workers.iter().map(|worker| worker.peer).collect();
    println!("| | {} |", names.join(" | "));
    println!("|---|{}", "---|".repeat(names.len()));
    for (index, workload) in Workload::ALL.into_iter().enumerate() {
        let ours =
            workers.iter().find(|worker| worker.peer == "mlflow-trace").map(|worker| worker.median(index));
        let cells: Vec<String> = workers
            .iter()
            .map(|worker| {
                let nanos = worker.median(index);
                match ours {
                    Some(ours) if !["plain function", "mlflow-trace"].contains(&worker.peer) => {
                        format!("{nanos:.0} ({:.1}×)", nanos / ours)
                    }
                    _ => format!("{nanos:.1}"),
                }
            })
            .collect();
        println!("| {} | {} |", workload.name(), cells.join(" | "));
    }
}
