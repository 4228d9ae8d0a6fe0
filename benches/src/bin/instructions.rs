//! Counts instructions per span with callgrind and compares ours with the counts that are kept in the repository.
//!
//! `instructions` compares and fails above the tolerance; `instructions --keep` rewrites what is kept; `instructions
//! peers` prints ours beside the other libraries. Each count is a process of its own under valgrind, which runs
//! `instructions counted PEER MODE WORKLOAD STATE`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use mlflow_trace_benches::peers::{self, Mode, Peer};
use mlflow_trace_benches::workloads::Workload;

type Failure = Box<dyn Error>;

/// Rounds before the counted ones: memory is recycled then, caches of the library are filled.
const WARM_UP: usize = 20;
const COUNTED: usize = 5;

/// What is counted for the comparison: mode, workload, state.
const KEPT: &[(Mode, Workload, State)] = &[
    (Mode::On, Workload::W1, State::Warm),
    (Mode::On, Workload::W2, State::Warm),
    (Mode::On, Workload::W3, State::Warm),
    (Mode::On, Workload::W3r, State::Warm),
    (Mode::On, Workload::W4, State::Warm),
    (Mode::On, Workload::W5, State::Warm),
    (Mode::On, Workload::W5y, State::Warm),
    (Mode::On, Workload::W2, State::Cold),
    (Mode::On, Workload::W3, State::Cold),
    (Mode::SampledOut, Workload::W3, State::Warm),
    (Mode::Off, Workload::W1, State::Warm),
    (Mode::Off, Workload::W3, State::Warm),
    (Mode::Off, Workload::W5, State::Warm),
];

/// Whether the thread has traced for a while, or begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// After many rounds, each delivered before the next.
    Warm,
    /// The first round after one call: memory is asked for and touched for the first time.
    Cold,
}

impl State {
    fn name(self) -> &'static str {
        if self == Self::Warm { "warm" } else { "cold" }
    }

    /// Above it a count has regressed. Equal builds differ by less than 0.1 % when warm; in a cold round it is chance
    /// how much memory comes back from the worker in time.
    fn tolerance_percent(self) -> f64 {
        if self == Self::Warm { 3.0 } else { 10.0 }
    }
}

fn main() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => compare(),
        ["--keep"] => keep(),
        ["peers"] => beside_peers(),
        ["readme"] => readme(),
        ["counted", peer, mode, workload, state] => {
            let peer = peers::find(peer).ok_or("unknown library")?;
            let mode = Mode::parse(mode).ok_or("unknown mode")?;
            let workload = Workload::parse(workload).ok_or("unknown workload")?;
            run_counted(&peer, mode, workload, if *state == "cold" { State::Cold } else { State::Warm });
            Ok(ExitCode::SUCCESS)
        }
        _ => Err("usage: instructions [--keep | peers | readme]".into()),
    }
}

// ----- in the process under valgrind -----

/// Spans of one round: few enough that what they occupy fits into what every library keeps for reuse.
fn spans(workload: Workload) -> usize {
    if workload == Workload::W4 { 100 } else { 1_000 }
}

fn run_counted(peer: &Peer, mode: Mode, workload: Workload, state: State) {
    let roots = workload.roots(spans(workload));
    (peer.start)(mode);
    (peer.run)(workload, 1);
    (peer.drain)();
    let (warm_up, rounds) = if state == State::Warm { (WARM_UP, COUNTED) } else { (0, 1) };
    for _ in 0..warm_up {
        (peer.run)(workload, roots);
        (peer.drain)();
    }
    for _ in 0..rounds {
        counted(peer, workload, roots);
        (peer.drain)();
    }
}

/// The function whose instructions are counted (`--toggle-collect`), in the thread that calls it.
#[inline(never)]
fn counted(peer: &Peer, workload: Workload, roots: usize) {
    (peer.run)(workload, roots);
}

// ----- outside -----

