"""The Python twin of tests/programs/scenarios.rs: one function for each scenario, in the same order, on the same server."""

import asyncio
import contextlib
import os
import threading

# Its queue loses what is known of the last traces, now and then, when the program ends.
os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"

import mlflow
from mlflow.entities import Link, SpanEvent, SpanLogLevel, SpanStatus, SpanStatusCode, SpanType
from mlflow.tracing.provider import safe_set_span_in_context


class Refused(Exception):
    pass


def at(millis):
    return (1_700_000_000_000 + millis) * 1_000_000


# ----- functions -----


@mlflow.trace
def adds(a, b):
    return a + b


@mlflow.trace
def gives_nothing(text):
    pass


@mlflow.trace
def takes_nothing():
    return "something"


@mlflow.trace(name="a name of its own")
def renamed(x):
    return x


@mlflow.trace
def child(number):
    return number + 1


@mlflow.trace
def calls(number):
    return child(child(number))


@mlflow.trace
def calls_deep(number):
    return calls(number)


@mlflow.trace
def calls_itself(depth):
    return 0 if depth == 0 else 1 + calls_itself(depth - 1)


@mlflow.trace(attributes={"text": "t", "number": 7, "share": 0.5, "yes": True, "list": [1, 2]})
def has_attributes():
    return True


@mlflow.trace
def sets_attributes():
    span = mlflow.get_current_active_span()
    span.set_attribute("first", "old")
    span.set_attribute("object", {"a": [1, None]})
    span.set_attribute("first", "new")
    span.set_attributes({"x": 1.5, "y": -2.0})


@mlflow.trace
def sets_values(secret):
    span = mlflow.get_current_active_span()
    span.set_inputs({"length": len(secret)})
    # A return value would take the place of the outputs in Python, so it gives nothing.
    span.set_outputs(["chosen", 1])
    return ["chosen", 1]


@mlflow.trace
def takes_structures(order, pairs):
    return {"pairs": len(pairs), "sku": order["sku"], "total": order["count"] * order["price"]}


@mlflow.trace
def speaks_languages(text):
    return f'{text} ✓ "quoted" \\ \n\t €'


@mlflow.trace
def gives_numbers():
    return [0.1, 1e21, -0.0, 1.0, 123_456_789.123, 5e-324]


@mlflow.trace
def speaks_at_length(text):
    return text * 3


@mlflow.trace
def fails(reason):
    raise Refused(reason)


@mlflow.trace
def recovers():
    try:
        fails("not today")
    except Refused as error:
        return str(error)


@mlflow.trace
def passes_on():
    fails("passed on")
    return 1


@mlflow.trace
async def sleeps(number):
    await asyncio.sleep(0.002)
    return number


@mlflow.trace
async def awaits():
    return await sleeps(1) + await sleeps(2)


@mlflow.trace
def streams(count):
    for number in range(count):
        yield f"part {number}"


@mlflow.trace(output_reducer=lambda parts: "+".join(parts))
def streams_reduced(count):
    for number in range(count):
        yield f"part {number}"


@mlflow.trace(log_level="WARNING")
def warns():
    return 1


@mlflow.trace(span_type="RETRIEVER")
def retrieves(query):
    return [{"id": "d-1", "metadata": {"chunk_id": "1", "doc_uri": "a.md"}, "page_content": query}]


@mlflow.trace(span_type="CHAT_MODEL")
def chats(messages):
    # In the order in which a JSON value of Rust has its keys.
    message = {"content": f"heard {len(messages)}", "role": "assistant"}
    return {"choices": [{"index": 0, "message": message}]}


# ----- blocks -----


def types():
    with mlflow.start_span("types"):
        for kind in [
            "LLM", "CHAIN", "AGENT", "TOOL", "CHAT_MODEL", "RETRIEVER", "PARSER", "EMBEDDING", "RERANKER", "MEMORY",
            "UNKNOWN", "WORKFLOW", "TASK", "GUARDRAIL", "EVALUATOR", "MY_OWN",
        ]:
            with mlflow.start_span(kind.lower(), span_type=kind):
                pass


