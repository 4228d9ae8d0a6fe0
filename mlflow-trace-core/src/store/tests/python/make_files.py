"""Steps one database through MLflow's migrations; keeps copies at some revisions and the columns at all of them."""

import json
import os
import shutil
import sqlite3
import sys

import sqlalchemy
from alembic import command
from alembic.script import ScriptDirectory

from mlflow.store.db.utils import _get_alembic_config
from mlflow.store.tracking.dbmodels.initial_models import Base as InitialBase

OLDEST = "1a0cddfcaa16"
KEPT = {OLDEST, "d3e4f5a6b7c8", "1b5f0d9ad7c1", "b7e2c1a4d9f3", "dc11669786a5"}
folder = sys.argv[1]
path = os.path.join(folder, "stepped.db")
uri = f"sqlite:///{path}"

engine = sqlalchemy.create_engine(uri)
InitialBase.metadata.create_all(engine)
engine.dispose()

config = _get_alembic_config(uri)
revisions = [step.revision for step in ScriptDirectory.from_config(config).walk_revisions()][::-1]
columns = {}
for revision in revisions[revisions.index(OLDEST) :]:
    command.upgrade(config, revision)
    with sqlite3.connect(path) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns[revision] = {
            table: [row[1] for row in connection.execute(f'PRAGMA table_xinfo("{table}")')] for table in tables
        }
    connection.close()
    if revision in KEPT:
        shutil.copy(path, os.path.join(folder, f"{revision}.db"))

with open(os.path.join(folder, "columns.json"), "w") as out:
    json.dump(columns, out)
print("{}")
