"""What the comparisons of twins share: traces made flat without ids and times, and checks with a list of exceptions.

All must be equal to the letter, but for the exceptions, each of which has its reason and must be needed."""

import fnmatch
import json

from checks import Difference, check, equal, run_checks


class Argued:
    """A difference that is as it should be: where, why, and which form it may take."""

    def __init__(self, path, reason, allows=lambda python, rust: True):
        self.path, self.reason, self.allows = path, reason, allows
        self.was_needed = False

    def covers(self, path, python, rust):
        return fnmatch.fnmatchcase(path, self.path) and self.allows(python, rust)


def flat(traces, folder=None):
    """Every value of every trace under a path of its own."""
    # Traces of the same millisecond come in any order; the root's start has nanoseconds.
    traces = sorted(traces, key=lambda trace: (min(span.start_time_ns for span in trace.data.spans), name_of(trace)))
    values = {}
    for number, trace in enumerate(traces):
        text = json.dumps(plain(trace)).replace(trace.info.trace_id, "<trace>")
        if folder:
            text = text.replace(folder, "<folder>")
        flatten(f"{name_of(trace)}/{number}", json.loads(text), values)
    return values


def name_of(trace):
    return trace.info.tags["mlflow.traceName"]


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


def compare(python, rust, exceptions):
    """Checks both, and ends the program."""

    @check
    def both_made_the_same_traces_in_the_same_order():
        names = lambda values: list(dict.fromkeys("/".join(path.split("/")[:2]) for path in values))
        equal(names(rust), names(python), "names and order of the traces")
        assert names(python), "the Python twin left no trace"

    @check
    def nothing_differs_but_what_the_list_of_exceptions_argues():
        different = []
        missing = "(missing)"
        for path in sorted(python.keys() | rust.keys()):
            one, other = python.get(path, missing), rust.get(path, missing)
            if one == other:
                continue
            argued = [exception for exception in exceptions if exception.covers(path, one, other)]
            for exception in argued:
                exception.was_needed = True
            if not argued:
                different.append(f"{path}\n  python: {one!r}\n  rust:   {other!r}")
        if different:
            raise Difference("\n".join(different))

    @check
    def every_exception_of_the_list_is_needed():
        equal([exception.path for exception in exceptions if not exception.was_needed], [], "needless exceptions")

    run_checks()
