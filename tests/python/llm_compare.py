"""Compares what llm_twin.py and llm_twin.rs left in their files: `llm_compare.py PYTHON_FILE RUST_FILE`."""

import sys

import mlflow
from checks import check, equal, run_checks
from comparing import SIZES, Argued, compare, experiment_of

EXCEPTIONS = [
    Argued(
        "*/metadata/mlflow.source.name",
        "Each names its own program.",
        lambda python, rust: python.endswith("llm_twin.py") and rust.endswith("llm_twin"),
    ),
    Argued("*/metadata/mlflow.trace.sizeBytes", "The size of the whole, the program's name included."),
    Argued(
        "*/events/*/attributes/exception.stacktrace",
        "Python has a traceback; Rust has the chain of sources, and a backtrace only where the user asked for one.",
    ),
    Argued(
        "*/events/*/attributes/exception.type",
        "Rust names the type with its path, since every second crate has a type called Error; Python names the class.",
        lambda python, rust: rust == f"llm_twin::{python}",
    ),
    Argued(f"well although it failed/*/{SIZES}/[mp]*", "The size of the span with the traceback."),
    Argued(
        f"prompted/*/{SIZES}/[mp]*",
        "Python counts the prompts as a text within a text, which its store unpacks; Rust makes the list at once.",
    ),
    Argued(f"*/{SIZES}/total_size_bytes", "The size of the whole, the program's name included."),
]
PYTHON, RUST = sys.argv[1:]
VALUES, _ = compare(PYTHON, RUST, EXCEPTIONS)


@check
def costs_were_worked_out():
    costs = [value for path, value in VALUES.items() if path.startswith("priced/") and path.endswith("mlflow.llm.cost")]
    assert len(costs) > 15, f"Python priced {len(costs)} calls"


@check
def searches_by_prompt_find_the_trace():
    for file in [PYTHON, RUST]:
        experiment = experiment_of(file)
        for version, names in [("1", ["prompted"]), ("2", ["prompted"]), ("3", [])]:
            found = mlflow.search_traces(
                locations=[experiment], filter_string=f"prompt = 'greeting/{version}'", return_type="list"
            )
            equal([trace.info.tags["mlflow.traceName"] for trace in found], names, f"version {version} in {file}")


run_checks()
