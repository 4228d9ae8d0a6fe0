//! The Rust twin of `tests/python/llm_twin.py`: the same facts about calls of language models and about traces.
#![allow(clippy::expect_used, reason = "a program for tests")]

use std::time::Duration;

use mlflow::{ChatMessage, ChatTool, Cost, Llm, SpanType, TokenUsage, TraceState};
use serde_json::{Value, json};

fn add() -> ChatTool {
    ChatTool::function("add").description("Adds two numbers").parameters(json!({
        "type": "object",
        "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
        "required": ["a", "b"],
    }))
}

/// A span that says of a call what is given.
fn call(name: &str, llm: Llm) {
    mlflow::span(name).span_type(SpanType::Llm).run(|span| {
        span.set_llm(llm);
    });
}

fn ask() {
    let messages = [ChatMessage::system("Be brief."), ChatMessage::user("What is 2 + 2?")];
    let answer = ChatMessage::assistant("").tool_call("call-1", "add", json!({"a": 2, "b": 2}));
    mlflow::span("ask").span_type(SpanType::ChatModel).run(|span| {
        let llm = Llm::new("openai", "gpt-4o-mini")
            .parameter("temperature", 0.25)
            .parameter("stop", ["\n", "§"])
            .usage(TokenUsage::new(1234, 567))
            .tools([add()])
            .messages(messages)
            .answer(answer)
            .finish_reason("tool_calls");
        span.set_llm(llm);
    });
}

fn cached() {
    mlflow::span("cached").run(|_| {
        let usage = TokenUsage::new(10_000, 50).cache_read(8000).cache_creation(1500);
        let usage = usage.cache_creation_above_1hr(400);
        call("anthropic", Llm::new("anthropic", "claude-sonnet-4-5-20250929").usage(usage));
        call("openai", Llm::new("openai", "gpt-4o").usage(TokenUsage::new(3000, 7).cache_read(2048)));
    });
}

const PRICED: [(&str, &str); 22] = [
    ("gpt-4o", ""),
    ("gpt-4o", "openai"),
    ("gpt-4o", "OpenAI"),
    ("openai/gpt-4o", ""),
    ("gpt-4o-mini", "azure"),
    ("claude-3-haiku-20240307", ""),
    ("claude-opus-4-1", "anthropic"),
    ("gemini-2.5-flash", "gemini"),
    ("gemini-2.5-pro", ""),
    ("mistral-large-latest", "mistral"),
    ("deepseek-chat", "deepseek"),
    ("grok-3-mini", ""),
    ("llama-3.3-70b-versatile", "groq"),
    ("anthropic.claude-3-haiku-20240307-v1:0", "bedrock"),
    ("llama3", "ollama"),
    ("databricks-claude-sonnet-4", ""),
    ("text-embedding-3-small", "openai"),
    ("command-r-08-2024", ""),
    ("gpt-4o", "a proxy of our own"),
    ("nobodys-model", "openai"),
    ("gateway:/gpt-4o", ""),
    ("o3-mini", ""),
];

fn priced() {
    mlflow::span("priced").run(|_| {
        for (model, provider) in PRICED {
            call(model, Llm::new(provider, model).usage(TokenUsage::new(1717, 313)));
        }
    });
}

fn not_priced() {
    mlflow::span("not_priced").run(|_| {
        call("no tokens", Llm::new("openai", "gpt-4o").usage(TokenUsage::new(0, 0)));
        call("no model", Llm::new("openai", "").usage(TokenUsage::new(10, 10)));
        let llm = Llm::new("openai", "gpt-4o").usage(TokenUsage::new(10, 10));
        call("its own cost", llm.cost(Cost::new(1.5, 2.0)));
        let span = mlflow::span("model of the inputs").span_type(SpanType::Tool);
        let inputs = OrderedInputs { model: "gpt-4o", messages: [] };
        span.inputs(inputs).run(|span| {
            span.set_token_usage(TokenUsage::new(20, 20));
        });
        let with = |name: &str, inputs: Value| {
            mlflow::span(name).inputs(inputs).run(|span| {
                span.set_outputs(json!({"model": "gpt-4o-mini"}));
            });
        };
        with("model of the outputs", json!({"model": null}));
        with("model that is no text", json!({"model": 7}));
    });
}

#[derive(serde::Serialize)]
struct OrderedInputs {
    model: &'static str,
    messages: [u8; 0],
}

fn totals() {
    let gpt = |usage| Llm::new("openai", "gpt-4o").usage(usage);
    mlflow::span("totals").run(|_| {
        mlflow::span("a parent that has it all").run(|span| {
            span.set_token_usage(TokenUsage::new(100, 10).cache_read(30));
            call("hidden", gpt(TokenUsage::new(60, 6)));
            mlflow::span("between").run(|_| call("hidden as well", gpt(TokenUsage::new(40, 4))));
        });
        mlflow::span("a parent without").run(|_| {
            call("seen", gpt(TokenUsage::new(7, 3).cache_read(5)));
            let haiku = Llm::new("anthropic", "claude-3-haiku-20240307");
            call("seen as well", haiku.usage(TokenUsage::new(11, 1).cache_creation(2)));
        });
    });
}

#[derive(Debug)]
struct ValueError;

impl std::fmt::Display for ValueError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no luck")
    }
}

impl std::error::Error for ValueError {}

fn ends(name: &str, state: TraceState, fails: bool) {
    mlflow::span(name).run(|span| {
        mlflow::update_current_trace()
            .state(state)
            .model_id("m-17")
            .request_preview("asked")
            .response_preview("said");
        if fails {
            span.record_error(&ValueError);
        }
    });
}

fn prompted() {
    mlflow::span("prompted").run(|span| {
        span.link_prompt("greeting", 1);
        mlflow::span("inner").run(|span| {
            span.link_prompt("greeting", 2).link_prompt("greeting", 1).link_prompt("greeting", 2);
        });
    });
}

fn tagged() {
    let trace_id = mlflow::span("tagged").run(|span| {
        let trace_id = span.trace_id().expect("it is recorded");
        mlflow::set_trace_tag(trace_id, "open", "yes");
        mlflow::set_trace_tag(trace_id, "again", "first");
        mlflow::set_trace_tag(trace_id, "again", "second");
        mlflow::set_trace_tag(trace_id, "brief", "gone");
        mlflow::delete_trace_tag(trace_id, "brief");
        mlflow::update_current_trace().tag("later", "to be changed").tag("doomed", "to be deleted");
        trace_id
    });
    assert!(mlflow::flush_within(Duration::from_secs(60)).is_complete(), "the trace is delivered");
    mlflow::set_trace_tag(trace_id, "later", "changed");
    mlflow::set_trace_tag(trace_id, "größe", "ü".repeat(5000));
    mlflow::delete_trace_tag(trace_id, "doomed");
}

fn main() {
    ask();
    cached();
    priced();
    not_priced();
    totals();
    ends("well although it failed", TraceState::Ok, true);
    ends("badly although it went well", TraceState::Error, false);
    prompted();
    tagged();
}
