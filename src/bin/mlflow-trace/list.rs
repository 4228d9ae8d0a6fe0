//! `list`: one line a trace.

use std::io::{self, Write};
use std::time::Duration;

use mlflow_trace_core::client::TraceSummary;
use mlflow_trace_core::{TraceState, format_duration};

use crate::terminal::Terminal;

const HEADINGS: [&str; 7] = ["ID", "NAME", "STATE", "DURATION", "SPANS", "TOKENS", "REQUEST"];
const NAME_WIDTH: usize = 24;
const STATE: usize = 2;

/// Writes the table; the last column takes what is left of the width.
pub(crate) fn write(out: &mut impl Write, found: &[TraceSummary], terminal: Terminal) -> io::Result<()> {
    let rows: Vec<[String; 7]> = found.iter().map(cells).collect();
    let mut widths = HEADINGS.map(str::len);
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let taken: usize = widths[..6].iter().map(|width| width + 2).sum();
    widths[6] = terminal.width.saturating_sub(taken).max(20);

    write_row(out, &HEADINGS.map(str::to_owned), &widths, |_| terminal.color.then_some("1"))?;
    for (row, summary) in rows.iter().zip(found) {
        let paint = match summary.info.state {
            TraceState::Ok => "32",
            TraceState::Error => "31",
            TraceState::InProgress => "33",
        };
        write_row(out, row, &widths, |column| (terminal.color && column == STATE).then_some(paint))?;
    }
    Ok(())
}

fn cells(summary: &TraceSummary) -> [String; 7] {
    let info = &summary.info;
    [
        info.trace_id.to_string(),
        shorten(&one_line(&info.name), NAME_WIDTH),
        info.state.as_str().to_owned(),
        info.duration_nanos.map_or_else(|| "-".to_owned(), duration),
        summary.span_count.to_string(),
        info.token_usage.map_or_else(|| "-".to_owned(), |usage| usage.total_tokens.to_string()),
        one_line(info.request_preview.as_deref().unwrap_or("-")),
    ]
}

/// MLflow keeps a trace's duration in whole milliseconds.
fn duration(nanos: u64) -> String {
    match nanos / 1_000_000 {
        0 => "<1 ms".to_owned(),
        millis @ 1..1_000 => format!("{millis} ms"),
        _ => format_duration(Duration::from_nanos(nanos)),
    }
}

fn write_row(
    out: &mut impl Write,
    cells: &[String; 7],
    widths: &[usize; 7],
    paint: impl Fn(usize) -> Option<&'static str>,
) -> io::Result<()> {
    for (column, (cell, &width)) in cells.iter().zip(widths).enumerate() {
        let cell = shorten(cell, width);
        let padding = if column == 6 { 0 } else { width + 2 - cell.chars().count() };
        match paint(column) {
            Some(code) => write!(out, "\x1b[{code}m{cell}\x1b[0m{:padding$}", "")?,
            None => write!(out, "{cell}{:padding$}", "")?,
        }
    }
    writeln!(out)
}

/// Text from a trace never steers the terminal: control characters become spaces.
fn one_line(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

fn shorten(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}
