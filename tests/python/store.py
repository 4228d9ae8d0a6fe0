"""Reads a store with nothing but sqlite3: `store.py dump FILE` prints its traces as JSON, `store.py check FILE` fails
unless SQLite finds the file sound. Knows the tables of the 3.10 schema and of the later ones."""

import json
import sqlite3
import sys


def dump(file):
    with sqlite3.connect(file) as db:
        traces = {}
        rows = db.execute("SELECT request_id, status, request_preview FROM trace_info")
        for trace_id, status, preview in rows:
            traces[trace_id] = {
                "id": trace_id,
                "status": status,
                "request_preview": preview,
                "metadata": {},
                "tags": {},
                "counted_spans": None,
                "spans": [],
            }
        for table, field in [("trace_request_metadata", "metadata"), ("trace_tags", "tags")]:
            for trace_id, key, value in db.execute(f"SELECT request_id, key, value FROM {table}"):
                traces[trace_id][field][key] = value
        rows = db.execute(
            "SELECT trace_id, span_id, parent_span_id, name, status, content FROM spans ORDER BY start_time_unix_nano"
        )
        for trace_id, span_id, parent, name, status, content in rows:
            content = json.loads(content)
            traces[trace_id]["spans"].append(
                {
                    "id": span_id,
                    "parent": parent,
                    "name": name,
                    "status": status,
                    "attributes": {key: json.loads(text) for key, text in content["attributes"].items()},
                    "events": content["events"],
                }
            )
    for trace in traces.values():
        statistics = trace["metadata"].get("mlflow.trace.sizeStats")
        if statistics is not None:
            trace["counted_spans"] = json.loads(statistics)["num_spans"]
    # Traces of the same millisecond have no order but that of their spans.
    starts = dict(db.execute("SELECT trace_id, min(start_time_unix_nano) FROM spans GROUP BY trace_id"))
    return sorted(traces.values(), key=lambda trace: starts.get(trace["id"], 0))


def check(file):
    with sqlite3.connect(file) as db:
        integrity = db.execute("PRAGMA integrity_check").fetchall()
        if integrity != [("ok",)]:
            sys.exit(f"integrity_check of {file}: {integrity}")
        dangling = db.execute("PRAGMA foreign_key_check").fetchall()
        if dangling:
            sys.exit(f"foreign_key_check of {file}: {dangling}")


if __name__ == "__main__":
    command, file = sys.argv[1:]
    if command == "dump":
        json.dump(dump(file), sys.stdout)
    else:
        check(file)
