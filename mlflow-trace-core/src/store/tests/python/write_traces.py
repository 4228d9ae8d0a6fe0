"""Writes traces of five spans into a database with the Python client; says when the first one is stored."""

import sys

import mlflow

path, count = sys.argv[1], int(sys.argv[2])
mlflow.set_tracking_uri(f"sqlite:///{path}")
mlflow.set_experiment("Default")
for number in range(count):
    with mlflow.start_span("python") as root:
        root.set_inputs({"number": number})
        for child in range(4):
            with mlflow.start_span(f"child {child}") as span:
                span.set_outputs(child)
    if number == 0:
        print("first", flush=True)
