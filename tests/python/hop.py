"""One service of a chain, as Python users write them: `hop.py CHAIN…`, the twin of tests/programs/hop.rs.

With no environment variable HOP_PORT_FILE it begins: it calls the services of the chain. Else it serves one request,
whose body is the rest of the chain, and ends. Each calls the next one inside a span, with the headers that name it."""

import json
import os
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import mlflow
from mlflow.tracing.distributed import (
    get_tracing_context_headers_for_http_request,
    set_tracing_context_from_http_request_headers,
)
from mlflow.tracking._tracking_service.utils import _get_store

NAME = os.environ["HOP_NAME"]


@mlflow.trace(name=f"{NAME} calls", span_type="TOOL")
def call(address, rest):
    headers = get_tracing_context_headers_for_http_request()
    request = urllib.request.Request(address, json.dumps(rest).encode(), headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


@mlflow.trace(name=f"{NAME} works")
def work(chain):
    return [NAME, *(call(chain[0], chain[1:]) if chain else [])]


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        chain = json.loads(self.rfile.read(int(self.headers["content-length"])))
        # Kept for whoever wants to see what came.
        print("traceparent:", self.headers["traceparent"], flush=True)
        with set_tracing_context_from_http_request_headers(dict(self.headers)):
            body = json.dumps(work(chain)).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def ask_the_server_for_its_version():
    """Python's client asks once, waits three seconds, and without an answer keeps spans from the server for good; a busy
    machine needs longer."""
    store = _get_store()
    ask = getattr(store, "_get_server_version", None)
    while ask and ask(store.get_host_creds()) is None:
        ask.cache_clear()


def main():
    ask_the_server_for_its_version()
    port_file = os.environ.get("HOP_PORT_FILE")
    if port_file is None:
        with mlflow.start_span(name=f"{NAME} begins") as span:
            span.set_inputs({"chain": len(sys.argv) - 1})
            mlflow.update_current_trace(tags={"begun by": NAME}, metadata={"mlflow.trace.session": "s-4"})
            span.set_outputs(work(sys.argv[1:]))
        print("trace:", span.trace_id)
    else:
        server = HTTPServer(("127.0.0.1", 0), Service)
        with open(port_file + ".new", "w") as file:
            file.write(f"http://127.0.0.1:{server.server_port}")
        os.rename(port_file + ".new", port_file)
        for _ in range(int(os.environ.get("HOP_REQUESTS", "1"))):
            server.handle_request()
    mlflow.flush_trace_async_logging()


if __name__ == "__main__":
    main()
