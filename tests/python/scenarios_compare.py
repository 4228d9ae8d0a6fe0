"""Compares what scenarios.py and scenarios.rs left on one server: `scenarios_compare.py ADDRESS`.

`comparing.py` says what must be equal."""

import sys

from checks import run_checks
from comparing import Argued, compare

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
    Argued(f"*/{SIZES}", "The sizes of texts that hold the differences."),
]

ADDRESS = sys.argv[1]
python, _ = compare(f"{ADDRESS}#scenarios-python", f"{ADDRESS}#scenarios-rust", EXCEPTIONS)
traces = {"/".join(path.split("/")[:2]) for path in python}
assert len(traces) >= LEAST, f"{len(traces)} traces"
run_checks()
