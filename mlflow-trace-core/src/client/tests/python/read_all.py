"""What MLflow's own client reads at an address: `read_all.py URI QUERIES`, after it has written traces of its own.

Prints every trace with every value, and for each query the ids that it finds, page after page."""

import json
import sys

import mlflow
from mlflow.entities import SpanType
from mlflow.tracking import MlflowClient

EXPERIMENT = "py & ü"
uri, queries = sys.argv[1], json.loads(sys.argv[2])
mlflow.set_tracking_uri(uri)
client = MlflowClient()


def write():
    mlflow.set_experiment(EXPERIMENT)

    @mlflow.trace(name="py tool", span_type=SpanType.TOOL, attributes={"k": 1, "f": 2.0, "big": 2**53 + 1})
    def tool(text, fails):
        if fails:
            raise ValueError(f"no {text} ü")
        return {"z": [1, 2.5, None, True], "a": {"deep": {"er": [[]], "": {}}}, "empty": ""}

    @mlflow.trace(name="py root", span_type="MY_TYPE")
    def root(number):
        mlflow.update_current_trace(
            tags={"tier": "silver" if number % 2 else "gold", "it's": "quoted"},
            metadata={"mlflow.trace.session": f"a session {number % 2}", "mlflow.trace.user": "ü", "round": str(number)},
            client_request_id=f"py-{number}",
        )
        with mlflow.start_span("py model", span_type=SpanType.CHAT_MODEL) as span:
            span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 7, "output_tokens": 5, "total_tokens": 12})
            span.set_attribute("nothing", None)
            span.add_event(mlflow.entities.SpanEvent("told", attributes={"what": "this", "n": 3, "many": ["a", "b"]}))
        try:
            tool("thing", number == 2)
        except ValueError:
            raise if_last(number)

    def if_last(number):
        return RuntimeError(f"the last one: {number}")

    for number in range(3):
        try:
            root(number)
        except RuntimeError:
            pass
    mlflow.flush_trace_async_logging()


def plain(trace):
    info = trace.info
    tags, metadata = dict(info.tags), dict(info.trace_metadata)
    name, session = tags.pop("mlflow.traceName", ""), metadata.pop("mlflow.trace.session", None)
    metadata.pop("mlflow.trace.tokenUsage", None)
    metadata.pop("mlflow.trace.cost", None)
    return {
        "name": name,
        "session": session,
        "experiment_id": info.experiment_id,
        "state": info.state.value,
        "tokens": info.token_usage,
        "cost": info.cost,
        "request_time": info.request_time,
        "execution_duration": info.execution_duration,
        "client_request_id": info.client_request_id,
        "request_preview": info.request_preview,
        "response_preview": info.response_preview,
        "tags": tags,
        "metadata": metadata,
        "spans": {
            span.span_id: {
                "parent": span.parent_id,
                "name": span.name,
                "type": span.span_type,
                "status": span.status.status_code.value,
                "message": span.status.description,
                "inputs": span.inputs,
                "outputs": span.outputs,
                "attributes": span.attributes,
                "events": [[event.name, event.timestamp, event.attributes] for event in span.events],
                "links": [[link["trace_id"], link["span_id"], link["attributes"] or {}] for link in span.to_dict()["links"]],
                "start": span.start_time_ns,
                "end": span.end_time_ns,
            }
            for span in trace.data.spans
        },
    }


def pages(**search):
    token = None
    while True:
        page = client.search_traces(locations=locations, page_token=token, **search)
        yield from page
        token = page.token
        if not token:
            return


write()
locations = ["0", client.get_experiment_by_name(EXPERIMENT).experiment_id]
traces = {trace.info.trace_id: plain(trace) for trace in pages(max_results=100, include_spans=True)}
found = [
    [trace.info.trace_id for trace in pages(
        filter_string=filter or None, order_by=order_by or None, max_results=3, include_spans=False
    )]
    for filter, order_by in queries
]
sessions = [
    [session.id, [trace.info.trace_id for trace in session]]
    for session in mlflow.search_sessions(locations=locations, include_spans=False)
]
print(json.dumps({"traces": traces, "found": found, "sessions": sessions}))
