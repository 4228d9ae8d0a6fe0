"""What the Python client finds in an experiment: `count.py ADDRESS EXPERIMENT [spans]`.

Prints as JSON how many traces there are, the numbers that their calls were given, the states, and with `spans` what is
wrong with the spans of any trace.
"""

import json
import sys

import mlflow
from mlflow.tracking import MlflowClient

address, experiment, *more = sys.argv[1:]
mlflow.set_tracking_uri(address)
client = MlflowClient()
found = client.get_experiment_by_name(experiment)
traces, token = [], None
while found:
    page = client.search_traces(
        experiment_ids=[found.experiment_id], max_results=200, page_token=token, include_spans=False
    )
    traces.extend(page)
    token = page.token
    if not token:
        break

numbers, states, wrong = [], {}, []
for trace in traces:
    info = trace.info
    numbers.append(json.loads(info.request_preview)["number"])
    states[info.state.value] = states.get(info.state.value, 0) + 1
    stats = json.loads(info.trace_metadata["mlflow.trace.sizeStats"])
    if stats["num_spans"] != 5:
        wrong.append([info.trace_id, stats])
if more:
    for trace in traces:
        spans = client.get_trace(trace.info.trace_id).data.spans
        names = sorted(span.name for span in spans)
        is_whole = names == ["by hand", "inner", "inner", "job", "outer"]
        root = [span for span in spans if span.parent_id is None]
        if not is_whole or len(root) != 1 or root[0].outputs is None:
            wrong.append([trace.info.trace_id, names])
ids = [trace.info.trace_id for trace in traces]
print(json.dumps({
    "traces": len(traces), "different": len(set(ids)), "numbers": sorted(numbers), "states": states, "wrong": wrong,
}))
