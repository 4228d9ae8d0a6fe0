//! A real MLflow server of the Python environment, for as long as a test wants it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::python_program;

/// The server; it ends with this value, with all its processes, or with the test.
pub(crate) struct RealServer {
    child: Child,
    /// Its end is the server's.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    address: String,
}

impl RealServer {
    /// Starts one of the kinds that `serve.py` knows, with its database in the folder. Takes ten seconds and more.
    pub(crate) fn start(kind: &str, folder: &Path) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/serve.py");
        let mut command = Command::new(python_program());
        command.arg(script).arg(kind).arg(folder).env("MLFLOW_DISABLE_TELEMETRY", "true");
        // Its own list of prices, not what a site offers today.
        command.env("MLFLOW_MODEL_CATALOG_URI", "");
        command.env("PYTHONDONTWRITEBYTECODE", "1").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("Python starts");
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut server = Self { child, input, output, address: String::new() };
        server.address = server.line();
        assert!(server.address.starts_with("http://"), "the server did not start; its words are above");
        server
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the script's output can be read");
        line.trim().to_owned()
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Kills its processes.
    pub(crate) fn stop(&mut self) {
        self.tell("stop");
    }

    /// Starts it again at the same address, on the same database.
    pub(crate) fn restart(&mut self) {
        self.tell("start");
    }

    fn tell(&mut self, what: &str) {
        let input = self.input.as_mut().expect("it is piped");
        writeln!(input, "{what}").expect("the script listens");
        assert_eq!(self.line(), what, "the script's words are above");
    }
}

impl Drop for RealServer {
    fn drop(&mut self) {
        // It puts everything away when its input ends.
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
