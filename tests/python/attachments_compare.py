"""Compares what attachments_twin.py and attachments_twin.rs left, read through MLflow's own server, and fetches every
attachment at the address that MLflow's UI fetches it from.

`attachments_compare.py file PYTHON_FILE RUST_FILE`: two databases, the second one with a server of its own on it.
`attachments_compare.py server ADDRESS PYTHON_EXPERIMENT RUST_EXPERIMENT`: two experiments of a server that runs."""

import contextlib
import json
import re
import sys
import urllib.error
import urllib.request

import mlflow
from checks import check, equal, run_checks
from server import Server

REFERENCE = re.compile(
    r"mlflow-attachment://([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})"
    r"\?content_type=([^&\"]*)&trace_id=(tr-[0-9a-f]{32})&size=([0-9]+)"
)


class Stored:
    """The traces of one twin, plain, and the content of their attachments in the order of appearance."""

    def __init__(self, uri, experiment):
        mlflow.set_tracking_uri(uri)
        found = mlflow.get_experiment_by_name(experiment)
        traces = mlflow.search_traces(locations=[found.experiment_id], return_type="list")
        traces.sort(key=lambda trace: min(span.start_time_ns for span in trace.data.spans))
        self.traces, self.contents = [], []
        for trace in traces:
            text = json.dumps(plain(trace))
            numbers = {}
            for number, (id, content_type, trace_id, size) in enumerate(dict.fromkeys(REFERENCE.findall(text))):
                assert trace_id == trace.info.trace_id, "the reference names another trace"
                assert id not in numbers, "one id has two references"
                numbers[id] = f"<attachment {number}>"
                content = fetch(uri, id, trace.info) if uri.startswith("http") else read(id, trace.info)
                self.contents.append((trace.info.tags["mlflow.traceName"], content_type, int(size), content))
            for id, name in numbers.items():
                text = text.replace(id, name)
            # A preview may end within an id.
            text = re.sub(r"(mlflow-attachment://)[0-9a-f-]*\.\.\.", r"\1...", text)
            self.traces.append(json.loads(text.replace(trace.info.trace_id, "<trace>")))


def fetch(address, id, info):
    path = f"/ajax-api/2.0/mlflow/get-trace-artifact?request_id={info.trace_id}&path={id}"
    try:
        with urllib.request.urlopen(address + path, timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        return f"{error.code}: {error.read()}"


def read(id, info):
    with open(f"{info.tags['mlflow.artifactLocation']}/attachments/{id}", "rb") as file:
        return file.read()


def plain(trace):
    metadata = trace.info.trace_metadata
    sizes = json.loads(metadata["mlflow.trace.sizeStats"])
    return {
        "name": trace.info.tags["mlflow.traceName"],
        "state": trace.info.state.value,
        "previews": [trace.info.request_preview, trace.info.response_preview],
        "metadata": [metadata.get("mlflow.traceInputs"), metadata.get("mlflow.traceOutputs")],
        "sizes": {key: size for key, size in sizes.items() if key != "total_size_bytes"},
        "spans": [
            [span.name, span.inputs, span.outputs, span.status.status_code.value, [event.name for event in span.events]]
            for span in sorted(trace.data.spans, key=lambda span: span.start_time_ns)
        ],
    }


with contextlib.ExitStack() as stack:
    if sys.argv[1] == "file":
        python = Stored(f"sqlite:///{sys.argv[2]}", "Default")
        rust = Stored(stack.enter_context(Server(sys.argv[3])).address, "Default")
    else:
        python, rust = [Stored(sys.argv[2], experiment) for experiment in sys.argv[3:5]]


@check
def both_made_the_same_traces_in_the_same_order():
    names = lambda stored: [trace["name"] for trace in stored.traces]
    equal(names(rust), names(python), "names and order of the traces")
    assert len(python.traces) == 11, f"the Python twin left {len(python.traces)} traces"


@check
def references_values_previews_and_sizes_are_those_of_python():
    equal(rust.traces, python.traces, "traces without ids")


@check
def the_ui_fetches_every_attachment_and_each_is_to_the_byte_that_of_python():
    equal([content[:3] for content in rust.contents], [content[:3] for content in python.contents], "attachments")
    for ours, theirs in zip(rust.contents, python.contents):
        assert isinstance(ours[3], bytes), f"{ours[0]}: {ours[3]}"
        assert ours[3] == theirs[3], f"{ours[0]}: {ours[3][:80]} is not {theirs[3][:80]}"
        assert len(ours[3]) == ours[2], f"{ours[0]}: {len(ours[3])} bytes where the reference says {ours[2]}"
    assert len(rust.contents) >= 15, f"only {len(rust.contents)} attachments were found"


run_checks()
