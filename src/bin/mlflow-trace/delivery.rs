//! `doctor` and `drain`: whether traces can be delivered, and delivering those that wait on disk.

use std::io::{self, Write as _};
use std::time::Duration;

use mlflow_trace_core::{Diagnosis, DrainReport};

use crate::Failure;

/// Prints the configuration and what each destination answered; fails when something is wrong.
pub(crate) fn doctor(json: bool) -> Result<(), Failure> {
    let diagnosis = mlflow_trace_core::diagnose();
    let mut out = io::stdout().lock();
    if json {
        serde_json::to_writer_pretty(&mut out, &Doctor::of(&diagnosis)).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        write!(out, "{diagnosis}")?;
    }
    out.flush()?;
    if diagnosis.is_healthy() {
        return Ok(());
    }
    Err(Failure::Sentence("Traces would not be delivered as they should; see above.".to_owned()))
}

/// Delivers what waits and prints what became of it; fails when something is left.
pub(crate) fn drain(within: Duration, json: bool) -> Result<(), Failure> {
    let reports = mlflow_trace_core::drain(within)?;
    let mut out = io::stdout().lock();
    if json {
        let reports: Vec<Drained> = reports.iter().map(Drained::of).collect();
        serde_json::to_writer_pretty(&mut out, &reports).map_err(io::Error::from)?;
        writeln!(out)?;
    } else if reports.is_empty() {
        writeln!(
            out,
            "Nothing waits: there is no network destination with a queue on disk, and no journal."
        )?;
    } else {
        for report in &reports {
            write_report(&mut out, report)?;
        }
    }
    out.flush()?;
    let left: u64 = reports.iter().map(|report| report.left_traces).sum();
    if left == 0 {
        return Ok(());
    }
    Err(Failure::Sentence(format!(
        "{left} traces still wait on disk; they stay there until they are delivered."
    )))
}

fn write_report(out: &mut impl io::Write, report: &DrainReport) -> io::Result<()> {
    let DrainReport { name, delivered_traces, refused_traces, left_traces, failure, remarks, .. } = report;
    write!(out, "{name}: {delivered_traces} traces delivered")?;
    if *refused_traces > 0 {
        write!(out, ", {refused_traces} refused for good")?;
    }
    if *left_traces > 0 {
        write!(out, ", {left_traces} left")?;
    }
    writeln!(out)?;
    for sentence in failure.iter().chain(remarks) {
        writeln!(out, "  {sentence}")?;
    }
    Ok(())
}

#[derive(serde::Serialize)]
struct Doctor<'a> {
    is_healthy: bool,
    is_off: bool,
    settings: Vec<Setting<'a>>,
    problems: &'a [String],
    remarks: &'a [String],
    destinations: Vec<Destination<'a>>,
}

#[derive(serde::Serialize)]
struct Setting<'a> {
    name: &'a str,
    value: &'a str,
    source: &'a str,
}

#[derive(serde::Serialize)]
struct Destination<'a> {
    name: &'a str,
    is_reached: bool,
    says: &'a str,
}

impl<'a> Doctor<'a> {
    fn of(diagnosis: &'a Diagnosis) -> Self {
        let settings = diagnosis.settings.iter();
        let destinations = diagnosis.destinations.iter();
        Self {
            is_healthy: diagnosis.is_healthy(),
            is_off: diagnosis.is_off,
            settings: settings
                .map(|one| Setting { name: one.name, value: &one.value, source: one.source })
                .collect(),
            problems: &diagnosis.problems,
            remarks: &diagnosis.remarks,
            destinations: destinations
                .map(|one| Destination { name: &one.name, is_reached: one.is_reached, says: &one.says })
                .collect(),
        }
    }
}

#[derive(serde::Serialize)]
struct Drained<'a> {
    name: &'a str,
    delivered_traces: u64,
    refused_traces: u64,
    left_traces: u64,
    failure: Option<&'a str>,
    remarks: &'a [String],
}

impl<'a> Drained<'a> {
    fn of(report: &'a DrainReport) -> Self {
        Self {
            name: &report.name,
            delivered_traces: report.delivered_traces,
            refused_traces: report.refused_traces,
            left_traces: report.left_traces,
            failure: report.failure.as_deref(),
            remarks: &report.remarks,
        }
    }
}