/// Instructions per span in the caller's thread.
fn count(peer: &str, mode: Mode, workload: Workload, state: State) -> Result<f64, Failure> {
    let folder = std::env::temp_dir().join(format!("mlflow-trace-instructions-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=instructions::counted", "--separate-threads=yes"])
        .arg(format!("--callgrind-out-file={}", folder.join("out").display()))
        .arg(std::env::current_exe()?)
        .args(["counted", peer, mode.name(), workload.name(), state.name()])
        .env("MLFLOW_TRACING_ENABLED", if mode == Mode::Off { "false" } else { "true" })
        .output()
        .map_err(|error| format!("valgrind can't be run ({error}); install it, nothing was compared"))?;
    if !output.status.success() {
        return Err(format!("{peer}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let by_thread = totals(&folder)?;
    std::fs::remove_dir_all(&folder)?;
    // The program's main thread is the first; what others did must not be in the count.
    let caller = by_thread.get("01").copied().unwrap_or_default();
    let others: u64 = by_thread.iter().filter(|(thread, _)| *thread != "01").map(|(_, count)| count).sum();
    if caller == 0 || others != 0 {
        return Err(format!("{peer} {}: counted {by_thread:?} by thread", workload.name()).into());
    }
    let rounds = if state == State::Warm { COUNTED } else { 1 };
    Ok(caller as f64 / (rounds * spans(workload)) as f64)
}

/// The sums of callgrind's files, by the number of the thread that their names end with.
fn totals(folder: &Path) -> Result<BTreeMap<String, u64>, Failure> {
    let mut totals = BTreeMap::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)?;
        // `out-02` for the second thread; a program with one thread leaves `out-01` or just `out`.
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let thread = name.split_once('-').map_or("", |(_, thread)| thread).to_owned();
        for line in text.lines() {
            if let Some(sum) = line.strip_prefix("totals: ").or_else(|| line.strip_prefix("summary: ")) {
                totals.insert(thread.clone(), sum.trim().parse()?);
            }
        }
    }
    Ok(totals)
}

fn compiler() -> Result<String, Failure> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    Ok(String::from_utf8(Command::new(rustc).arg("--version").output()?.stdout)?.trim().to_owned())
}

fn kept_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.txt")
}

fn case(mode: Mode, workload: Workload, state: State) -> String {
    format!("{} {} {}", workload.name(), mode.name(), state.name())
}

fn keep() -> Result<ExitCode, Failure> {
    let mut text = format!(
        "# Instructions per span in the caller's thread, counted by callgrind; `bash benches/run instructions` compares,\n\
         # and rewrites with --keep. Case: workload, mode, and whether the thread has traced before.\n\
         compiler: {}\n",
        compiler()?
    );
    for (mode, workload, state) in KEPT {
        let counted = count("mlflow-trace", *mode, *workload, *state)?;
        let name = case(*mode, *workload, *state);
        println!("{name:<22}{counted:>10.1}");
        writeln!(text, "{name}: {counted:.1}")?;
    }
    std::fs::write(kept_file(), text)?;
    println!("kept in {}", kept_file().display());
    Ok(ExitCode::SUCCESS)
}

fn compare() -> Result<ExitCode, Failure> {
    let text = std::fs::read_to_string(kept_file())?;
    let kept: BTreeMap<&str, &str> =
        text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(": ")).collect();
    let (theirs, ours) = (kept.get("compiler").copied().unwrap_or_default(), compiler()?);
    if theirs != ours {
        return Err(format!(
            "the kept counts were made with `{theirs}`, this is `{ours}`: nothing was compared. Count both with one \
             compiler, or keep new counts: benches/run instructions --keep"
        )
        .into());
    }
    println!("{:<22}{:>10}{:>10}{:>9}", "case", "kept", "counted", "");
    let mut regressed = Vec::new();
    for (mode, workload, state) in KEPT {
        let name = case(*mode, *workload, *state);
        let kept: f64 =
            kept.get(name.as_str()).ok_or_else(|| format!("no kept count of `{name}`"))?.parse()?;
        let counted = count("mlflow-trace", *mode, *workload, *state)?;
        let percent = (counted / kept - 1.0) * 100.0;
        println!("{name:<22}{kept:>10.1}{counted:>10.1}{percent:>+8.1}%");
        if percent > state.tolerance_percent() {
            regressed.push(name);
        }
    }
    if regressed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("\nmore than 3 % (cold: 10 %) above what is kept: {}", regressed.join(", "));
    Ok(ExitCode::FAILURE)
}

/// One line: the three rows of the README that differ most.
fn readme() -> Result<ExitCode, Failure> {
    let mut cells = Vec::new();
    for peer in peers::all() {
        let counts: Result<Vec<String>, Failure> = [Workload::W2, Workload::W3, Workload::W4]
            .into_iter()
            .map(|workload| Ok(format!("{:.0}", count(peer.name, Mode::On, workload, State::Warm)?)))
            .collect();
        cells.push(format!("{} {}", peer.name, counts?.join(" / ")));
    }
    println!("- instructions by callgrind (second / third / fifth row): {}.", cells.join(", "));
    Ok(ExitCode::SUCCESS)
}

fn beside_peers() -> Result<ExitCode, Failure> {
    let peers = peers::all();
    let names: Vec<&str> = peers.iter().map(|peer| peer.name).collect();
    println!(
        "\ninstructions per span in the caller's thread, in a steady state\n\n| | {} |",
        names.join(" | ")
    );
    println!("|---|{}", "---:|".repeat(names.len()));
    for workload in Workload::ALL {
        let counts: Result<Vec<String>, Failure> = peers
            .iter()
            .map(|peer| Ok(format!("{:.0}", count(peer.name, Mode::On, workload, State::Warm)?)))
            .collect();
        println!("| {} | {} |", workload.name(), counts?.join(" | "));
    }
    Ok(ExitCode::SUCCESS)
}
