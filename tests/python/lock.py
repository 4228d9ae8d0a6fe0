"""Locks a store for other writers: `lock.py FILE SECONDS READY` makes READY once it holds the lock."""

import pathlib
import sqlite3
import sys
import time

file, seconds, ready = sys.argv[1:]
with sqlite3.connect(file, isolation_level=None) as db:
    db.execute("BEGIN EXCLUSIVE")
    pathlib.Path(ready).touch()
    time.sleep(float(seconds))
    db.execute("ROLLBACK")
