"""What one traced call costs MLflow's own Python client, with the same work and a destination that discards.

Run it with a Python that has mlflow installed: `benches/run python`.
"""

import logging
import os
import statistics
import tempfile
import time

os.environ["MLFLOW_TRACKING_URI"] = "sqlite:///" + os.path.join(tempfile.mkdtemp(), "mlflow.db")
logging.disable(logging.INFO)

import mlflow  # noqa: E402
from mlflow.tracing.export.mlflow_v3 import MlflowV3SpanExporter  # noqa: E402

# The client's own work up to the store stays; only the store is left out.
MlflowV3SpanExporter._log_spans = lambda self, *args, **kwargs: None
MlflowV3SpanExporter._log_trace = lambda self, *args, **kwargs: None

TEXT = "thirty-two bytes of plain text!!"
PROMPT = ("a tracer keeps what went in and what came out " * 100)[:4096]
ANSWER = [
    {"role": "user" if index % 2 == 0 else "assistant", "content": PROMPT[:1365]} for index in range(6)
]


@mlflow.trace
def empty():
    pass


@mlflow.trace
def small(text, count, weight):
    return text + text


@mlflow.trace
def large(prompt):
    return ANSWER


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
}


def nanoseconds(call, spans):
    samples = []
    for _ in range(5):
        repeats = max(1, 200 // spans)
        start = time.perf_counter_ns()
        for _ in range(repeats):
            call()
        samples.append((time.perf_counter_ns() - start) / (repeats * spans))
        # One sample must not pay for the queue of another.
        mlflow.flush_trace_async_logging()
    return statistics.median(samples)


def main():
    mlflow.set_experiment("benches")
    empty()
    print(f"mlflow {mlflow.__version__}, ns per span, median of 5")
    for mode in ("on", "off"):
        if mode == "off":
            mlflow.tracing.disable()
        for name, (call, spans) in WORKLOADS.items():
            print(f"{mode:4}{name:4}{nanoseconds(call, spans):12,.0f}")


if __name__ == "__main__":
    main()
