"""What one traced call costs MLflow's own Python client, with the same work as the Rust programs beside it.

`python_mlflow.py worker` discards what the client would store; told on its standard input which workload to run, it
answers with ns per span on the caller's thread, as the workers of side-by-side.rs do. `python_mlflow.py store` lets it store into its SQLite file. Needs a Python that has mlflow installed.
"""

import logging
import os
import sys
import tempfile
import time

FOLDER = tempfile.TemporaryDirectory()
if sys.argv[1:2] != ["server"]:
    os.environ["MLFLOW_TRACKING_URI"] = "sqlite:///" + os.path.join(FOLDER.name, "mlflow.db")
logging.disable(logging.INFO)

import mlflow  # noqa: E402
from mlflow.tracing.export.mlflow_v3 import MlflowV3SpanExporter  # noqa: E402

STORED_TRACES = 100

TEXT = "thirty-two bytes of plain text!!"
WORDS = "a tracer keeps what went in and what came out so that someone can read it later".split()


def prose(count):
    """The text of workloads.rs: words, a line break every twelve, a quotation mark now and then."""
    pieces = (
        WORDS[index % len(WORDS)] + {11: "\n", 23: ' "'}.get(index % 24, " ") for index in range(count)
    )
    return "".join(pieces)[:count]


PROMPT = prose(4096)
ANSWER = [{"role": "assistant" if index % 2 else "user", "content": prose(1365)} for index in range(6)]


@mlflow.trace
def empty():
    pass


@mlflow.trace
def small(text, count, weight):
    return text + text


@mlflow.trace
def large(prompt):
    return ANSWER


@mlflow.trace
async def level(depth, yields):
    import asyncio

    if depth > 1:
        await level(depth - 1, yields)
    elif yields:
        await asyncio.sleep(0)


def nested(yields):
    import asyncio

    async def root():
        with mlflow.start_span("root"):
            await level(10, yields)

    asyncio.run(root())


def many(child, count=100):
    with mlflow.start_span("root"):
        for _ in range(count):
            child()


WORKLOADS = {
    "W1": (lambda: empty(), 1),
    "W2": (lambda: many(empty), 100),
    "W3": (lambda: many(lambda: small(TEXT, 7, 0.25)), 100),
    "W3r": (lambda: small(TEXT, 7, 0.25), 1),
    "W4": (lambda: many(lambda: large(PROMPT)), 100),
    "W5": (lambda: nested(False), 10),
    "W5y": (lambda: nested(True), 10),
}


def nanoseconds(call, spans):
    repeats = max(1, 200 // spans)
    start = time.perf_counter_ns()
    for _ in range(repeats):
        call()
    nanos = (time.perf_counter_ns() - start) / (repeats * spans)
    # One sample must not pay for the queue of another.
    mlflow.flush_trace_async_logging()
    return nanos


def worker():
    # The client's own work up to the store stays; only the store is left out.
    MlflowV3SpanExporter._log_spans = lambda self, *args, **kwargs: None
    MlflowV3SpanExporter._log_trace = lambda self, *args, **kwargs: None
    mlflow.set_experiment("benches")
    for line in sys.stdin:
        print(nanoseconds(*WORKLOADS[line.strip()]), flush=True)


@mlflow.trace(span_type="TOOL")
def inner(number):
    return number * 2


@mlflow.trace
def outer(number):
    return inner(number) + 1


@mlflow.trace
def job(label, number):
    doubled = outer(number)
    with mlflow.start_span("by hand") as span:
        span.set_inputs(label)
        return inner(doubled)


def store():
    """Traces a second and CPU a trace into the client's own SQLite store, as store.rs measures ours."""
    mlflow.set_experiment("benches")
    job("the first makes the file", 0)
    mlflow.flush_trace_async_logging()
    start, cpu = time.perf_counter(), time.process_time()
    for number in range(STORED_TRACES):
        job(TEXT, number)
    mlflow.flush_trace_async_logging()
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    experiment = mlflow.get_experiment_by_name("benches").experiment_id
    stored = mlflow.search_traces(
        locations=[experiment], max_results=10 * STORED_TRACES, return_type="list", include_spans=False
    )
    assert len(stored) == STORED_TRACES + 1, len(stored)
    print(f"| MLflow {mlflow.__version__} in Python | {STORED_TRACES / wall:.1f} | {cpu * 1e3 / STORED_TRACES:.1f} |")


def server():
    """Seconds, CPU seconds and traces into the server of MLFLOW_TRACKING_URI, as server.rs prints them."""
    count = int(sys.argv[2])
    mlflow.set_experiment("python")
    job("the first finds the experiment", 0)
    mlflow.flush_trace_async_logging()
    start, cpu = time.perf_counter(), time.process_time()
    for number in range(count):
        job(TEXT, number)
    mlflow.flush_trace_async_logging()
    print(time.perf_counter() - start, time.process_time() - cpu, count)


if __name__ == "__main__":
    {"server": server, "store": store, "worker": worker}[sys.argv[1]]()
