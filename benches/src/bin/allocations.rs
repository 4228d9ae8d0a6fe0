//! Prints how many times a span allocates on the caller's thread.
//!
//! A binary of its own because the counting allocator would slow the timings down. One process for each library, as
//! some of them can be started only once and keep threads of their own.

use std::error::Error;
use std::process::Command;

use mlflow_trace_benches::peers::{self, Mode};
use mlflow_trace_benches::workloads::Workload;

fn main() -> Result<(), Box<dyn Error>> {
    if let Some(name) = std::env::args().nth(1) {
        let peer = peers::find(&name).ok_or_else(|| format!("unknown library `{name}`"))?;
        (peer.start)(Mode::On);
        let counts: Vec<String> = Workload::ALL.into_iter().map(|workload| count(&peer, workload)).collect();
        println!("| {} | {} |", peer.name, counts.join(" | "));
        return Ok(());
    }
    let names: Vec<&str> = Workload::ALL.into_iter().map(Workload::name).collect();
    println!("\nallocations per span on the caller's thread\n\n| | {} |", names.join(" | "));
    println!("|---|{}", "---|".repeat(names.len()));
    for peer in peers::all() {
        let output = Command::new(std::env::current_exe()?).arg(peer.name).output()?;
        if !output.status.success() {
            return Err(format!("{}: {}", peer.name, String::from_utf8_lossy(&output.stderr)).into());
        }
        print!("{}", String::from_utf8_lossy(&output.stdout));
    }
    Ok(())
}

fn count(peer: &peers::Peer, workload: Workload) -> String {
    let roots = workload.roots(workload.spans());
    for _ in 0..3 {
        (peer.run)(workload, roots);
        (peer.drain)();
    }
    let counted = allocation_counter::measure(|| (peer.run)(workload, roots));
    (peer.drain)();
    format!("{:.2}", counted.count_total as f64 / workload.spans() as f64)
}
