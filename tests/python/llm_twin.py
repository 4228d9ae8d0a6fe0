"""The Python twin of tests/programs/llm_twin.rs: the same facts about calls of language models and about traces."""

import mlflow
from mlflow.entities import SpanType
from mlflow.tracing.constant import SpanAttributeKey as Key

ADD = {
    "type": "function",
    "function": {
        "name": "add",
        "description": "Adds two numbers",
        "parameters": {
            "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
            "required": ["a", "b"],
            "type": "object",
        },
    },
}


def usage(input_tokens, output_tokens, **cached):
    counts = {"input_tokens": input_tokens, "output_tokens": output_tokens}
    return counts | {"total_tokens": input_tokens + output_tokens} | cached


def call(name, model=None, provider=None, tokens=None, cost=None):
    """A span that says of a call what is given."""
    with mlflow.start_span(name, span_type=SpanType.LLM) as span:
        for key, value in [(Key.MODEL, model), (Key.MODEL_PROVIDER, provider), (Key.CHAT_USAGE, tokens)]:
            if value is not None:
                span.set_attribute(key, value)
        if cost is not None:
            span.set_attribute(Key.LLM_COST, cost)


def ask():
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "What is 2 + 2?"},
    ]
    with mlflow.start_span("ask", span_type=SpanType.CHAT_MODEL) as span:
        # In the order in which MLflow's automatic tracing of OpenAI says it.
        span.set_attribute(Key.MODEL, "gpt-4o-mini")
        span.set_attribute(Key.MODEL_PROVIDER, "openai")
        span.set_attribute(Key.MESSAGE_FORMAT, "openai")
        span.set_attribute("temperature", 0.25)
        span.set_attribute("stop", ["\n", "§"])
        span.set_attribute(Key.CHAT_USAGE, usage(1234, 567))
        mlflow.tracing.set_span_chat_tools(span, [ADD])
        span.set_inputs(
            {
                "messages": messages,
                "model": "gpt-4o-mini",
                "tools": [ADD],
                "temperature": 0.25,
                "stop": ["\n", "§"],
            }
        )
        tool_call = {"id": "call-1", "type": "function", "function": {"name": "add", "arguments": '{"a":2,"b":2}'}}
        answer = {"role": "assistant", "content": None, "tool_calls": [tool_call]}
        span.set_outputs({"choices": [{"index": 0, "message": answer, "finish_reason": "tool_calls"}]})


def cached():
    with mlflow.start_span("cached"):
        tokens = usage(
            10_000, 50, cache_read_input_tokens=8000, cache_creation_input_tokens=1500,
            cache_creation_input_tokens_above_1hr=400,
        )
        call("anthropic", "claude-sonnet-4-5-20250929", "anthropic", tokens)
        call("openai", "gpt-4o", "openai", usage(3000, 7, cache_read_input_tokens=2048))


PRICED = [
    ("gpt-4o", None), ("gpt-4o", "openai"), ("gpt-4o", "OpenAI"), ("openai/gpt-4o", None), ("gpt-4o-mini", "azure"),
    ("claude-3-haiku-20240307", None), ("claude-opus-4-1", "anthropic"), ("gemini-2.5-flash", "gemini"),
    ("gemini-2.5-pro", None), ("mistral-large-latest", "mistral"), ("deepseek-chat", "deepseek"), ("grok-3-mini", None),
    ("llama-3.3-70b-versatile", "groq"), ("anthropic.claude-3-haiku-20240307-v1:0", "bedrock"), ("llama3", "ollama"),
    ("databricks-claude-sonnet-4", None), ("text-embedding-3-small", "openai"), ("command-r-08-2024", None),
    ("gpt-4o", "a proxy of our own"), ("nobodys-model", "openai"), ("gateway:/gpt-4o", None), ("o3-mini", None),
]


def priced():
    with mlflow.start_span("priced"):
        for model, provider in PRICED:
            call(model, model, provider, usage(1717, 313))


def not_priced():
    with mlflow.start_span("not_priced"):
        call("no tokens", "gpt-4o", "openai", usage(0, 0))
        call("no model", None, "openai", usage(10, 10))
        call("its own cost", "gpt-4o", "openai", usage(10, 10), {"input_cost": 1.5, "output_cost": 2.0, "total_cost": 3.5})
        with mlflow.start_span("model of the inputs", span_type=SpanType.TOOL) as span:
            span.set_inputs({"model": "gpt-4o", "messages": []})
            span.set_attribute(Key.CHAT_USAGE, usage(20, 20))
        with mlflow.start_span("model of the outputs") as span:
            span.set_inputs({"model": None})
            span.set_outputs({"model": "gpt-4o-mini"})
        with mlflow.start_span("model that is no text") as span:
            span.set_inputs({"model": 7})
            span.set_outputs({"model": "gpt-4o-mini"})


def totals():
    with mlflow.start_span("totals"):
        with mlflow.start_span("a parent that has it all") as span:
            span.set_attribute(Key.CHAT_USAGE, usage(100, 10, cache_read_input_tokens=30))
            call("hidden", "gpt-4o", "openai", usage(60, 6))
            with mlflow.start_span("between"):
                call("hidden as well", "gpt-4o", "openai", usage(40, 4))
        with mlflow.start_span("a parent without"):
            call("seen", "gpt-4o", "openai", usage(7, 3, cache_read_input_tokens=5))
            call("seen as well", "claude-3-haiku-20240307", "anthropic", usage(11, 1, cache_creation_input_tokens=2))


def ends(name, state, fails):
    try:
        with mlflow.start_span(name):
            mlflow.update_current_trace(state=state, model_id="m-17", request_preview="asked", response_preview="said")
            if fails:
                raise ValueError("no luck")
    except ValueError:
        pass


def prompted():
    with mlflow.start_span("prompted"):
        mlflow.genai.load_prompt("greeting", version=1)
        with mlflow.start_span("inner"):
            mlflow.genai.load_prompt("greeting", version=2)
            mlflow.genai.load_prompt("greeting", version=1)
            mlflow.genai.load_prompt("greeting", version=2)


def tagged():
    with mlflow.start_span("tagged") as span:
        mlflow.set_trace_tag(span.trace_id, "open", "yes")
        mlflow.set_trace_tag(span.trace_id, "again", "first")
        mlflow.set_trace_tag(span.trace_id, "again", "second")
        mlflow.set_trace_tag(span.trace_id, "brief", "gone")
        mlflow.delete_trace_tag(span.trace_id, "brief")
        mlflow.update_current_trace(tags={"later": "to be changed", "doomed": "to be deleted"})
    mlflow.flush_trace_async_logging()
    mlflow.set_trace_tag(span.trace_id, "later", "changed")
    mlflow.set_trace_tag(span.trace_id, "größe", "ü" * 5000)
    mlflow.delete_trace_tag(span.trace_id, "doomed")


def main():
    for text in ["Hi {{name}}", "Hello {{name}}"]:
        mlflow.genai.register_prompt("greeting", text)
    ask()
    cached()
    priced()
    not_priced()
    totals()
    ends("well although it failed", "OK", True)
    ends("badly although it went well", "ERROR", False)
    prompted()
    tagged()
    mlflow.flush_trace_async_logging()


if __name__ == "__main__":
    main()
