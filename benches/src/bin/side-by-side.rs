//! Prints what a span costs each library, measured in one run.
//!
//! `side-by-side` prints the tables, `side-by-side readme` those of the README; `side-by-side worker PEER MODE` is one
//! library in a process of its own, told over a pipe what to run. With `PYTHON` in the environment MLflow's own client
//! takes part.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use mlflow_trace_benches::peers::{self, Mode, Peer};
use mlflow_trace_benches::workloads::Workload;

const ROUNDS: usize = 30;
const PLAIN: &str = "plain function";
const OURS: &str = "mlflow-trace";
const PYTHON: &str = "MLflow in Python";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => tables(&measured()?),
        ["readme"] => readme(&measured()?),
        ["worker", peer, mode] => {
            let (peer, mode) = chosen(peer, mode)?;
            worker(&peer, mode)
        }
        _ => Err("usage: side-by-side [readme | worker PEER MODE]".into()),
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
    fn spawn(peer: &'static str, mode: Mode, mut command: Command) -> Result<Self, Box<dyn Error>> {
        let mut process = command
            .env("MLFLOW_TRACING_ENABLED", if mode == Mode::Off { "false" } else { "true" })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let to = process.stdin.take().ok_or("no pipe to the worker")?;
        let from = BufReader::new(process.stdout.take().ok_or("no pipe from the worker")?);
        let samples = vec![Vec::with_capacity(ROUNDS); Workload::ALL.len()];
        Ok(Self { peer, mode, process, to, from, samples })
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

/// All libraries in all their modes, measured in turns.
fn measured() -> Result<Vec<Worker>, Box<dyn Error>> {
    let mut workers = Vec::new();
    for peer in peers::all() {
        for mode in peer.modes {
            let mut command = Command::new(std::env::current_exe()?);
            command.args(["worker", peer.name, mode.name()]);
            workers.push(Worker::spawn(peer.name, *mode, command)?);
        }
    }
    if let Some(python) = std::env::var_os("PYTHON") {
        let mut command = Command::new(python);
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/python_mlflow.py")).arg("worker");
        workers.push(Worker::spawn(PYTHON, Mode::On, command)?);
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
    Ok(workers)
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn of_mode(workers: &[Worker], mode: Mode) -> Vec<&Worker> {
    workers.iter().filter(|worker| worker.mode == mode || worker.peer == PLAIN).collect()
}

fn tables(workers: &[Worker]) -> Result<(), Box<dyn Error>> {
    for mode in Mode::ALL {
        println!(
            "\n{}, ns per span on the caller's thread, median of {ROUNDS} interleaved rounds\n",
            mode.name()
        );
        print_mode(&of_mode(workers, mode), Workload::name);
    }
    Ok(())
}

/// The main table, and a line on what is left when tracing is not on.
fn readme(workers: &[Worker]) -> Result<(), Box<dyn Error>> {
    print_mode(&of_mode(workers, Mode::On), Workload::description);
    println!();
    let w3 = Workload::ALL.iter().position(|workload| *workload == Workload::W3).ok_or("no W3")?;
    for mode in [Mode::SampledOut, Mode::Off] {
        let of_mode = of_mode(workers, mode);
        let cells: Vec<String> =
            of_mode.iter().map(|worker| format!("{} {:.1}", worker.peer, worker.median(w3))).collect();
        let what = if mode == Mode::Off { "off by the environment" } else { "not sampled" };
        println!("- {what} (third row, ns): {}.", cells.join(", "));
    }
    Ok(())
}

/// One table: nanoseconds a span by library, and in the last column ours as a share of fastrace's.
fn print_mode(workers: &[&Worker], row: fn(Workload) -> &'static str) {
    let names: Vec<&str> = workers.iter().map(|worker| worker.peer).collect();
    let find = |name: &str| workers.iter().find(|worker| worker.peer == name);
    println!("| | {} | ours ÷ fastrace |", names.join(" | "));
    println!("|---|{}---:|", "---:|".repeat(names.len()));
    for (index, workload) in Workload::ALL.into_iter().enumerate() {
        let cells: Vec<String> = workers.iter().map(|worker| figure(worker.median(index))).collect();
        let ratio = find(OURS).zip(find("fastrace")).map_or(String::new(), |(ours, fastrace)| {
            format!("{:.2}", ours.median(index) / fastrace.median(index))
        });
        println!("| {} | {} | {ratio} |", row(workload), cells.join(" | "));
    }
}

/// Nanoseconds with as many digits as mean something.
fn figure(nanos: f64) -> String {
    match nanos {
        ..100.0 => format!("{nanos:.1}"),
        ..1_000.0 => format!("{nanos:.0}"),
        _ => format!("{},{:03.0}", (nanos / 1e3) as u64, nanos.round() % 1e3),
    }
}
