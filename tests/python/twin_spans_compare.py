"""Compares what twin_spans.py and twin_spans.rs left in their files, and the JSON that both make of traces:
`twin_spans_compare.py FOLDER`, where FOLDER has `python/mlflow.db`, `rust/mlflow.db`, and of each the traces as Rust reads them from
the file (`python.read`, `rust.read`) and as Rust makes them again of that JSON (`python.again`, `rust.again`).

All is read by MLflow's own client. Ids become numbers in order of appearance, times go but for those that the
programs set themselves; all else must be equal to the letter, but for the list of exceptions, each of which has its
reason and must be needed."""

import copy
import fnmatch
import json
import os
import sys

import mlflow
from checks import Difference, check, equal, run_checks
from mlflow.entities import Span, Trace

FOLDER = sys.argv[1]
# The programs set times of 2023.
SET_BEFORE = 1_750_000_000_000_000_000

SIZES = "metadata/mlflow.trace.size*"
EXCEPTIONS = [
    ("*/metadata/mlflow.source.name", "Each names its own program."),
    ("*/events/*/exception.stacktrace", "Python has a traceback; Rust has the chain of sources."),
    ("failed/*/events/0/attributes/exception.type", "Rust names the type with its path; Python names the class."),
    (f"*/{SIZES}", "The sizes of texts that hold the differences."),
    ("under */links*", "Python drops the links of a trace that is added; Rust keeps them."),
    ("Remote Trace <answer>/*/links*", "The same."),
]


def traces_of(name):
    mlflow.set_tracking_uri(f"sqlite:///{FOLDER}/{name}/mlflow.db")
    return mlflow.search_traces(locations=["0"], return_type="list", max_results=1000)


def flat_traces(traces):
    """Every value of every trace under a path of its own. Traces of equal names keep their order."""
    values, numbers = {}, {}
    for trace in traces:
        name = trace.info.tags["mlflow.traceName"]
        number = numbers[name] = numbers.get(name, -1) + 1
        text = json.dumps(plain(trace)).replace(trace.info.trace_id, "<trace>").replace(FOLDER, "<folder>")
        flatten(f"{name}/{number}", json.loads(text), values)
    return values


def plain(trace):
    """The trace without ids and the times of now."""
    info = trace.info.to_dict()
    info.pop("trace_id")
    spans = in_order(trace.data.spans)
    if spans[0].start_time_ns > SET_BEFORE:
        info.pop("request_time")
        info.pop("execution_duration_ms")
    info["tags"].pop("mlflow.artifactLocation", None)
    metadata = info.pop("trace_metadata")
    numbers = {span.span_id: number for number, span in enumerate(spans)}
    return {"info": info, "metadata": metadata, "spans": [plain_span(span, numbers) for span in spans]}


def in_order(spans):
    """Parents first, siblings by start and name."""
    below = {}
    for span in sorted(spans, key=lambda span: (span.start_time_ns, span.name)):
        below.setdefault(span.parent_id, []).append(span)
    order, waiting = [], below.get(None, [])
    while waiting:
        order.append(waiting[0])
        waiting = below.get(waiting[0].span_id, []) + waiting[1:]
    assert len(order) == len(spans), "a span has no way to the root"
    return order


def plain_span(span, numbers):
    stored = copy.deepcopy(span.to_dict())
    for key in ["trace_id", "span_id", "parent_span_id"]:
        stored.pop(key)
    for holder in [stored, *stored["events"]]:
        for key in ["start_time_unix_nano", "end_time_unix_nano", "time_unix_nano"]:
            if holder.get(key, 0) > SET_BEFORE:
                holder[key] = "<now>"
    return stored | {"parent": numbers.get(span.parent_id)}


def flatten(path, value, into):
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            flatten(f"{path}/{key}", inner, into)
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            flatten(f"{path}/{index}", inner, into)
    else:
        into[path] = value


def lines(name):
    with open(os.path.join(FOLDER, name)) as file:
        return [line for line in file.read().splitlines() if line]


TRACES = {name: traces_of(name) for name in ["python", "rust"]}
PYTHON, RUST = flat_traces(TRACES["python"]), flat_traces(TRACES["rust"])


@check
def both_made_the_same_traces():
    names = lambda values: sorted({"/".join(path.split("/")[:2]) for path in values})
    equal(names(RUST), names(PYTHON), "names of the traces")
    assert len(names(PYTHON)) > 15, "the Python twin left too few traces"


@check
def nothing_differs_but_what_the_list_of_exceptions_argues():
    different, needed = [], set()
    missing = "(missing)"
    for path in sorted(PYTHON.keys() | RUST.keys()):
        python, rust = PYTHON.get(path, missing), RUST.get(path, missing)
        if python == rust:
            continue
        argued = [pattern for pattern, _ in EXCEPTIONS if fnmatch.fnmatchcase(path, pattern)]
        needed.update(argued)
        if not argued:
            different.append(f"{path}\n  python: {python!r}\n  rust:   {rust!r}")
    if different:
        raise Difference("\n".join(different))
    equal([pattern for pattern, _ in EXCEPTIONS if pattern not in needed], [], "needless exceptions")


@check
def python_reads_the_json_that_rust_makes_as_the_same_traces():
    for name in ["python", "rust"]:
        stored = {trace.info.trace_id: trace.to_dict() for trace in TRACES[name]}
        for kind in ["read", "again"]:
            made = {}
            for line in lines(f"{name}.{kind}"):
                trace = Trace.from_json(line)
                made[trace.info.trace_id] = trace.to_dict()
            equal(same_order(made), same_order(stored), f"{name}.{kind}")
            assert len(made) > 15, "there are too few traces"


def same_order(traces):
    """Rust's spans stand in the order of their starts."""
    for trace in traces.values():
        trace["data"]["spans"].sort(key=lambda span: (span["start_time_unix_nano"], span["span_id"]))
        # The store's own, which Rust shows to nobody.
        for key in ["mlflow.trace.spansLocation", "mlflow.artifactLocation"]:
            trace["info"]["tags"].pop(key, None)
    return {id: traces[id] for id in sorted(traces)}


@check
def python_reads_each_span_alone():
    for line in lines("rust.read"):
        for stored in json.loads(line)["data"]["spans"]:
            equal(Span.from_dict(stored).to_dict(), stored, stored["name"])


run_checks()
