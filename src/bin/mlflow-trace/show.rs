//! `show`: one trace as a tree.

use std::io::{self, Write};

use mlflow_trace_core::Trace;

use crate::terminal::Terminal;

/// Writes the tree with inputs, outputs and attributes below each span.
pub(crate) fn write(out: &mut impl Write, trace: &Trace, terminal: Terminal) -> io::Result<()> {
    write!(out, "{}", trace.tree().width(terminal.width).color(terminal.color).values(true))
}
