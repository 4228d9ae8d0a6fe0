"""Prints every trace of a database as the Python client returns it."""

import json
import sqlite3
import sys

import mlflow
from mlflow.tracking import MlflowClient

path = sys.argv[1]
client = MlflowClient(tracking_uri=f"sqlite:///{path}")
mlflow.set_tracking_uri(f"sqlite:///{path}")
experiments = [experiment.experiment_id for experiment in client.search_experiments()]

found, token = [], None
while True:
    page = client.search_traces(experiment_ids=experiments, max_results=100, page_token=token, include_spans=False)
    found.extend(page)
    token = page.token
    if not token:
        break

connection = sqlite3.connect(path)
analytics = {}
for trace_id, span_id, cost, model, provider in connection.execute(
    "SELECT trace_id, span_id, total_cost, model_name, model_provider FROM spans"
):
    analytics.setdefault(trace_id, {})[span_id] = [cost, model, provider]
connection.close()

traces = {}
for found_trace in found:
    trace = client.get_trace(found_trace.info.trace_id)
    info = trace.info
    traces[info.trace_id] = {
        "name": info.tags.get("mlflow.traceName"),
        "session": info.trace_metadata.get("mlflow.trace.session"),
        "state": info.state.value,
        "tokens": info.token_usage,
        "cost": info.cost,
        "experiment": info.experiment_id,
        "request_time": info.request_time,
        "execution_duration": info.execution_duration,
        "client_request_id": info.client_request_id,
        "request_preview": info.request_preview,
        "response_preview": info.response_preview,
        "tags": info.tags,
        "metadata": info.trace_metadata,
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
                "events": [[event.name, event.attributes] for event in span.events],
                "start": span.start_time_ns,
                "end": span.end_time_ns,
                "analytics": analytics[info.trace_id].get(span.span_id),
            }
            for span in trace.data.spans
        ],
    }
print(json.dumps(traces))