def block():
    with mlflow.start_span("block", span_type=SpanType.CHAIN, attributes={"k": 4}) as span:
        span.set_inputs({"x": 1})
        span.set_outputs({"y": 2})


def blocks_and_functions():
    with mlflow.start_span("blocks and functions"):
        child(1)
        with mlflow.start_span("inner"):
            child(2)


def block_fails():
    with mlflow.start_span("block fails") as span:
        span.record_exception(Refused("told by hand"))


def status_by_hand():
    with mlflow.start_span("status by hand") as span:
        span.set_status(SpanStatus(SpanStatusCode.ERROR, "too warm"))


def type_changes():
    with mlflow.start_span("type changes", span_type="TOOL") as span:
        span.set_span_type("AGENT")


def described():
    with mlflow.start_span("described", description="what it is for"):
        with mlflow.start_span("later") as span:
            span.set_description("said later")


def events():
    with mlflow.start_span("events") as span:
        span.add_event(SpanEvent("bare"))
        span.add_event(SpanEvent("cache miss", attributes={"key": "q1", "tries": 2, "late": True}))
        span.add_event(SpanEvent("timed", timestamp=at(5), attributes={"bytes": 512}))


def links():
    def target(number, attributes=None):
        return Link(trace_id=f"tr-{number:032x}", span_id=f"{9:016x}", attributes=attributes)

    with mlflow.start_span("links", links=[target(7)]) as span:
        span.add_link(target(8, {"why": "retry", "tries": 2}))


def levels():
    with mlflow.start_span("levels", log_level=SpanLogLevel.INFO):
        with mlflow.start_span("debugged", log_level=SpanLogLevel.DEBUG):
            pass
        with mlflow.start_span("raised", log_level=SpanLogLevel.DEBUG) as span:
            span.record_exception(Refused("an exception raises it"))
        with mlflow.start_span("set later") as span:
            span.set_log_level(SpanLogLevel.CRITICAL)
        with mlflow.start_span("of a tool", span_type="TOOL"):
            pass


# ----- what is said about the trace -----


@mlflow.trace
def in_a_session():
    mlflow.update_current_trace(user="u-17", session_id="s-4")


@mlflow.trace
def has_tags():
    mlflow.update_current_trace(tags={"tier": "gold"})
    mlflow.update_current_trace(tags={"tier": "silver", "n": "1"}, metadata={"region": "eu-1"})


@mlflow.trace
def has_previews(text):
    mlflow.update_current_trace(request_preview="asked", response_preview="answered")
    return text.upper()


@mlflow.trace
def has_a_request_id():
    mlflow.update_current_trace(client_request_id="request-1")


@mlflow.trace
def child_speaks_for_all():
    with mlflow.start_span("child"):
        mlflow.update_current_trace(tags={"by": "the child"})


# ----- facts of language models -----


def tokens(input_tokens, output_tokens, **cached):
    both = {"input_tokens": input_tokens, "output_tokens": output_tokens}
    return {**both, "total_tokens": input_tokens + output_tokens, **cached}


def usage():
    with mlflow.start_span("usage", span_type="AGENT"):
        for count in [3, 4]:
            with mlflow.start_span("call", span_type="LLM") as span:
                span.set_attribute("mlflow.llm.model", "house-model")
                span.set_attribute("mlflow.llm.provider", "house")
                span.set_attribute("mlflow.chat.tokenUsage", tokens(count, 10))


def usage_of_a_parent():
    with mlflow.start_span("usage of a parent"):
        with mlflow.start_span("agent") as span:
            span.set_attribute("mlflow.chat.tokenUsage", tokens(100, 50))
            with mlflow.start_span("call") as span:
                span.set_attribute("mlflow.chat.tokenUsage", tokens(1, 2))


