"""What MLflow's client says of one trace: `hops.py TRACKING_URI TRACE`, as JSON; null when there is none."""

import json
import sys

import mlflow
from mlflow.exceptions import MlflowException

uri, trace_id = sys.argv[1:]
mlflow.set_tracking_uri(uri)
try:
    trace = mlflow.get_trace(trace_id, flush=False) if trace_id != "all" else None
except MlflowException as error:
    print(error, file=sys.stderr)
    trace = None


def tree(spans, parent=None):
    """The spans as lines, indented by their depth, in the order of their starts."""
    ids = {span.span_id for span in spans}
    below = [s for s in spans if s.parent_id == parent or (parent is None and s.parent_id not in ids)]
    lines = []
    for span in sorted(below, key=lambda span: span.start_time_ns):
        orphan = "?" if parent is None and span.parent_id is not None else ""
        lines.append(orphan + span.name)
        lines += ["  " + line for line in tree(spans, span.span_id)]
    return lines


if trace_id == "all":
    traces = mlflow.search_traces(locations=["0"], return_type="list")
    print(json.dumps(sorted(trace.info.trace_id for trace in traces)))
elif trace is None:
    print("null")
else:
    info = trace.info
    print(json.dumps({
        "tree": tree(trace.data.spans),
        "state": info.state.value,
        "name": info.tags.get("mlflow.traceName"),
        "begun by": info.tags.get("begun by"),
        "session": info.trace_metadata.get("mlflow.trace.session"),
        "request": info.request_preview,
        "response": info.response_preview,
        "duration": info.execution_duration is not None,
        "types": sorted({span.span_type for span in trace.data.spans}),
    }))
