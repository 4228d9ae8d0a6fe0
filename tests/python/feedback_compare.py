"""Compares what feedback_twin.py and feedback_twin.rs left: `feedback_compare.py PYTHON_PLACE RUST_PLACE`."""

import os
import sqlite3
import sys

import mlflow
from checks import check, equal, run_checks
from comparing import SIZES, Argued, compare, experiment_of

EXCEPTIONS = [
    Argued(
        "*/metadata/mlflow.source.name",
        "Each names its own program.",
        lambda python, rust: python.endswith("feedback_twin.py") and rust.endswith("feedback_twin"),
    ),
    Argued("*/metadata/mlflow.trace.sizeBytes", "The size of the whole, the program's name included."),
    Argued(f"*/{SIZES}/total_size_bytes", "The size of the whole, the program's name included."),
]
PYTHON, RUST = sys.argv[1:]
VALUES, _ = compare(PYTHON, RUST, EXCEPTIONS)


@check
def assessments_were_compared():
    names = {value for path, value in VALUES.items() if path.endswith("/assessment_name")}
    assert len(names) == 28, f"Python left assessments of {len(names)} names: {sorted(names)}"


@check
def searches_by_assessment_find_the_trace():
    wanted = {
        "feedback.correctness = 'true'": ["rated while open"],
        "feedback.correctness = 'false'": [],
        "expectation.answer = 'Paris'": ["rated while open"],
        "feedback.relevance > 0.8": ["changed"],
        "feedback.relevance < 0.8": [],
        "feedback.restored = 'no'": ["changed"],
        "feedback.restored = 'yes'": [],
        "feedback.second = '2'": ["changed"],
        "feedback.doomed IS NOT NULL": [],
        "feedback.`value 08` = 'x'": [],
    }
    for place in [PYTHON, RUST]:
        experiment = experiment_of(place)
        for filter_string, names in wanted.items():
            if "#" in place:
                # A server has read every number as one with a point.
                filter_string = filter_string.replace("'2'", "'2.0'")
            found = mlflow.search_traces(
                locations=[experiment], filter_string=filter_string, return_type="list"
            )
            equal([trace.info.tags["mlflow.traceName"] for trace in found], names, f"{filter_string} in {place}")


@check
def one_is_got_by_its_id():
    for place in [PYTHON, RUST]:
        experiment = experiment_of(place)
        [trace] = mlflow.search_traces(
            locations=[experiment], filter_string="feedback.relevance > 0.8", return_type="list"
        )
        [new] = [one for one in trace.info.assessments if one.name == "relevance" and one.valid]
        old = mlflow.get_assessment(trace.info.trace_id, new.overrides)
        equal([old.value, old.valid, old.source.source_id], [0.6, False, "gpt-4o"], f"the old one in {place}")


def rows_are_the_same():
    """The rows of both files, columns that no client shows included."""

    def rows(file):
        database = sqlite3.connect(f"file:{os.path.realpath(file)}?mode=ro", uri=True)
        columns = {row[1] for row in database.execute("PRAGMA table_info(assessments)")}
        columns -= {
            "assessment_id", "trace_id", "span_id", "overrides", "created_timestamp", "last_updated_timestamp",
            # Python's file is of the newest schema, ours of an older one when we made it.
            "experiment_id", "trace_timestamp_ms", "aggregate_value", "is_numeric_value",
        }  # fmt: skip
        listed = ", ".join(sorted(columns))
        order = "ORDER BY name, assessment_type, value"
        return database.execute(f"SELECT {listed} FROM assessments {order}").fetchall()

    equal(rows(RUST), rows(PYTHON), "rows of assessments")


# Of a server only its answers are seen.
if "#" not in PYTHON:
    check(rows_are_the_same)
run_checks()
