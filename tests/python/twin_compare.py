"""Compares what twin.py and twin.rs left in their files: `twin_compare.py PYTHON_FILE RUST_FILE`.

Both are read by MLflow's own client. Ids become numbers in order of appearance, times go, the folder's name goes; all
else must be equal to the letter, but for the list of exceptions, each of which has its reason and must be needed."""

import fnmatch
import json
import os
import sys

import mlflow
from checks import Difference, check, equal, run_checks


class Argued:
    """A difference that is as it should be: where, why, and which form it may take."""

    def __init__(self, path, reason, allows=lambda python, rust: True):
        self.path, self.reason, self.allows = path, reason, allows
        self.was_needed = False

    def covers(self, path, python, rust):
        return fnmatch.fnmatchcase(path, self.path) and self.allows(python, rust)


SIZES = "metadata/mlflow.trace.sizeStats"
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


def flat_traces(file):
    """Every value of every trace under a path of its own."""
    mlflow.set_tracking_uri(f"sqlite:///{file}")
    traces = mlflow.search_traces(locations=["0"], return_type="list", order_by=["timestamp_ms ASC"])
    # Traces of the same millisecond come in any order; the root's start has nanoseconds.
    traces.sort(key=lambda trace: min(span.start_time_ns for span in trace.data.spans))
    values = {}
    for number, trace in enumerate(traces):
        folder = os.path.dirname(os.path.realpath(file))
        text = json.dumps(plain(trace)).replace(trace.info.trace_id, "<trace>").replace(folder, "<folder>")
        flatten(f"{trace.info.tags['mlflow.traceName']}/{number}", json.loads(text), values)
    return values


def plain(trace):
    """The trace without ids and times."""
    info = trace.info.to_dict()
    for key in ["trace_id", "request_time", "execution_duration_ms"]:
        info.pop(key)
    metadata = info.pop("trace_metadata")
    metadata["mlflow.trace.sizeStats"] = json.loads(metadata["mlflow.trace.sizeStats"])
    spans = sorted(trace.data.spans, key=lambda span: span.start_time_ns)
    numbers = {None: None} | {span.span_id: number for number, span in enumerate(spans)}
    return {
        "info": info,
        "metadata": metadata,
        "spans": [plain_span(span, numbers) for span in spans],
    }


def plain_span(span, numbers):
    stored = span.to_dict()
    for key in ["trace_id", "span_id", "parent_span_id", "start_time_unix_nano", "end_time_unix_nano"]:
        stored.pop(key)
    for event in stored["events"]:
        event.pop("time_unix_nano")
    return stored | {"parent": numbers[span.parent_id]}


def flatten(path, value, into):
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            flatten(f"{path}/{key}", inner, into)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            flatten(f"{path}/{index}", inner, into)
    else:
        into[path] = value


PYTHON = flat_traces(sys.argv[1])
RUST = flat_traces(sys.argv[2])


@check
def both_made_the_same_traces_in_the_same_order():
    names = lambda values: list(dict.fromkeys("/".join(path.split("/")[:2]) for path in values))
    equal(names(RUST), names(PYTHON), "names and order of the traces")
    assert names(PYTHON), "the Python twin left no trace"


@check
def nothing_differs_but_what_the_list_of_exceptions_argues():
    different = []
    missing = "(missing)"
    for path in sorted(PYTHON.keys() | RUST.keys()):
        python, rust = PYTHON.get(path, missing), RUST.get(path, missing)
        if python == rust:
            continue
        argued = [exception for exception in EXCEPTIONS if exception.covers(path, python, rust)]
        for exception in argued:
            exception.was_needed = True
        if not argued:
            different.append(f"{path}\n  python: {python!r}\n  rust:   {rust!r}")
    if different:
        raise Difference("\n".join(different))


@check
def every_exception_of_the_list_is_needed():
    equal([exception.path for exception in EXCEPTIONS if not exception.was_needed], [], "needless exceptions")


run_checks()
