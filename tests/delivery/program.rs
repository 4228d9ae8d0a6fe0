//! The program `sends` and what it reported.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Folder, Process, Ran, Receiver, rust_program};

/// The program, with a disk queue in the folder and no destination yet.
pub(crate) fn sends(folder: &Folder, steps: &[&str]) -> Process {
    let spool = folder.file("spool");
    let program = rust_program("sends").env("MLFLOW_TRACE_SPOOL_DIRECTORY", spool).within(folder.path());
    // Metrics have tests of their own.
    let program = program.env("OTEL_METRICS_EXPORTER", "none");
    // The base endpoint would bring metrics along.
    let program = program.env("OTEL_METRICS_EXPORTER", "none");
    // A watchdog for all: nothing here may hang.
    steps.iter().fold(program, Process::arg).limit(Duration::from_secs(60))
}

/// The same, sending by OTLP to this receiver, which the environment names.
pub(crate) fn sends_to(receiver: &Receiver, folder: &Folder, steps: &[&str]) -> Process {
    sends(folder, steps).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url())
}

/// The command line tool, with the disk queue of the folder.
pub(crate) fn tool(folder: &Folder, steps: &[&str]) -> Process {
    let program = Process::new(&PathBuf::from(env!("CARGO_BIN_EXE_mlflow-trace")));
    let program = program.env("MLFLOW_TRACE_SPOOL_DIRECTORY", folder.file("spool")).within(folder.path());
    steps.iter().fold(program, Process::arg).limit(Duration::from_secs(60))
}

/// What the flush and the statistics said.
pub(crate) trait Reported {
    /// A number of the (last) report.
    fn number(&self, name: &str) -> u64;
    /// The statistics of the destination of this number.
    fn destination(&self, number: usize) -> Value;
    /// The sentences on standard error; fails when there are other lines.
    fn sentences(&self) -> Vec<&str>;
    /// Fails unless the program did its own work: so many traces, code 0, calls that waited for nothing.
    fn untouched(self, traces: u64) -> Self;
}

impl Reported for Ran {
    #[track_caller]
    fn number(&self, name: &str) -> u64 {
        let mut values = self.stdout.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        let last = values.next_back().unwrap_or_else(|| panic!("`{name}: …` was not printed\n{self}"));
        last.parse().unwrap_or_else(|_| panic!("`{name}` is no number\n{self}"))
    }

    #[track_caller]
    fn destination(&self, number: usize) -> Value {
        let mut lines = self.stdout.lines().filter_map(|line| line.strip_prefix("destination: "));
        let line = lines.nth(number).unwrap_or_else(|| panic!("no statistics {number}\n{self}"));
        serde_json::from_str(line).expect("statistics are JSON")
    }

    #[track_caller]
    fn sentences(&self) -> Vec<&str> {
        let of_ours = |line: &'_ str| line.starts_with("[mlflow-trace] ");
        assert!(self.stderr.lines().all(of_ours), "words that are not ours\n{self}");
        self.stderr.lines().collect()
    }

    #[track_caller]
    fn untouched(self, traces: u64) -> Self {
        assert!(self.code == Some(0), "the program failed\n{self}");
        let result: u64 = (0..traces).map(|number| (number * 2 + 1) * 2).sum();
        let expected = format!("{traces} ");
        let printed = self.printed("result");
        assert!(printed.starts_with(&expected), "{traces} calls\n{self}");
        let got: u64 = printed.split(' ').nth(1).expect("two numbers").parse().expect("a number");
        assert!(got >= result, "the program's own result\n{self}");
        assert!(self.number("slowest call in ms") < 250, "a call waited\n{self}");
        self
    }
}
