//! A trace as text: one line a span, indented as the calls were nested, with a bar that shows when it ran.
//!
//! Pure text making: where it is printed, how wide, and whether in colour is the caller's business.

use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::time::Duration;

use crate::model::{Span, SpanId, StatusCode, Trace, TraceInfo, TraceState, keys};

impl Trace {
    /// The trace as a tree, to be printed.
    ///
    /// ```no_run
    /// # fn show(trace: &mlflow_trace_core::Trace) {
    /// println!("{}", trace.tree().width(100).values(true));
    /// # }
    /// ```
    pub fn tree(&self) -> Tree<'_> {
        Tree { trace: self, width: 100, color: false, values: false }
    }
}

/// Prints a [`Trace`] through [`fmt::Display`]; see [`Trace::tree`].
#[derive(Clone, Debug)]
#[must_use = "a tree does nothing until it is printed"]
pub struct Tree<'a> {
    trace: &'a Trace,
    width: usize,
    color: bool,
    values: bool,
}

impl Tree<'_> {
    /// How many columns there are; 100 by default, never fewer than 40.
    pub fn width(mut self, columns: usize) -> Self {
        self.width = columns.max(40);
        self
    }

    /// Whether to colour by ANSI escapes; off by default.
    pub fn color(mut self, on: bool) -> Self {
        self.color = on;
        self
    }

    /// Whether inputs, outputs, attributes and events stand below each span; off by default. Errors always do.
    pub fn values(mut self, on: bool) -> Self {
        self.values = on;
        self
    }
}

/// A duration in the unit that suits it: `812 ns`, `3.4 µs`, `20.1 ms`, `1.25 s`, `2 min 5 s`.
pub fn format_duration(duration: Duration) -> String {
    let nanos = duration.as_nanos();
    let seconds = duration.as_secs_f64();
    match nanos {
        0..1_000 => format!("{nanos} ns"),
        1_000..999_950 => format!("{:.1} µs", seconds * 1e6),
        999_950..999_950_000 => format!("{:.1} ms", seconds * 1e3),
        999_950_000..59_995_000_000 => format!("{seconds:.2} s"),
        _ => {
            let whole = (seconds + 0.5) as u64;
            format!("{} min {} s", whole / 60, whole % 60)
        }
    }
}

impl fmt::Display for Tree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.header(f)?;
        let rows = rows(&self.trace.spans);
        let longest = |of: fn(&Row<'_>) -> usize| rows.iter().map(of).max().unwrap_or(0);
        let columns = Columns {
            label: longest(|row| row.label().chars().count()).min(self.width * 2 / 5),
            kind: longest(|row| clean(row.span.span_type.as_str()).chars().count()).min(16),
            time: longest(|row| format_duration(row.span.duration()).chars().count()),
        };
        let scale = Scale::of(&self.trace.spans);
        for row in &rows {
            self.line(f, row, &columns, &scale)?;
            self.details(f, row)?;
        }
        Ok(())
    }
}

struct Columns {
    label: usize,
    kind: usize,
    time: usize,
}

