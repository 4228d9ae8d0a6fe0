"""Prints every trace of a server as the Python client returns it, by id."""

import json
import sys

import mlflow
from mlflow.tracking import MlflowClient

mlflow.set_tracking_uri(sys.argv[1])
client = MlflowClient()
names = {experiment.experiment_id: experiment.name for experiment in client.search_experiments()}

found, token = [], None
while True:
    page = client.search_traces(
        experiment_ids=list(names), max_results=100, page_token=token, include_spans=False
    )
    found.extend(page)
    token = page.token
    if not token:
        break

traces = {}
for found_trace in found:
    if len(sys.argv) > 2 and found_trace.info.trace_id not in sys.argv[2:]:
        continue
    trace = client.get_trace(found_trace.info.trace_id)
    info = trace.info
    traces[info.trace_id] = {
        "experiment": names[info.experiment_id],
        "state": info.state.value,
        "tokens": info.token_usage,
        "request_time": info.request_time,
        "execution_duration": info.execution_duration,
        "client_request_id": info.client_request_id,
        "request_preview": info.request_preview,
        "response_preview": info.response_preview,
        "tags": info.tags,
        "metadata": info.trace_metadata,
        "assessments": sorted([one.name, one.value, one.valid] for one in info.assessments),
        "spans": [
            {
                "id": span.span_id,
                "parent": span.parent_id,
                "name": span.name,
                "type": span.span_type,
                "status": span.status.status_code.value,
                "message": span.status.description,
                "inputs": span.inputs,
                "outputs": span.outputs,
                "attributes": span.attributes,
                "events": [[event.name, event.timestamp, event.attributes] for event in span.events],
                "links": span.to_dict().get("links"),
                "start": span.start_time_ns,
                "end": span.end_time_ns,
            }
            for span in trace.data.spans
        ],
    }
print(json.dumps(traces))