def cached_usage():
    with mlflow.start_span("cached usage") as span:
        cached = {"cache_read_input_tokens": 800, "cache_creation_input_tokens": 100}
        span.set_attribute("mlflow.chat.tokenUsage", tokens(1000, 20, **cached))


def cost():
    def dollars(one, other):
        return {"input_cost": one, "output_cost": other, "total_cost": one + other}

    with mlflow.start_span("cost"):
        with mlflow.start_span("one") as span:
            span.set_attribute("mlflow.llm.cost", dollars(0.25, 0.5))
        with mlflow.start_span("two") as span:
            span.set_attribute("mlflow.llm.cost", dollars(0.125, 0.0))


# ----- traces and their places -----


def detached():
    start = mlflow.start_span_no_context
    root = start("detached", start_time_ns=at(0), inputs={"q": "?"})
    first = start("first", parent_span=root, start_time_ns=at(10))
    second = start("second", parent_span=root, start_time_ns=at(20))
    with safe_set_span_in_context(first):
        with mlflow.start_span("inside"):
            pass
    second.set_outputs("2")
    first.end(end_time_ns=at(30))
    second.end(end_time_ns=at(40))
    root.set_outputs({"a": "!"})
    root.end(end_time_ns=at(50))


def ends_elsewhere():
    span = mlflow.start_span_no_context("ends elsewhere")

    def end():
        span.set_attribute("thread", "other")
        span.end()

    thread = threading.Thread(target=end)
    thread.start()
    thread.join()


def logged():
    mlflow.log_trace(
        name="logged",
        request={"messages": [{"content": "Does MLflow trace?", "role": "user"}]},
        response="Yes.",
        attributes={"model": "m"},
        tags={"tier": "gold"},
        start_time_ms=1_700_000_000_000,
        execution_time_ms=512,
    )


def scoped():
    scope = mlflow.tracing.context
    with scope(session_id="s-9", user="u-9", tags={"from": "scope"}, metadata={"m": "scope"}):
        child(1)
        with scope(tags={"from": "inner", "more": "1"}, user="u-10"):
            child(2)
    child(3)


def scope_is_off():
    with mlflow.tracing.context(enabled=False):
        child(1)
    child(2)


async def carried():
    with mlflow.tracing.context(session_id="carried"):
        child(5)


def main():
    adds(2, 3)
    gives_nothing("x")
    takes_nothing()
    renamed(4)
    calls(1)
    calls_deep(1)
    calls_itself(3)
    has_attributes()
    sets_attributes()
    sets_values("hush")
    sizes = {"l": 2.5, "m": 1.0}
    order = {"sku": "s-1", "count": 3, "price": 2.5, "gift": None, "tags": ["a", "b"], "sizes": sizes}
    takes_structures(order, [["a", 1], ["b", -2]])
    speaks_languages("Grüße, 世界 🌍")
    gives_numbers()
    speaks_at_length("long " * 200)
    with contextlib.suppress(Refused):
        fails("sold out")
    recovers()
    with contextlib.suppress(Refused):
        passes_on()
    asyncio.run(awaits())
    list(streams(3))
    list(streams_reduced(3))
    warns()
    retrieves("what?")
    chats([{"content": "Be brief.", "role": "system"}, {"content": "Hello?", "role": "user"}])
    types()
    block()
    blocks_and_functions()
    block_fails()
    status_by_hand()
    type_changes()
    described()
    events()
    links()
    levels()
    in_a_session()
    has_tags()
    has_previews("abc")
    has_a_request_id()
    child_speaks_for_all()
    usage()
    usage_of_a_parent()
    cached_usage()
    cost()
    detached()
    ends_elsewhere()
    logged()
    scoped()
    scope_is_off()
    asyncio.run(carried())


if __name__ == "__main__":
    main()