impl Tree<'_> {
    fn header(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let info = &self.trace.info;
        let (state, paint) = match info.state {
            TraceState::Ok => ("OK", GREEN),
            TraceState::Error => ("ERROR", RED),
            TraceState::InProgress => ("IN_PROGRESS", YELLOW),
        };
        write!(f, "{}  {}", self.paint(BOLD, &info.trace_id.to_string()), self.paint(paint, state))?;
        if let Some(nanos) = info.duration_nanos {
            write!(f, "  {}", format_duration(Duration::from_nanos(nanos)))?;
        }
        let count = self.trace.spans.len();
        write!(f, "  {count} {}", if count == 1 { "span" } else { "spans" })?;
        if let Some(usage) = info.token_usage {
            write!(f, "  {} tokens", usage.total_tokens)?;
        }
        if let Some(cost) = info.cost {
            write!(f, "  ${:.6}", cost.total_cost)?;
        }
        writeln!(f)?;
        let labels = trace_labels(info);
        if !labels.is_empty() {
            writeln!(f, "{}", self.paint(DIM, &shorten(&labels, self.width)))?;
        }
        Ok(())
    }

    fn line(
        &self,
        f: &mut fmt::Formatter<'_>,
        row: &Row<'_>,
        columns: &Columns,
        scale: &Scale,
    ) -> fmt::Result {
        let span = row.span;
        let label = shorten(&row.label(), columns.label);
        let kind = shorten(&clean(span.span_type.as_str()), columns.kind);
        let time = format_duration(span.duration());
        let status = span.status.code.as_str();
        let paint = match span.status.code {
            StatusCode::Ok => GREEN,
            StatusCode::Error => RED,
            StatusCode::Unset => DIM,
        };
        write!(f, "{label}{}", pad(&label, columns.label))?;
        write!(f, "  {}{}", self.paint(BLUE, &kind), pad(&kind, columns.kind))?;
        write!(f, "  {}{}", self.paint(paint, status), pad(status, "ERROR".len()))?;
        write!(f, "  {}{time}", pad(&time, columns.time))?;
        let taken = columns.label + columns.kind + "ERROR".len() + columns.time + 8;
        let (before, length) = scale.bar(span, self.width.saturating_sub(taken).clamp(8, 40));
        writeln!(f, "  {}{}", " ".repeat(before), self.paint(CYAN, &"█".repeat(length)))
    }

    fn details(&self, f: &mut fmt::Formatter<'_>, row: &Row<'_>) -> fmt::Result {
        let span = row.span;
        if self.values {
            if let Some(inputs) = span.inputs() {
                self.detail(f, row, "in", inputs.as_str())?;
            }
            if let Some(outputs) = span.outputs() {
                self.detail(f, row, "out", outputs.as_str())?;
            }
            for (key, value) in &span.attributes {
                if is_shown(key) {
                    self.detail(f, row, key, value.as_str())?;
                }
            }
            for event in span.events.iter().filter(|event| event.name != "exception") {
                let mut text = event.name.clone();
                for (key, value) in &event.attributes {
                    let _ = write!(text, " {key}={value}");
                }
                self.detail(f, row, "event", &text)?;
            }
        }
        if span.status.code == StatusCode::Error {
            let message = &span.status.message;
            self.detail(f, row, "error", if message.is_empty() { "(no message)" } else { message })?;
        }
        Ok(())
    }

    /// One line `name value` below a span, cut to the width.
    fn detail(&self, f: &mut fmt::Formatter<'_>, row: &Row<'_>, name: &str, value: &str) -> fmt::Result {
        let guide = shorten(&row.below, self.width * 2 / 5);
        let name = clean(name);
        let taken = guide.chars().count() + name.chars().count() + 1;
        let value = shorten(&one_line(value, self.width), self.width.saturating_sub(taken).max(16));
        let paint = if name == "error" { RED } else { DIM };
        writeln!(f, "{guide}{} {value}", self.paint(paint, &name))
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";
const BLUE: &str = "34";
const CYAN: &str = "36";

/// Levels drawn with guides; deeper spans stand at the last level, so that a runaway recursion stays readable.
const MAX_LEVELS: usize = 24;

struct Row<'a> {
    span: &'a Span,
    /// What is drawn before the name.
    guide: String,
    /// What is drawn before the lines that belong to the span.
    below: String,
}

impl Row<'_> {
    fn label(&self) -> String {
        format!("{}{}", self.guide, clean(&self.span.name))
    }
}

