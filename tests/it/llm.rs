//! What is said about a call of a language model, and what it cost.

use mlflow::testing::capture;
use mlflow::{ChatMessage, ChatTool, ContentPart, Cost, Llm, Span, SpanType, TokenUsage, Trace};
use serde_json::{Value, json};

use crate::{inputs, outputs};

fn traced(llm: Llm) -> Trace {
    let traces = capture(|| {
        mlflow::span("call").span_type(SpanType::ChatModel).run(|span| {
            span.set_llm(llm);
        });
    });
    traces[0].clone()
}

fn attribute(span: &Span, key: &str) -> Value {
    span.attribute(key).map_or(Value::Null, mlflow::Json::to_value)
}

#[test]
fn a_chat_is_recorded_in_the_form_that_the_chat_tab_shows() {
    let weather = ChatTool::function("weather").parameters(json!({"type": "object"})).strict(true);
    let trace = traced(
        Llm::new("openai", "gpt-4o-mini")
            .parameter("temperature", 0.5)
            .messages([ChatMessage::system("Be brief."), ChatMessage::user("Rain?").name("ada")])
            .messages([ChatMessage::assistant("").tool_call("c1", "weather", json!({"city": "Köln"}))])
            .messages([ChatMessage::tool("c1", "no")])
            .tools([weather])
            .answer(ChatMessage::assistant("No rain."))
            .finish_reason("stop"),
    );
    let span = trace.root().unwrap();
    let call = json!({"id": "c1", "type": "function",
        "function": {"name": "weather", "arguments": r#"{"city":"Köln"}"#}});
    let expected = json!([
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Rain?", "name": "ada"},
        {"role": "assistant", "content": null, "tool_calls": [call]},
        {"role": "tool", "content": "no", "tool_call_id": "c1"},
    ]);
    let inputs = inputs(span);
    assert_eq!(inputs["messages"], expected);
    assert_eq!((&inputs["model"], &inputs["temperature"]), (&json!("gpt-4o-mini"), &json!(0.5)));
    let tools = json!([{"type": "function",
        "function": {"name": "weather", "parameters": {"type": "object"}, "strict": true}}]);
    assert_eq!((&inputs["tools"], attribute(span, "mlflow.chat.tools")), (&tools, tools.clone()));
    let answer = json!({"role": "assistant", "content": "No rain."});
    let choices = json!({"choices": [{"index": 0, "message": answer, "finish_reason": "stop"}]});
    assert_eq!(serde_json::from_str::<Value>(outputs(span)).unwrap(), choices);
    assert_eq!(attribute(span, "mlflow.message.format"), "openai");
    assert_eq!(attribute(span, "mlflow.llm.provider"), "openai");
    assert_eq!(attribute(span, "temperature"), 0.5);
    assert_eq!(trace.info.request_preview.as_deref(), Some("Rain?"));
    assert_eq!(trace.info.response_preview.as_deref(), Some("No rain."));
}

#[test]
fn facts_that_are_not_given_leave_what_is_there() {
    let traces = capture(|| {
        mlflow::span("call").inputs("asked").run(|span| {
            span.set_model("mine").set_outputs("said");
            span.set_llm(Llm::new("house", "").message_format("anthropic"));
        });
    });
    let span = &traces[0].spans[0];
    assert_eq!((inputs(span), outputs(span)), (json!("asked"), "\"said\""));
    assert_eq!(attribute(span, "mlflow.llm.model"), "mine");
    assert_eq!(attribute(span, "mlflow.message.format"), "anthropic");
    assert_eq!(attribute(span, "mlflow.chat.tools"), Value::Null);
}

#[test]
fn pieces_of_content_follow_the_text() {
    let message =
        ChatMessage::user("What is this?").part(ContentPart::image_url("https://example.org/a.png"));
    let message = message.part(ContentPart::input_audio("AAAA", "wav"));
    let trace = traced(Llm::new("", "").messages([message]));
    // What was encoded is an attachment of the trace.
    let reference = trace.attachments[0].reference(trace.info.trace_id);
    let expected = json!([
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}},
        {"type": "input_audio", "input_audio": {"data": reference, "format": "wav"}},
    ]);
    assert_eq!(inputs(trace.root().unwrap())["messages"][0]["content"], expected);
    assert_eq!(trace.attachments[0].content(), [0, 0, 0]);
}

#[test]
fn the_cost_is_worked_out_from_the_prices_that_ship() {
    let usage = TokenUsage::new(1_000_000, 1_000_000).cache_read(400_000);
    let trace = traced(Llm::new("openai", "gpt-4o").usage(usage));
    let cost = trace.info.cost.unwrap();
    assert!((cost.input_cost - (0.6 * 2.5 + 0.4 * 1.25)).abs() < 1e-9, "{cost:?}");
    assert!((cost.total_cost - cost.input_cost - 10.0).abs() < 1e-9, "{cost:?}");
    let of_span = attribute(trace.root().unwrap(), "mlflow.llm.cost");
    assert_eq!(of_span["total_cost"], cost.total_cost);
}

#[test]
fn a_cost_that_is_given_stays_and_an_unknown_model_has_none() {
    let usage = TokenUsage::new(10, 10);
    let trace = traced(Llm::new("openai", "gpt-4o").usage(usage).cost(Cost::new(1.0, 2.0)));
    assert_eq!(trace.info.cost, Some(Cost::new(1.0, 2.0)));
    let trace = traced(Llm::new("house", "house-model").usage(usage));
    assert_eq!((trace.info.cost, trace.info.token_usage), (None, Some(usage)));
}

#[test]
fn a_null_as_the_cost_keeps_it_from_being_worked_out_and_hides_nothing() {
    let traces = capture(|| {
        mlflow::span("outer").run(|span| {
            span.set_llm(Llm::new("openai", "gpt-4o").usage(TokenUsage::new(1, 1)));
            span.set_attribute("mlflow.llm.cost", ());
            mlflow::span("inner").run(|span| {
                span.set_cost(Cost::new(1.0, 0.0));
            });
        });
    });
    assert_eq!(traces[0].info.cost, Some(Cost::new(1.0, 0.0)));
}

#[test]
fn a_model_that_is_an_argument_is_the_model_of_the_span() {
    #[mlflow::trace(span_type = "LLM")]
    fn complete(model: &str, prompt: &str) -> usize {
        mlflow::current_span().set_token_usage(TokenUsage::new(1000, 0));
        model.len() + prompt.len()
    }
    let traces = capture(|| {
        complete("gpt-4o-mini", "hello");
    });
    assert_eq!(attribute(&traces[0].spans[0], "mlflow.llm.model"), "gpt-4o-mini");
    assert!(traces[0].info.cost.is_some());
}
