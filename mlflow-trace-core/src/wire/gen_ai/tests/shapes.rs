//! Inputs and outputs that are not a provider's, and what of them stays.

use serde_json::{Value, json};

use super::{check, sent, span};
use crate::model::{Json, keys};
use crate::wire::gen_ai::translate;

fn said(role: &str, text: &str) -> Value {
    json!([{"role": role, "parts": [{"type": "text", "content": text}]}])
}

#[test]
fn a_text_to_and_from_a_model_is_a_message() {
    let expected = json!({"gen_ai.input.messages": said("user", "Hi"), "gen_ai.output.messages": said("assistant", "Yo")});
    for inputs in [json!("Hi"), json!({"question": "Hi"}), json!({"prompt": "Hi"}), json!({"input": "Hi"})] {
        check("LLM", None, &inputs, &json!("Yo"), &expected);
    }
}

#[test]
fn messages_are_found_where_functions_of_rust_have_them() {
    let expected = json!({"gen_ai.input.messages": said("user", "Hi"), "gen_ai.output.messages": said("assistant", "Yo")});
    let asked = json!([{"role": "user", "content": "Hi"}]);
    let answer = json!({"role": "assistant", "content": "Yo"});
    for inputs in [
        json!({"messages": asked}),
        json!({"request": {"messages": asked}}),
        json!({"history": asked}),
        asked,
    ] {
        for outputs in [answer.clone(), json!([answer]), json!({"messages": [answer]})] {
            check("CHAT_MODEL", None, &inputs, &outputs, &expected);
        }
    }
}

#[test]
fn messages_that_follow_the_conventions_stay_as_they_are() {
    let messages = json!([{"role": "user", "parts": [{"type": "of tomorrow", "x": [1]}]}]);
    let expected = json!({"gen_ai.input.messages": messages});
    check("CHAT_MODEL", None, &json!({"messages": messages}), &Value::Null, &expected);
}

#[test]
fn what_is_beside_the_messages_is_kept() {
    let inputs = json!({"messages": [{"role": "user", "content": "Hi"}], "shelf": {"row": 4}, "none": null});
    let expected = json!({
        "gen_ai.input.messages": said("user", "Hi"),
        "mlflow.spanInputs": {"shelf": {"row": 4}},
        "mlflow.spanOutputs": {"answer": 4}
    });
    check("CHAIN", None, &inputs, &json!({"answer": 4}), &expected);
}

#[test]
fn spans_of_other_kinds_keep_their_inputs_and_outputs() {
    let (inputs, outputs) =
        (json!({"input": "a cat", "temperature": 4}), json!([{"page_content": "A cat."}]));
    let expected = json!({"mlflow.spanInputs": inputs, "mlflow.spanOutputs": outputs});
    for span_type in ["RETRIEVER", "CHAIN", "PARSER", "UNKNOWN", "own kind"] {
        check(span_type, None, &inputs, &outputs, &expected);
    }
}

#[test]
fn what_only_looks_like_messages_is_kept_as_it_is() {
    for inputs in [
        json!({"messages": ["a", "b"], "count": 2}),
        json!({"messages": [{"role": "user", "content": "Hi"}, 5]}),
        json!({"messages": [{"content": "no role"}]}),
        json!({"contents": 5}),
        json!(5),
        json!([[]]),
    ] {
        let expected = json!({"mlflow.spanInputs": inputs, "mlflow.spanOutputs": {"choices": [5]}});
        check("CHAT_MODEL", None, &inputs, &json!({"choices": [5]}), &expected);
    }
}

#[test]
fn a_tool_says_its_arguments_and_result_and_nothing_else() {
    let inputs = json!({"messages": [{"role": "user", "content": "Hi"}], "temperature": 5});
    let expected = json!({
        "gen_ai.tool.name": "own name",
        "gen_ai.tool.call.arguments": inputs,
        "gen_ai.tool.call.result": {"id": "x"}
    });
    check("TOOL", None, &inputs, &json!({"id": "x"}), &expected);
}

#[test]
fn nothing_is_sent_of_nothing() {
    check("CHAIN", None, &json!({}), &Value::Null, &json!({}));
    check("LLM", None, &Value::Null, &json!({}), &json!({}));
}

#[test]
fn beside_mlflows_own_attributes_nothing_is_kept_twice() {
    let span = span("CHAIN", None, "{\"x\": 1}", "2");
    let keys: Vec<_> = translate(&span, false).attributes.into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["gen_ai.operation.name"]);
}

#[test]
fn numbers_keep_their_digits_and_members_their_order() {
    let inputs = r#"{"messages": [{"role": "assistant", "content": null, "tool_calls": [{"id": "c", "function":
        {"name": "f", "arguments": "{\"z\" :123456789012345678901234567890,\n\"a\":1e999}"}}]}]}"#;
    let span = span("CHAT_MODEL", None, inputs, "null");
    let said = format!("{:?}", translate(&span, true).attributes);
    let expected = r#"\"arguments\": {\"z\": 123456789012345678901234567890, \"a\": 1e999}"#;
    assert!(said.contains(expected), "{said}");
}

#[test]
fn the_model_that_the_span_names_beats_the_one_of_the_request() {
    let mut span = span("CHAT_MODEL", None, r#"{"model": "asked", "messages": []}"#, "null");
    assert_eq!(translate(&span, true).name.as_deref(), Some("chat asked"));
    span.attributes.push((keys::LLM_MODEL.to_owned(), Json::string("set")));
    assert_eq!(translate(&span, true).name.as_deref(), Some("chat set"));
    assert_eq!(sent(&span)["gen_ai.request.model"], "set");
    assert_eq!(sent(&span)["mlflow.spanInputs"], json!({"model": "asked"}));
}

#[test]
fn tools_that_the_span_names_stand_in_for_those_of_the_request() {
    let mut span = span("CHAT_MODEL", None, r#"{"messages": []}"#, "null");
    span.attributes.push((keys::CHAT_TOOLS.to_owned(), Json::from_valid("[{\"name\": \"f\"}]".to_owned())));
    assert_eq!(sent(&span)["gen_ai.tool.definitions"], json!([{"name": "f"}]));
}
