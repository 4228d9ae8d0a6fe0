"""The Python twin of tests/programs/twin_spans.rs: `twin_spans.py REMOTE_TRACE`."""

import json
import os
import sys
import threading
import warnings

# Its queue loses what is known of the last traces, now and then, when the program ends.
os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"

import mlflow
from mlflow.entities import Link, SpanEvent, SpanLogLevel, SpanStatus, SpanStatusCode, SpanType
from mlflow.tracing.provider import safe_set_span_in_context

warnings.simplefilter("ignore")


class Refused(Exception):
    pass


with open(sys.argv[1]) as file:
    REMOTE = json.load(file)

start = mlflow.start_span_no_context


def at(millis):
    return (1_700_000_000_000 + millis) * 1_000_000


def linked(number, attributes=None):
    return Link(trace_id=f"tr-{0xABC_0000 + number:032x}", span_id=f"{number:016x}", attributes=attributes)


def detached():
    root = start(
        "detached root",
        span_type=SpanType.AGENT,
        inputs={"k": 2, "question": "ü"},
        attributes={"temperature": 0.25},
        tags={"tier": "gold"},
        metadata={"build": "17"},
    )
    child = start("child", parent_span=root, span_type=SpanType.TOOL, inputs=[1, 2])
    start("grandchild", parent_span=child).end()
    child.end(outputs="done")
    root.end(outputs={"answer": None}, attributes={"temperature": 0.5})


def below_the_current():
    with mlflow.start_span("around"):
        inner = start("detached inside")
        with mlflow.start_span("sibling"):
            pass
        inner.end()


def on_another_thread():
    job = start("job")

    def work():
        with safe_set_span_in_context(job):
            with mlflow.start_span("step") as step:
                step.set_outputs(1)
        job.end(outputs="all")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


def times():
    root = start("of another time", start_time_ns=at(0))
    child = start("first half", parent_span=root, start_time_ns=at(10))
    child.add_event(SpanEvent("first byte", timestamp=at(20), attributes={"bytes": 512, "kind": "body"}))
    child.end(end_time_ns=at(500))
    child = start("second half", parent_span=root, start_time_ns=at(500))
    child.end(end_time_ns=at(999))
    root.end(end_time_ns=at(1234))


def earlier_child():
    root = start("late root", start_time_ns=at(5000))
    start("earlier child", parent_span=root, start_time_ns=at(4000)).end(end_time_ns=at(4500))
    root.end(end_time_ns=at(6000))


def levels():
    exception = lambda: SpanEvent(
        "exception", attributes={"exception.message": "no", "exception.type": "Refused"}
    )
    with mlflow.start_span("levels"):
        for level in SpanLogLevel:
            with mlflow.start_span(level.name, log_level=level):
                pass
        with mlflow.start_span("LLM", span_type=SpanType.LLM):
            pass
        with mlflow.start_span("CHAIN", span_type=SpanType.CHAIN):
            pass
        with mlflow.start_span("set") as span:
            span.set_log_level("WARNING")
        with mlflow.start_span("raised") as span:
            span.add_event(exception())
        with mlflow.start_span("raised from", log_level="WARNING") as span:
            span.add_event(exception())
        with mlflow.start_span("above", log_level="CRITICAL") as span:
            span.add_event(exception())
        with mlflow.start_span("lowered") as span:
            span.add_event(exception())
            span.set_log_level("DEBUG")


def links():
    first = linked(1, {"why": "the same request, tägain", "tries": 2})
    with mlflow.start_span("links", links=[first, linked(2)]) as span:
        span.add_link(linked(4))
        span.add_link(linked(3, {"share": 0.5, "ok": True}))


def facts():
    described = start("described", description="looks it up")
    described.set_span_type(SpanType.RETRIEVER)
    described.set_description("looks it up again")
    described.end(status=SpanStatus(SpanStatusCode.ERROR, "nothing found"))

    failed = start("failed")
    failed.record_exception(Refused("not today"))
    failed.end()

    recovered = start("recovered")
    recovered.end(outputs="late", attributes={"attempts": [1, {"of": 2}]}, status="OK")

    done = start("done")
    done.end(outputs=1)
    done.set_outputs(2)
    done.set_attribute("late", True)

    with mlflow.start_span("events") as span:
        span.add_event(SpanEvent("plain", attributes={"a": 1}))
        span.add_event(SpanEvent("without"))
        span.add_event(SpanEvent("kinds", attributes={"text": "ü\n", "truth": True, "list": [1, 2]}))


def logged():
    mlflow.log_trace(
        name="whole",
        request={"q": 'Was ist "MLflow"?'},
        response=["a", "b"],
        intermediate_outputs={"documents": ["d1", "d2"], "prompt": ["be brief"]},
        tags={"tier": "gold", "größe": "L"},
        start_time_ms=1_700_000_000_000,
        execution_time_ms=5129,
    )
    mlflow.log_trace(request="q", response="a", attributes={"k": 1})
    mlflow.log_trace(name="empty")


def added():
    with mlflow.start_span("under a target") as target:
        mlflow.update_current_trace(tags={"tier": "ours"}, metadata={"build": "18"})
        with mlflow.start_span("another"):
            mlflow.add_trace(REMOTE, target=target)
    with mlflow.start_span("under the current"):
        with mlflow.start_span("call"):
            mlflow.add_trace(REMOTE)
    mlflow.add_trace(REMOTE)


def main():
    detached()
    below_the_current()
    on_another_thread()
    times()
    earlier_child()
    levels()
    links()
    facts()
    logged()
    added()


if __name__ == "__main__":
    main()
