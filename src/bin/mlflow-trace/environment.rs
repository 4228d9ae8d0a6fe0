//! `env`: the environment variables that are honoured, and those that are not.

use std::io::{self, Write as _};

use mlflow_trace_core::{EnvironmentVariable, environment_variables};
use serde::Serialize;

use crate::Failure;

/// A variable as it is printed for programs.
#[derive(Serialize)]
struct Printed {
    names: &'static [&'static str],
    in_code: &'static str,
    default: &'static str,
    meaning: &'static str,
    is_honoured: bool,
}

/// Prints them: tables in Markdown, or JSON.
pub(crate) fn print(json: bool) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let (honoured, others): (Vec<_>, Vec<_>) = environment_variables().partition(|one| one.is_honoured);
    if json {
        let printed: Vec<Printed> = honoured.iter().chain(&others).map(Printed::of).collect();
        serde_json::to_writer_pretty(&mut out, &printed).map_err(io::Error::from)?;
        writeln!(out)?;
        out.flush()?;
        return Ok(());
    }
    writeln!(out, "| environment | `mlflow::init()` | default | meaning |\n|---|---|---|---|")?;
    for one in &honoured {
        let [code, default] = [one.in_code, one.default].map(cell);
        writeln!(out, "| {} |{code}|{default}| {} |", names(one), one.meaning)?;
    }
    writeln!(out, "\nOf Python's tracing client (MLflow 3.17.2) these are not honoured:\n")?;
    writeln!(out, "| environment | why not |\n|---|---|")?;
    for one in &others {
        writeln!(out, "| {} | {} |", names(one), one.meaning)?;
    }
    out.flush()?;
    Ok(())
}

fn names(one: &EnvironmentVariable) -> String {
    let names: Vec<String> = one.names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn cell(text: &str) -> String {
    if text.is_empty() { " ".to_owned() } else { format!(" {text} ") }
}

impl Printed {
    fn of(one: &EnvironmentVariable) -> Self {
        let EnvironmentVariable { names, in_code, default, meaning, is_honoured, .. } = *one;
        Self { names, in_code, default, meaning, is_honoured }
    }
}
