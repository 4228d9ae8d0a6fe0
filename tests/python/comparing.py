"""Two files of traces as MLflow's own client reads them, compared value by value: what twin programs left.

Ids become numbers in order of appearance, times go, the folder's name goes; all else must be equal to the letter, but
for a list of exceptions, each of which has its reason and must be needed."""

import fnmatch
import json
import os

import mlflow
from checks import Difference, check, equal

SIZES = "metadata/mlflow.trace.sizeStats"


class Argued:
    """A difference that is as it should be: where, why, and which form it may take."""

    def __init__(self, path, reason, allows=lambda python, rust: True):
        self.path, self.reason, self.allows = path, reason, allows
        self.was_needed = False

    def covers(self, path, python, rust):
        return fnmatch.fnmatchcase(path, self.path) and self.allows(python, rust)


def experiment_of(place):
    """Sets where to read, a file or `http://…#EXPERIMENT`, and gives the experiment's id."""
    address, _, name = place.partition("#")
    mlflow.set_tracking_uri(address if name else f"sqlite:///{place}")
    return mlflow.get_experiment_by_name(name).experiment_id if name else "0"


def flat_traces(file):
    """Every value of every trace under a path of its own."""
    experiment = experiment_of(file)
    traces = mlflow.search_traces(locations=[experiment], return_type="list", order_by=["timestamp_ms ASC"])
    # Traces of the same millisecond come in any order; the root's start has nanoseconds.
    traces.sort(key=lambda trace: (min(span.start_time_ns for span in trace.data.spans), trace.info.tags["mlflow.traceName"]))
    values = {}
    for number, trace in enumerate(traces):
        folder = os.path.dirname(os.path.realpath(file))
        text = json.dumps(plain(trace)).replace(trace.info.trace_id, "<trace>").replace(folder, "<folder>")
        text = text.replace(f'"experiment_id": "{experiment}"', '"experiment_id": "<experiment>"')
        text = text.replace(f"mlflow-artifacts:/{experiment}/", "mlflow-artifacts:/<experiment>/")
        flatten(f"{trace.info.tags['mlflow.traceName']}/{number}", json.loads(text), values)
    return values


def plain(trace):
    """The trace without ids and times."""
    info = trace.info.to_dict()
    for key in ["trace_id", "request_time", "execution_duration_ms"]:
        info.pop(key)
    metadata = info.pop("trace_metadata")
    metadata["mlflow.trace.sizeStats"] = json.loads(metadata["mlflow.trace.sizeStats"])
    # MLflow adds up in the order of the spans' random ids, so that the last digit is another one each time.
    if cost := metadata.pop("mlflow.trace.cost", None):
        metadata["mlflow.trace.cost"] = {key: round(dollars, 12) for key, dollars in json.loads(cost).items()}
    spans = sorted(trace.data.spans, key=lambda span: span.start_time_ns)
    numbers = {None: None} | {span.span_id: number for number, span in enumerate(spans)}
    if assessments := info.pop("assessments", None):
        info["assessments"] = plain_assessments(assessments, numbers)
    return {
        "info": info,
        "metadata": metadata,
        "spans": [plain_span(span, numbers) for span in spans],
    }


def plain_assessments(assessments, numbers):
    """Without times; ids become the place in the order of what is said."""
    said = lambda one: json.dumps([one["assessment_name"], one.get("feedback"), one.get("expectation")], sort_keys=True)
    assessments = sorted(assessments, key=said)
    places = {one["assessment_id"]: place for place, one in enumerate(assessments)}
    plain = []
    for one in assessments:
        one = {key: value for key, value in one.items() if not key.endswith("_time")}
        one["assessment_id"] = places[one["assessment_id"]]
        if "overrides" in one:
            one["overrides"] = places[one["overrides"]]
        if "span_id" in one:
            one["span_id"] = numbers[one["span_id"]]
        plain.append(one)
    return plain


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


def compare(python_file, rust_file, exceptions):
    """Makes the checks, and gives what was read of both."""
    values_of_python, values_of_rust = flat_traces(python_file), flat_traces(rust_file)

    @check
    def both_made_the_same_traces_in_the_same_order():
        names = lambda values: list(dict.fromkeys("/".join(path.split("/")[:2]) for path in values))
        equal(names(values_of_rust), names(values_of_python), "names and order of the traces")
        assert names(values_of_python), "the Python twin left no trace"

    @check
    def nothing_differs_but_what_the_list_of_exceptions_argues():
        different = []
        missing = "(missing)"
        for path in sorted(values_of_python.keys() | values_of_rust.keys()):
            python, rust = values_of_python.get(path, missing), values_of_rust.get(path, missing)
            if python == rust:
                continue
            argued = [exception for exception in exceptions if exception.covers(path, python, rust)]
            for exception in argued:
                exception.was_needed = True
            if not argued:
                different.append(f"{path}\n  python: {python!r}\n  rust:   {rust!r}")
        if different:
            raise Difference("\n".join(different))

    @check
    def every_exception_of_the_list_is_needed():
        equal([exception.path for exception in exceptions if not exception.was_needed], [], "needless exceptions")

    return values_of_python, values_of_rust
