//! For people who set tracing up: what is configured, and whether it works.

use std::fmt;
#[cfg(feature = "http")]
use std::time::Duration;

use crate::config::Origin;
use crate::runtime;

/// Looks at the whole configuration and makes one real round trip to each destination, which leaves nothing behind.
///
/// It blocks for as long as the destinations take, some seconds each at the longest. `mlflow-trace doctor` prints it.
///
/// ```no_run
/// let diagnosis = mlflow_trace_core::diagnose();
/// println!("{diagnosis}");
/// assert!(diagnosis.is_healthy());
/// ```
pub fn diagnose() -> Diagnosis {
    if cfg!(feature = "disabled") {
        return Diagnosis::default();
    }
    let found = runtime::diagnose();
    let setting = |setting: crate::config::FoundSetting| DiagnosedSetting {
        name: setting.name,
        value: setting.value,
        source: match setting.source {
            Origin::Code => "code",
            Origin::Environment => "environment",
            Origin::Default => "default",
        },
    };
    let destination = |checked: runtime::Checked| {
        let (is_reached, says) = match checked.result {
            Ok(says) => (true, says),
            Err(says) => (false, says),
        };
        DiagnosedDestination { name: checked.name, is_reached, says }
    };
    Diagnosis {
        is_off: found.is_off,
        settings: found.settings.into_iter().map(setting).collect(),
        problems: found.problems,
        remarks: found.remarks,
        destinations: found.destinations.into_iter().map(destination).collect(),
    }
}

/// What [`diagnose`] found. Holds no secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnosis {
    /// Tracing is switched off.
    pub is_off: bool,
    /// The settings, with their values and where those came from.
    pub settings: Vec<DiagnosedSetting>,
    /// Settings that can't be used.
    pub problems: Vec<String>,
    /// What is worth knowing.
    pub remarks: Vec<String>,
    /// Each destination and what it answered.
    pub destinations: Vec<DiagnosedDestination>,
}

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiagnosedSetting {
    /// Its environment variable.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// Where the value came from: `code`, `environment` or `default`.
    pub source: &'static str,
}

/// A destination.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiagnosedDestination {
    /// A file, or an address without secrets.
    pub name: String,
    /// Whether the round trip succeeded.
    pub is_reached: bool,
    /// What it answered, or what failed and how to mend it.
    pub says: String,
}

impl Diagnosis {
    /// Whether tracing is on, everything that is set can be used, and every destination answers.
    pub fn is_healthy(&self) -> bool {
        !self.is_off && self.problems.is_empty() && self.destinations.iter().all(|one| one.is_reached)
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_off {
            writeln!(f, "tracing is switched off (MLFLOW_TRACING_ENABLED or OTEL_SDK_DISABLED)")?;
        }
        let width = self.settings.iter().map(|setting| setting.name.len()).max().unwrap_or_default();
        for DiagnosedSetting { name, value, source } in &self.settings {
            writeln!(f, "{name:width$}  {value}  ({source})")?;
        }
        for problem in &self.problems {
            writeln!(f, "problem: {problem}")?;
        }
        for remark in &self.remarks {
            writeln!(f, "note: {remark}")?;
        }
        for DiagnosedDestination { name, is_reached, says } in &self.destinations {
            writeln!(f, "{} {name}: {says}", if *is_reached { "ok    " } else { "FAILED" })?;
        }
        Ok(())
    }
}

/// Delivers what processes that have ended left in the disk queue for the network destinations of the environment, and in
/// the journals of [`Init::durable`](crate::Init::durable) for all its destinations; says what became of it, destination
/// by destination. `mlflow-trace drain` prints it.
///
/// # Errors
/// A setting of the environment that can't be used.
#[cfg(feature = "http")]
pub fn drain(limit: Duration) -> Result<Vec<DrainReport>, crate::Error> {
    let report = |drained: runtime::Drained| DrainReport {
        name: drained.name,
        delivered_traces: drained.delivered_traces,
        refused_traces: drained.refused_traces,
        left_traces: drained.left_traces,
        failure: drained.failure,
        remarks: drained.remarks,
    };
    if cfg!(feature = "disabled") {
        return Ok(Vec::new());
    }
    Ok(runtime::drain(limit)?.into_iter().map(report).collect())
}

/// What became of one destination's disk queue.
#[cfg(feature = "http")]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DrainReport {
    /// The destination's address without secrets.
    pub name: String,
    /// Traces that it took.
    pub delivered_traces: u64,
    /// Traces that it will never take; they are dropped.
    pub refused_traces: u64,
    /// Traces that still wait.
    pub left_traces: u64,
    /// Why the last try failed, if it did.
    pub failure: Option<String>,
    /// Damaged parts that were skipped, files of a newer version.
    pub remarks: Vec<String>,
}
