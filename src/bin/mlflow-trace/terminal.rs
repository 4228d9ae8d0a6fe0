//! What standard output is: how wide, and whether colour belongs there.

use std::env;
use std::io::{self, IsTerminal, Write};

/// How to print.
#[derive(Clone, Copy)]
pub(crate) struct Terminal {
    pub(crate) width: usize,
    pub(crate) color: bool,
}

impl Terminal {
    /// Colour on a terminal unless `NO_COLOR` is set; the terminal's width, or 120 columns in a pipe.
    pub(crate) fn of_stdout() -> Self {
        let is_terminal = io::stdout().is_terminal();
        let asked_not_to = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let width = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
        Self { width: width.unwrap_or(120), color: is_terminal && !asked_not_to }
    }
}

/// One sentence on standard error. Nothing more can be done when that is closed, so its error is dropped.
pub(crate) fn complain(sentence: &str) {
    let _ = writeln!(io::stderr(), "mlflow-trace: {sentence}");
}
