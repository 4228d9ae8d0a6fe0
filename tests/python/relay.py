"""A trace on its way through the collector rotel to a real `mlflow server`: `relay.py ROTEL PROGRAM PROTOCOL`."""

import os
import socket
import subprocess
import sys
import time

import mlflow
from checks import equal
from server import Server

ROTEL, PROGRAM, PROTOCOL = sys.argv[1:]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(what, is_so, limit=60):
    deadline = time.monotonic() + limit
    while time.monotonic() < deadline:
        if result := is_so():
            return result
        time.sleep(0.05)
    raise AssertionError(f"{what} took longer than {limit} s")


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start_rotel(server):
    http, grpc = free_port(), free_port()
    environment = os.environ | {
        "ROTEL_OTLP_GRPC_ENDPOINT": f"127.0.0.1:{grpc}",
        "ROTEL_OTLP_HTTP_ENDPOINT": f"127.0.0.1:{http}",
        "ROTEL_BATCH_TIMEOUT": "200ms",
        "ROTEL_EXPORTERS": "mlf:otlp",
        "ROTEL_EXPORTERS_TRACES": "mlf",
        "ROTEL_EXPORTER_MLF_PROTOCOL": "http",
        "ROTEL_EXPORTER_MLF_TRACES_ENDPOINT": f"{server.address}/v1/traces",
        "ROTEL_EXPORTER_MLF_CUSTOM_HEADERS": "x-mlflow-experiment-id=0",
        "ROTEL_PID_FILE": os.path.abspath("rotel.pid"),
    }
    process = subprocess.Popen([ROTEL, "start"], env=environment, stdout=sys.stderr)
    wait_until("the start of rotel", lambda: accepts(http) and accepts(grpc))
    return process, grpc if PROTOCOL == "grpc" else http


def run_program(port):
    environment = os.environ | {
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"http://127.0.0.1:{port}/v1/traces",
        "OTEL_EXPORTER_OTLP_PROTOCOL": PROTOCOL,
        "MLFLOW_TRACE_SPOOL_DIRECTORY": "spool",
    }
    ran = subprocess.run([PROGRAM], env=environment, capture_output=True, text=True, timeout=60, check=True)
    equal(ran.stdout, "delivered: 3\ndropped: 0\n", "what the program says")
    equal(ran.stderr, "", "what the program complains of")


with Server(os.path.abspath("relay.db")) as server:
    mlflow.set_tracking_uri(server.address)
    rotel, port = start_rotel(server)
    try:
        run_program(port)
        found = wait_until(
            "the way of the trace",
            lambda: mlflow.search_traces(locations=["0"], return_type="list", include_spans=False),
        )
        trace = mlflow.get_trace(found[0].info.trace_id)
    finally:
        rotel.kill()
        rotel.wait()

names = {span.span_id: span.name for span in trace.data.spans}
spans = sorted(
    (
        [span.name, names.get(span.parent_id), span.span_type, span.status.status_code.value, span.inputs, span.outputs]
        for span in trace.data.spans
    ),
    key=repr,
)
# Values are sent to receivers as JSON text; of that, the server takes a bare number for the text that it is.
expected = [
    ["errand", None, "AGENT", "OK", {"list": 'Brötchen "zwei"'}, "15"],
    ["fetch", "errand", "TOOL", "ERROR", {"what": ""}, None],
    ["fetch", "errand", "TOOL", "OK", {"what": 'Brötchen "zwei"'}, "15"],
]
equal(spans, expected, "the spans, their parents, types, outcomes and values")
shelves = [span.get_attribute("shelf") for span in trace.data.spans if span.name == "fetch"]
equal(shelves, ["7", "7"], "an attribute")
