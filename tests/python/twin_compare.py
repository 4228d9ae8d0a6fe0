"""Compares what twin.py and twin.rs left in their files: `twin_compare.py PYTHON_FILE RUST_FILE`."""

import sys

from checks import run_checks
from comparing import SIZES, Argued, compare

EXCEPTIONS = [
    Argued(
        "*/metadata/mlflow.source.name",
        "Each names its own program.",
        lambda python, rust: python.endswith("twin.py") and rust.endswith("twin"),
    ),
    Argued(
        "*/events/*/attributes/exception.stacktrace",
        "Python has a traceback; Rust has the chain of sources, and a backtrace only where the user asked for one.",
    ),
    Argued(
        "*/events/*/attributes/exception.type",
        "Rust names the type with its path, since every second crate has a type called Error; Python names the class.",
        lambda python, rust: rust == f"twin::{python}",
    ),
    Argued("*/metadata/mlflow.trace.sizeBytes", "The size of the whole, the program's name included."),
    Argued(f"*/{SIZES}/total_size_bytes", "The size of the whole, the program's name included."),
    Argued(f"fails/*/{SIZES}/[mp]*", "The size of the span with the traceback."),
    Argued(f"recovers/*/{SIZES}/[mp]*", "The size of the span with the traceback."),
    Argued(f"breaks_off/*/{SIZES}/[mp]*", "The size of the span with the traceback."),
    Argued(
        "breaks_off/*/status/message",
        "Python says of a failed generator only that it failed; Rust says why, as both do of a function.",
        lambda python, rust: python == "" and rust == "OutOfStock: no lines left",
    ),
    Argued(
        "breaks_off/*Outputs",
        "Python forgets what a generator gave before it failed; in Rust an error is an item, and the others stay.",
        lambda python, rust: rust == '["a"]',
    ),
    Argued(
        "breaks_off/*/response_preview",
        "The same.",
        lambda python, rust: rust == '["a"]',
    ),
]

compare(sys.argv[1], sys.argv[2], EXCEPTIONS)
run_checks()
