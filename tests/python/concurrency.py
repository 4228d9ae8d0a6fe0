"""Whether MLflow's client finds every trace that several processes wrote: `concurrency.py FILE LABEL=COUNT...`."""

import collections
import sys

import mlflow
from checks import check, equal, run_checks

mlflow.set_tracking_uri(f"sqlite:///{sys.argv[1]}")
EXPECTED = {label: int(count) for label, count in (argument.split("=") for argument in sys.argv[2:])}
TRACES = mlflow.search_traces(locations=["0"], return_type="list", max_results=10_000)


def shape(trace):
    """The tree as text, children by start."""

    def below(parent):
        children = [span for span in trace.data.spans if span.parent_id == parent]
        children.sort(key=lambda span: span.start_time_ns)
        return ", ".join(f"{span.name}({below(span.span_id)})" for span in children)

    return below(None)


@check
def no_trace_is_lost_or_doubled():
    found = collections.Counter()
    for trace in TRACES:
        root = next(span for span in trace.data.spans if span.parent_id is None)
        found[root.inputs["label"], root.inputs["number"]] += 1
    expected = {(label, number): 1 for label, count in EXPECTED.items() for number in range(count)}
    missing = sorted(key for key in expected if key not in found)
    surplus = sorted(key for key in found if found[key] != expected.get(key))
    equal({"missing": missing, "surplus": surplus}, {"missing": [], "surplus": []}, "label and number of traces")


@check
def every_trace_has_its_five_spans():
    shapes = collections.Counter(shape(trace) for trace in TRACES)
    equal(list(shapes), ["job(outer(inner()), by hand(inner()))"], "the shapes of all traces")


@check
def the_writers_were_at_work_at_the_same_time():
    ranges = {}
    for trace in TRACES:
        label = next(span for span in trace.data.spans if span.parent_id is None).inputs["label"]
        begin, end = ranges.get(label, (trace.info.request_time, trace.info.request_time))
        ranges[label] = (min(begin, trace.info.request_time), max(end, trace.info.request_time))
    writers = [label for label in EXPECTED if label != "before"]
    latest_begin = max(ranges[label][0] for label in writers)
    earliest_end = min(ranges[label][1] for label in writers)
    assert latest_begin < earliest_end, f"they took turns: {ranges}"


run_checks()
