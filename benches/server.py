"""The same traces by our program and by Python's client into one real server: `server.py PROGRAM [TRACES] [ROUNDS]`.

Rounds alternate between the two, and each has an experiment of its own. Prints a table with medians and their ratios.
"""

import os
import statistics
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "tests", "python"))

from server import Server  # noqa: E402


def run(command, address):
    # Nothing of the caller's own settings.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "OTEL_"))}
    environment |= {"MLFLOW_TRACKING_URI": address, "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    wall, cpu, traces = map(float, done.stdout.splitlines()[-1].split())
    return traces / wall, cpu * 1e3 / traces


def main(program, traces=400, rounds=3):
    ours, python = [program, str(traces)], [sys.executable, os.path.join(here, "python_mlflow.py"), "server", str(traces)]
    results = {"mlflow-trace": [], "MLflow in Python": []}
    with tempfile.TemporaryDirectory() as folder, Server(os.path.join(folder, "server.db"), workers=int(os.environ.get("WORKERS", "1"))) as server:
        run([program, "20"], server.address)
        for number in range(rounds):
            pair = [("mlflow-trace", ours), ("MLflow in Python", python)]
            for name, command in pair if number % 2 else reversed(pair):
                results[name].append(run(command, server.address))
    print(f"traces of five spans into a real server on SQLite, medians of {rounds} rounds of {traces} traces")
    print("\n| | traces a second | client's CPU ms a trace |\n|---|---:|---:|")
    medians = {}
    for name, values in results.items():
        medians[name] = [statistics.median(column) for column in zip(*values)]
        print(f"| {name} | {medians[name][0]:.1f} | {medians[name][1]:.3f} |")
    (fast, cheap), (slow, dear) = medians["mlflow-trace"], medians["MLflow in Python"]
    print(f"\n{fast / slow:.1f} × the traces a second, {dear / cheap:.1f} × the traces for a second of the client's CPU")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
