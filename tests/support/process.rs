//! Runs programs as their users do: as processes of their own, with a time limit and nothing of MLflow's inherited.

use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// One of the programs in `tests/programs` or `examples`, built by `cargo test` beside this test binary.
pub(crate) fn rust_program(name: &str) -> Process {
    Process::new(&rust_program_path(name))
}

pub(crate) fn rust_program_path(name: &str) -> PathBuf {
    let binary = std::env::current_exe().expect("a test knows its own path");
    let profile = binary.parent().and_then(Path::parent).expect("test binaries lie in target/<profile>/deps");
    let path = profile.join("examples").join(name);
    assert!(path.exists(), "{} is missing; `cargo build --examples` builds it", path.display());
    path
}

/// A script of `tests/python`, run with the Python that has MLflow.
pub(crate) fn python(script: &str) -> Process {
    let mut process = Process::new(&python_program());
    process.command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(script));
    process
}

/// The interpreter of the virtual environment that `tests/run` makes.
pub(crate) fn python_program() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv/bin/python");
    assert!(path.exists(), "{} is missing; `bash tests/run` installs it", path.display());
    path
}

/// A process that is about to start.
pub(crate) struct Process {
    command: Command,
    limit: Duration,
}

impl Process {
    pub(crate) fn new(program: &Path) -> Self {
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let name_text = name.to_string_lossy();
            let is_ours = ["MLFLOW_", "OTEL_", "OPENAI_", "RUST_", "DATABRICKS_"]
                .iter()
                .any(|prefix| name_text.starts_with(prefix));
            // A machine's own proxies and authorities are not those of the tests.
            let is_of_machine =
                ["_PROXY", "_CA_BUNDLE"].iter().any(|end| name_text.to_uppercase().ends_with(end));
            if is_ours || is_of_machine {
                command.env_remove(&name);
            }
        }
        // The ways in which Python MLflow calls home or asks the network have no place in a test.
        command.env("MLFLOW_DISABLE_TELEMETRY", "true").env("DO_NOT_TRACK", "true");
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.stdin(Stdio::null());
        // A group of its own, so that a time-out ends what the process has started too.
        command.process_group(0);
        Self { command, limit: Duration::from_secs(180) }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// The working directory.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// How long it may run before the test fails.
    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Runs it to its end.
    pub(crate) fn run(self) -> Ran {
        self.start().wait()
    }

    /// Starts it and goes on.
    pub(crate) fn start(mut self) -> Background {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let program = self.command.get_program().to_string_lossy().into_owned();
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("can't start {program}: {error}"));
        let stdout = read_on_a_thread(child.stdout.take().expect("stdout is piped"));
        let stderr = read_on_a_thread(child.stderr.take().expect("stderr is piped"));
        Background {
            program,
            child,
            started: Instant::now(),
            limit: self.limit,
            output: Some((stdout, stderr)),
        }
    }
}

fn read_on_a_thread(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// A process that runs beside the test; it and all that it started are killed when this is dropped.
pub(crate) struct Background {
    program: String,
    child: Child,
    started: Instant,
    limit: Duration,
    output: Option<(JoinHandle<String>, JoinHandle<String>)>,
}

impl Background {
    /// Waits for its end and takes what it printed.
    pub(crate) fn wait(mut self) -> Ran {
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                break status;
            }
            if self.started.elapsed() > self.limit {
                self.kill();
                let ran = self.collect(None);
                panic!("{} did not end within {:?}\n{ran}", self.program, self.limit);
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        self.collect(status.code())
    }

    /// Kills it, as `kill -9` does, and takes what it had printed.
    pub(crate) fn killed(mut self) -> Ran {
        self.kill();
        self.collect(None)
    }

    /// Waits until a file exists, which the process makes to say that it has come so far.
    pub(crate) fn wait_for_file(&mut self, file: &Path) {
        while !file.exists() {
            let ended = self.child.try_wait().expect("a child can be waited for");
            if ended.is_some() || self.started.elapsed() > self.limit {
                self.kill();
                let ran = self.collect(ended.and_then(|status| status.code()));
                panic!("{} never made {}\n{ran}", self.program, file.display());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Kills it in the middle of what it does; `moment` is asked directly before.
    pub(crate) fn kill_now<T>(mut self, moment: impl FnOnce() -> T) -> (Ran, T) {
        let moment = moment();
        self.kill();
        let status = self.child.wait().expect("a child can be waited for");
        (self.collect(status.code()), moment)
    }

    fn collect(&mut self, code: Option<i32>) -> Ran {
        let took = self.started.elapsed();
        let (stdout, stderr) = self.output.take().expect("the output is collected once");
        let text = |pipe: JoinHandle<String>| pipe.join().expect("the reading thread does not panic");
        Ran { program: self.program.clone(), code, took, stdout: text(stdout), stderr: text(stderr) }
    }

    fn kill(&mut self) {
        // Safe Rust has no call for a process group; the shell's own `kill` has.
        let group = format!("kill -KILL -{}", self.child.id());
        let _ = Command::new("sh").args(["-c", &group]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if self.output.is_some() {
            self.kill();
        }
    }
}

/// What a process left behind.
pub(crate) struct Ran {
    program: String,
    /// `None` when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) took: Duration,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// Fails unless the process ended with this code and printed nothing on standard error.
    #[track_caller]
    pub(crate) fn quiet(self, code: i32) -> Self {
        assert!(
            self.code == Some(code) && self.stderr.is_empty(),
            "expected code {code} and no words\n{self}"
        );
        self
    }

    /// Fails unless the process ended with code 0, whatever it said.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert!(self.code == Some(0), "expected success\n{self}");
        self
    }

    /// The one sentence that the library said on standard error; fails unless it is exactly one line of ours.
    #[track_caller]
    pub(crate) fn one_sentence(&self) -> &str {
        let lines: Vec<&str> = self.stderr.lines().collect();
        assert!(
            lines.len() == 1 && lines[0].starts_with("[mlflow-trace] "),
            "expected one sentence of ours\n{self}"
        );
        lines[0]
    }

    /// The value that the program printed as `name: value`.
    #[track_caller]
    pub(crate) fn printed(&self, name: &str) -> &str {
        let value = self.stdout.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value.unwrap_or_else(|| panic!("`{name}: …` was not printed\n{self}"))
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { program, code, took, stdout, stderr } = self;
        write!(
            f,
            "{program} ended with {code:?} after {took:?}\n--- stdout\n{stdout}\n--- stderr\n{stderr}\n---"
        )
    }
}

/// Writes to the test's own output, for figures that are worth reading.
pub(crate) fn say(sentence: &str) {
    let _ = writeln!(std::io::stdout(), "{sentence}");
}
