"""Runs a real `mlflow server` on the file that is named until standard input ends; prints its address."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), *[".."] * 6, "tests", "python"))

from server import Server  # noqa: E402

with Server(sys.argv[1]) as server:
    print(server.address, flush=True)
    sys.stdin.read()
