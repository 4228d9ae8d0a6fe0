"""Serves a GGUF model with OpenAI's chat API on loopback: `serve_model.py MODEL PORT READY` makes READY once it answers.

Ends when it is killed."""

import pathlib
import sys
import time
import urllib.error
import urllib.request

import xllamacpp

model, port, ready = sys.argv[1:]
params = xllamacpp.CommonParams()
params.model.path = model
params.n_ctx = 8192
params.n_parallel = 1
# Threads that wait for one another in a busy loop make a busy machine fifty times slower; one waits for nobody.
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
params.use_jinja = True
params.hostnames = ["127.0.0.1"]
params.port = int(port)
server = xllamacpp.Server(params)
while not pathlib.Path(ready).exists():
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            if answer.status == 200:
                pathlib.Path(ready).touch()
    except (urllib.error.URLError, OSError):
        pass
    time.sleep(0.2)
while True:
    time.sleep(60)
