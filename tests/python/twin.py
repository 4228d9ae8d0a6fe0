"""The Python twin of tests/programs/twin.rs: the same functions, arguments and values, called in the same order."""

import asyncio

import mlflow
from mlflow.entities import SpanEvent, SpanType


class OutOfStock(Exception):
    pass


@mlflow.trace(span_type=SpanType.RETRIEVER)
def retrieve(question, k):
    return [{"page_content": f"{question} {number}", "metadata": {"id": number}} for number in range(k)]


@mlflow.trace
def rank(documents):
    return [document["metadata"]["id"] for document in reversed(documents)]


@mlflow.trace(span_type=SpanType.LLM, attributes={"temperature": 0.25, "stop": ["\n", "§"]})
def complete(prompt):
    span = mlflow.get_current_active_span()
    span.set_attribute("mlflow.llm.model", "house-model")
    span.set_attribute("mlflow.llm.provider", "house")
    span.set_attribute(
        "mlflow.chat.tokenUsage", {"input_tokens": 12, "output_tokens": 30, "total_tokens": 42}
    )
    span.set_attribute("mlflow.llm.cost", {"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75})
    return f"Grüße, {prompt}"


@mlflow.trace(span_type=SpanType.AGENT)
def answer(question, k):
    documents = retrieve(question, k)
    rank(documents)
    complete(question)
    return complete("again")


@mlflow.trace
def fails(sku):
    raise OutOfStock(f"no {sku} left")


@mlflow.trace
def recovers(sku):
    try:
        return fails(sku)
    except OutOfStock as error:
        return f"sorry: {error}"


@mlflow.trace
def nothing():
    pass


@mlflow.trace
def values(whole, negative, fraction, round_number, large, small, truth, absent, text, pair, table, empty):
    return {"whole": whole, "pair": pair, "table": table, "absent": absent}


@mlflow.trace
async def fetch(number):
    await asyncio.sleep(0.001)
    return number * 2


@mlflow.trace(name="all of them", span_type="CRAWLER")
async def fetch_all(numbers):
    return [await fetch(number) for number in numbers]


@mlflow.trace
def chat(messages):
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": "It is a tracker."}}]}


@mlflow.trace
def long_text(text):
    return text


@mlflow.trace
def by_hand(query):
    with mlflow.start_span("rerank", span_type=SpanType.RERANKER) as span:
        span.set_inputs({"query": query, "k": 2})
        span.set_attributes({"model": "bm25", "weights": [0.5, 1.5], "user.level": 3})
        span.add_event(SpanEvent("cache miss", attributes={"tries": 2, "key": "rüben"}))
        span.set_outputs(["b", "a"])
    with mlflow.start_span("empty"):
        pass
    return None


@mlflow.trace
def described(request):
    mlflow.update_current_trace(
        tags={"tier": "gold", "größe": "L"},
        metadata={"build": "17", "mlflow.trace.user": "u-17", "mlflow.trace.session": "s-4"},
        client_request_id="req-7",
        request_preview="what was asked",
        response_preview="what was said",
    )
    return request.upper()


@mlflow.trace(span_type=SpanType.LLM)
def tokens(prompt, k):
    for number in range(k):
        rank([{"page_content": "", "metadata": {"id": number}}])
        yield {"delta": f"{prompt} ü{number}", "index": number}


@mlflow.trace(output_reducer=lambda words: " ".join(words))
def words(count):
    for number in range(count):
        yield f"wörd {number}"


@mlflow.trace
def no_items():
    yield from []


@mlflow.trace
async def pages(count):
    for number in range(count):
        await fetch(number)
        yield number


@mlflow.trace
def scoped(name):
    return name


def scopes():
    with mlflow.tracing.context(
        session_id="s-1", user="u-1", tags={"tier": "gold", "größe": "L"}, metadata={"build": "17"}
    ):
        scoped("outer")
        with mlflow.tracing.context(session_id="s-2", tags={"tier": "silver"}, metadata={"build": "18", "more": "m"}):
            scoped("inner")
            described("wins over the scope")
        with mlflow.tracing.context(enabled=False):
            scoped("not recorded")
            with mlflow.tracing.context(enabled=True):
                scoped("recorded again")
        scoped("outer again")
    with mlflow.start_span("around"):
        with mlflow.tracing.context(tags={"too": "late"}):
            scoped("child")
        with mlflow.tracing.context(enabled=False):
            scoped("not recorded")
            with mlflow.tracing.context(enabled=True):
                scoped("child again")
    with mlflow.tracing.context(metadata={"mlflow.trace.session": "s-3"}):
        scoped("session as metadata")


async def scoped_task():
    with mlflow.tracing.context(session_id="s-4", user="u-4"):
        await asyncio.create_task(fetch(7))


async def read(count):
    with mlflow.start_span("reader") as span:
        span.set_outputs([item async for item in pages(count)])


@mlflow.trace
def breaks_off(lines):
    yield lines[0]
    raise OutOfStock("no lines left")


class Till:
    @mlflow.trace(span_type=SpanType.TOOL)
    def charge(self, cents):
        return cents // 100


def main():
    answer("Was ist \"MLflow\"?", 2)
    recovers("tea")
    try:
        fails("coffee")
    except OutOfStock:
        pass
    nothing()
    values(
        7, -3, 0.1, 5.0, 9007199254740993, 1e-7, True, None, 'tab\t "quoted" \\ ☕ \u0001', ["a", 1],
        {"k": [1, [2]], "ä": {}}, [],
    )
    asyncio.run(fetch_all([1, 2, 3]))
    chat([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is MLflow?"}])
    long_text("ä" * 1500)
    by_hand("tea")
    described("quiet")
    Till().charge(1250)
    scopes()
    asyncio.run(scoped_task())
    for _ in tokens("say", 2):
        nothing()
    list(words(3))
    list(no_items())
    asyncio.run(read(2))
    try:
        list(breaks_off(["a"]))
    except OutOfStock:
        pass
    mlflow.flush_trace_async_logging()


if __name__ == "__main__":
    main()