/// The spans in the order of a walk through the tree, children by start time. Spans whose parent is not here stand at
/// the left edge; a cycle of parents, which only a broken store can bring, is cut where it is entered.
fn rows(spans: &[Span]) -> Vec<Row<'_>> {
    let known: HashMap<SpanId, usize> =
        spans.iter().enumerate().map(|(at, span)| (span.span_id, at)).collect();
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut roots = Vec::new();
    for (at, span) in spans.iter().enumerate() {
        match span.parent_id.and_then(|parent| known.get(&parent)) {
            Some(&parent) if parent != at => children.entry(parent).or_default().push(at),
            _ => roots.push(at),
        }
    }
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|&at| spans[at].start_unix_nanos);
    roots.sort_by_key(|&at| spans[at].start_unix_nanos);
    // After the true roots every span is tried once more: what was not reached lies on a cycle.
    let starts = roots.into_iter().chain(order);

    let mut seen = vec![false; spans.len()];
    let mut rows = Vec::with_capacity(spans.len());
    let mut stack: Vec<(usize, usize, String, String)> = Vec::new();
    for start in starts {
        stack.push((start, 0, String::new(), String::new()));
        while let Some((at, level, guide, next)) = stack.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            let mut below: Vec<usize> = children.get(&at).cloned().unwrap_or_default();
            below.retain(|&child| !seen[child]);
            below.sort_by_key(|&child| spans[child].start_unix_nanos);
            let drawn = level < MAX_LEVELS;
            let branch = if below.is_empty() || !drawn { "  " } else { "│ " };
            rows.push(Row { span: &spans[at], guide, below: format!("{next}{branch}  ") });
            for (index, &child) in below.iter().enumerate().rev() {
                let (mut guide, mut further) = (next.clone(), next.clone());
                if drawn {
                    let last = index + 1 == below.len();
                    guide.push_str(if last { "└─ " } else { "├─ " });
                    further.push_str(if last { "   " } else { "│  " });
                } else {
                    let _ = write!(guide, "({}) ", level + 1);
                }
                stack.push((child, level + 1, guide, further));
            }
        }
    }
    rows
}

/// The time from the first start to the last end, laid over the columns of the bar.
struct Scale {
    from: u64,
    span: u64,
}

impl Scale {
    fn of(spans: &[Span]) -> Self {
        let from = spans.iter().map(|span| span.start_unix_nanos).min().unwrap_or(0);
        let to = spans.iter().map(|span| span.end_unix_nanos).max().unwrap_or(0);
        Self { from, span: to.saturating_sub(from).max(1) }
    }

    /// Columns before the bar, and its length, which is at least one.
    fn bar(&self, span: &Span, width: usize) -> (usize, usize) {
        let column = |nanos: u64| {
            let share = u128::from(nanos.saturating_sub(self.from)) * width as u128 / u128::from(self.span);
            share.min(width as u128) as usize
        };
        let before = column(span.start_unix_nanos).min(width - 1);
        (before, column(span.end_unix_nanos).saturating_sub(before).max(1))
    }
}

/// The attributes that have no line of their own elsewhere and say something to a reader.
fn is_shown(key: &str) -> bool {
    !key.starts_with("mlflow.")
        || matches!(key, keys::LLM_MODEL | keys::TOKEN_USAGE | keys::LLM_COST | keys::SPAN_DESCRIPTION)
}

fn trace_labels(info: &TraceInfo) -> String {
    let mut labels = Vec::new();
    if let Some(user) = info.metadata.get(keys::META_TRACE_USER) {
        labels.push(format!("user={user}"));
    }
    if let Some(session) = &info.session {
        labels.push(format!("session={session}"));
    }
    let own = info.tags.iter().filter(|(key, _)| !key.starts_with("mlflow."));
    labels.extend(own.map(|(key, value)| format!("{key}={value}")));
    clean(&labels.join("  "))
}

/// Text from a trace never steers the terminal: control characters become spaces.
fn clean(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

/// The start of a text on one line; what lies beyond the width is not even looked at.
fn one_line(text: &str, width: usize) -> String {
    clean(&text.trim().chars().take(width + 1).collect::<String>())
}

fn shorten(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width.saturating_sub(1)).collect();
    short.push('…');
    short
}

fn pad(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(text.chars().count()))
}

#[cfg(test)]
mod tests;
