"""Writes traces of five spans each with Python MLflow: `writer.py LABEL COUNT [FILE]` makes FILE once it has begun."""

import pathlib
import sys

import mlflow


@mlflow.trace(span_type="TOOL")
def inner(number):
    return number * 2


@mlflow.trace
def outer(number):
    return inner(number) + 1


@mlflow.trace
def job(label, number, payload):
    doubled = outer(number)
    with mlflow.start_span("by hand") as span:
        span.set_inputs(label)
        return inner(doubled) + len(payload)


label, count = sys.argv[1], int(sys.argv[2])
for number in range(count):
    job(label, number, "")
    # Python's own queue holds 1,000 tasks and discards what does not fit, also with no other writer about.
    if number % 50 == 0:
        mlflow.flush_trace_async_logging()
    if number == 0:
        for file in sys.argv[3:]:
            pathlib.Path(file).touch()
mlflow.flush_trace_async_logging()
