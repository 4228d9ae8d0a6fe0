"""Opens a database as `mlflow server` does, which creates or upgrades it."""

import sys

from mlflow.server.handlers import initialize_backend_stores

initialize_backend_stores(f"sqlite:///{sys.argv[1]}", default_artifact_root="./mlruns")
