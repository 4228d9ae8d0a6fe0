//! Ends a trace and leaves one open, says so, and waits to be ended by a signal.

#![allow(clippy::expect_used, clippy::print_stdout, reason = "a program of the tests")]

use std::io::Write as _;
use std::time::Duration;

fn main() {
    mlflow::flush_on_signals().expect("the handlers are taken");
    mlflow::span("ended").run(|_| ());
    mlflow::span("open").run(|_| {
        mlflow::span("ended inside").run(|_| ());
        println!("ready");
        std::io::stdout().flush().expect("standard output is open");
        std::thread::sleep(Duration::from_secs(60));
    });
}
