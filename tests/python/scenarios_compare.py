"""Compares what scenarios.py and scenarios.rs left on one server: `scenarios_compare.py ADDRESS`.

Both are read by MLflow's own client; `twins.py` says what must be equal."""

import sys

import mlflow
from twins import Argued, compare, flat

LEAST = 45
SIZES = "metadata/mlflow.trace.size*"
EXCEPTIONS = [
    Argued("*/metadata/mlflow.source.name", "Each names its own program."),
    Argued("*/events/*/attributes/exception.stacktrace", "Python has a traceback; Rust has the chain of sources."),
    Argued(
        "*/events/*/attributes/exception.type",
        "Rust names the type with its path; Python names the class.",
        lambda python, rust: rust == f"scenarios::{python}",
    ),
    Argued("*/experiment_id", "Each has an experiment of its own."),
    Argued("*/tags/mlflow.artifactLocation", "The same."),
    Argued(f"*/{SIZES}", "The sizes of texts that hold the differences."),
]

mlflow.set_tracking_uri(sys.argv[1])


def traces_of(name):
    experiment = mlflow.get_experiment_by_name(f"scenarios-{name}")
    traces = mlflow.search_traces(locations=[experiment.experiment_id], return_type="list", max_results=1000)
    assert len(traces) >= LEAST, f"{name} left {len(traces)} traces"
    return flat(traces)


compare(traces_of("python"), traces_of("rust"), EXCEPTIONS)
