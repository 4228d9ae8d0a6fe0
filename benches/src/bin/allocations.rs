//! Prints how often a span allocates on the caller's thread, and what memory and start-up a library takes.
//!
//! A binary of its own because the counting allocator would slow the timings down. One process for each library, as
//! some of them can be started only once and keep threads of their own.

use std::error::Error;
use std::ffi::OsString;
use std::process::Command;
use std::time::Instant;

use mlflow_trace_benches::peers::{self, Mode, Peer};
use mlflow_trace_benches::workloads::Workload;

type Failure = Box<dyn Error>;

const STARTS: usize = 40;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let find = |name: &str| peers::find(name).ok_or_else(|| format!("unknown library `{name}`"));
    match arguments.as_slice() {
        [] => tables()?,
        ["readme"] => readme()?,
        ["counts", name] => {
            let peer = find(name)?;
            (peer.start)(Mode::On);
            let counts: Vec<String> =
                Workload::ALL.into_iter().map(|workload| count(&peer, workload)).collect();
            println!("| {} | {} |", peer.name, counts.join(" | "));
        }
        ["memory", name] => println!("{}", memory(&find(name)?)?),
        ["start", name] => {
            let peer = find(name)?;
            (peer.start)(Mode::On);
            (peer.run)(Workload::W1, 1);
        }
        _ => return Err("usage: allocations [readme | counts PEER | memory PEER | start PEER]".into()),
    }
    Ok(())
}

fn tables() -> Result<(), Failure> {
    let names: Vec<&str> = Workload::ALL.into_iter().map(Workload::name).collect();
    println!("\nallocations per span on the caller's thread\n\n| | {} |", names.join(" | "));
    println!("|---|{}", "---:|".repeat(names.len()));
    for peer in peers::all() {
        print!("{}", answer(&["counts", peer.name])?);
    }
    println!(
        "\nmemory and start-up (a record's values come on top where it holds them as text of its own)\n\n\
         | | bytes of a waiting W2 span | heap of a thread after its first trace, kB | bytes a future grows by for each \
         async level | process start, ms |\n|---|---:|---:|---:|---:|"
    );
    let plain = peers::find("plain function").ok_or("no plain function")?;
    let (plain_start, plain_level) = (start_millis(&plain)?, (plain.async_level)().unwrap_or(0));
    // fastrace works before `main` in each program that it is linked into, so it is compared with one without it.
    let bare = std::env::var_os("BARE")
        .map_or(Ok(plain_start), |program| millis(program, &["start", plain.name]))?;
    for peer in peers::all().into_iter().filter(|peer| peer.name != plain.name) {
        let without = if peer.name == "fastrace" { bare } else { plain_start };
        let memory = answer(&["memory", peer.name])?;
        let level =
            (peer.async_level)().map_or("boxed here".to_owned(), |bytes| (bytes - plain_level).to_string());
        println!("| {} | {} | {level} | +{:.1} |", peer.name, memory.trim(), start_millis(&peer)? - without);
    }
    Ok(())
}

/// One line: what the third row of the README allocates.
fn readme() -> Result<(), Failure> {
    let w3 = Workload::ALL.iter().position(|workload| *workload == Workload::W3).ok_or("no W3")?;
    let mut cells = Vec::new();
    for peer in peers::all() {
        let line = answer(&["counts", peer.name])?;
        cells.push(format!("{} {}", peer.name, line.split('|').nth(w3 + 2).unwrap_or_default().trim()));
    }
    println!("- allocations on the caller's thread (third row): {}.", cells.join(", "));
    Ok(())
}

/// What this program prints when it is run anew.
fn answer(arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new(std::env::current_exe()?).args(arguments).output()?;
    if !output.status.success() {
        return Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn count(peer: &Peer, workload: Workload) -> String {
    let roots = workload.roots(workload.spans());
    for _ in 0..3 {
        (peer.run)(workload, roots);
        (peer.drain)();
    }
    let counted = allocation_counter::measure(|| (peer.run)(workload, roots));
    (peer.drain)();
    format!("{:.2}", counted.count_total as f64 / workload.spans() as f64)
}

/// Two cells: the bytes of a span that waits for the worker, and what a thread's first trace takes of the heap.
fn memory(peer: &Peer) -> Result<String, Failure> {
    (peer.start)(Mode::On);
    (peer.run)(Workload::W2, 1);
    // Measured at once, before the worker's next round: the memory that the spans occupy is asked for by this thread.
    let roots = 50;
    let counted = allocation_counter::measure(|| (peer.run)(Workload::W2, roots));
    let spans = roots * (1 + mlflow_trace_benches::workloads::CHILDREN);
    let record = peer.record.map_or(counted.bytes_total as f64 / spans as f64, |bytes| bytes as f64);
    (peer.drain)();
    let start = peer.run;
    let of_thread =
        std::thread::spawn(move || allocation_counter::measure(|| start(Workload::W2, 1)).bytes_current);
    let of_thread = of_thread.join().map_err(|_| "the thread panicked")?;
    Ok(format!("{record:.0} | {:.1}", of_thread as f64 / 1e3))
}

/// The median time of a process that starts the library, makes one span and ends without waiting for the sink.
fn start_millis(peer: &Peer) -> Result<f64, Failure> {
    millis(std::env::current_exe()?.into(), &["start", peer.name])
}

fn millis(program: OsString, arguments: &[&str]) -> Result<f64, Failure> {
    let mut millis = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let start = Instant::now();
        let output = Command::new(&program).args(arguments).output()?;
        if !output.status.success() {
            return Err(format!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        millis.push(start.elapsed().as_secs_f64() * 1e3);
    }
    millis.sort_by(f64::total_cmp);
    Ok(millis[STARTS / 2])
}
