//! Processors and the rule of what is kept, on captures.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use mlflow::testing::{Captured, capture_with};
use mlflow::{FinishedSpan, Keep, Redactor, SpanType, StatusCode, TraceState};
use serde_json::json;

#[mlflow::trace]
fn checkout(card: &str) -> String {
    noise();
    format!("paid with {card}")
}

#[mlflow::trace]
fn noise() -> usize {
    detail(1)
}

#[mlflow::trace]
fn detail(number: usize) -> usize {
    number + 1
}

fn drop_named(name: &'static str) -> impl Fn(&mut FinishedSpan) + Send + Sync + 'static {
    move |span| {
        if span.name() == name {
            span.drop_span();
        }
    }
}

#[test]
fn a_processor_changes_inputs_outputs_attributes_name_type_status_and_events() {
    let traces = capture_with()
        .processor(|span| {
            span.set_inputs(json!({"card": "****", "n": [1, 2]}));
            span.set_outputs("paid");
            span.set_attribute("checked", true);
            assert_eq!(span.remove_attribute("secret").unwrap().as_str(), "\"s\"");
            span.set_name("payment");
            span.set_span_type(SpanType::Tool);
            span.set_status(StatusCode::Error, "refused");
            span.events_mut().retain(|event| event.name != "noisy");
        })
        .run(|| {
            mlflow::span("checkout").inputs("4711").attribute("secret", "s").run(|span| {
                span.add_event("noisy", [("a", 1)]);
                span.add_event("quiet", [("a", 1)]);
            });
        });
    let root = traces[0].root().unwrap();
    assert_eq!(root.inputs().unwrap().as_str(), r#"{"card": "****", "n": [1, 2]}"#);
    assert_eq!(root.outputs().unwrap().as_str(), r#""paid""#);
    assert_eq!(root.attribute("checked").unwrap().as_str(), "true");
    assert_eq!(root.attribute("mlflow.spanType").unwrap().as_str(), r#""TOOL""#);
    assert_eq!((root.name.as_str(), &root.span_type), ("payment", &SpanType::Tool));
    assert_eq!(root.events.iter().map(|event| event.name.as_str()).collect::<Vec<_>>(), ["quiet"]);
    assert_eq!((traces[0].info.state, root.status.message.as_str()), (TraceState::Error, "refused"));
}

#[test]
fn what_is_said_about_the_trace_is_made_of_what_the_processors_left() {
    let traces = capture_with()
        .processor(|span| span.change_values(|_, value| hide(value)))
        .processor(|span| span.set_name(span.name().to_uppercase()))
        .run(|| drop(checkout("4711-1111")));
    let info = &traces[0].info;
    assert_eq!(info.name, "CHECKOUT");
    assert_eq!(info.request_preview.as_deref(), Some(r#"{"card": "****"}"#));
    assert_eq!(info.response_preview.as_deref(), Some(r#""paid with ****""#));
    assert_eq!(info.metadata["mlflow.traceInputs"], r#"{"card": "****"}"#);
    assert!(!format!("{traces:?}").contains("4711"), "{traces:?}");
}

fn hide(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => *text = text.replace("4711-1111", "****"),
        serde_json::Value::Object(members) => members.values_mut().for_each(hide),
        serde_json::Value::Array(items) => items.iter_mut().for_each(hide),
        _ => {}
    }
}

#[test]
fn values_that_a_processor_does_not_change_stay_to_the_letter() {
    let body = || mlflow::span("s").inputs(json!({"b": 1.10, "a": [1]})).run(|_| ());
    let seen = |traces: Captured| traces[0].root().unwrap().inputs().unwrap().as_str().to_owned();
    let touched = seen(capture_with().processor(|span| span.change_values(|_, _| ())).run(body));
    assert_eq!(touched, seen(mlflow::testing::capture(body)));
}

#[test]
fn what_is_below_a_dropped_span_goes_to_the_nearest_one_that_is_kept() {
    let traces = capture_with().processor(drop_named("noise")).run(|| drop(checkout("1")));
    assert_eq!(traces.outline(), "checkout [UNKNOWN] OK\n  detail [UNKNOWN] OK\n");
    let both = capture_with().processor(drop_named("noise")).processor(drop_named("detail"));
    assert_eq!(both.run(|| drop(checkout("1"))).outline(), "checkout [UNKNOWN] OK\n");
}

#[test]
fn a_dropped_root_takes_its_trace_with_it() {
    let traces = capture_with().processor(drop_named("checkout")).run(|| {
        checkout("1");
        noise();
    });
    assert_eq!(traces.outline(), "noise [UNKNOWN] OK\n  detail [UNKNOWN] OK\n");
}

#[test]
fn processors_run_once_for_each_span_in_their_order_on_another_thread() {
    let count = Arc::new(AtomicUsize::new(0));
    let (counter, caller) = (Arc::clone(&count), std::thread::current().id());
    let traces = capture_with()
        .processor(move |span| {
            assert_ne!(std::thread::current().id(), caller);
            span.set_attribute("number", counter.fetch_add(1, Ordering::Relaxed));
        })
        .processor(|span| {
            let number = span.attribute("number").unwrap().to_value();
            span.set_attribute("later", number);
        })
        .run(|| drop(checkout("1")));
    assert_eq!(count.load(Ordering::Relaxed), 3);
    for span in &traces[0].spans {
        assert_eq!(span.attribute("number"), span.attribute("later"));
    }
}

#[test]
fn a_processor_that_panics_costs_the_span_its_content_and_nothing_else() {
    let traces = capture_with()
        .processor(|span| assert_ne!(span.name(), "secret name", "a bug"))
        .processor(|span| span.set_attribute("seen", true))
        .run(|| {
            mlflow::span("outer").run(|_| {
                mlflow::span("secret name").span_type("SECRET_TYPE").inputs("secret input").run(|span| {
                    span.set_outputs("secret output").set_attribute("secret key", "secret value");
                    span.add_event("secret event", [("secret event key", "secret event value")]);
                });
            });
        });
    assert_eq!(traces[0].spans.len(), 2);
    assert!(!format!("{traces:?}").to_lowercase().contains("secret"), "{traces:?}");
    let failed = traces[0].span("[removed]").unwrap();
    assert_eq!(failed.attribute("mlflow_trace.processor_failed").unwrap().as_str(), "true");
    assert_eq!(failed.attribute("seen"), None);
    assert_eq!(failed.events.len(), 1);
    assert!(traces[0].span("outer").unwrap().attribute("seen").is_some());
}

#[test]
fn rules_of_redaction_run_after_processors() {
    let traces = capture_with()
        .processor(|span| span.set_attribute("added", "sk-12345 by a processor"))
        .redact(Redactor::new().pattern("sk-[0-9]+"))
        .run(|| {
            detail(1);
        });
    let added = traces[0].root().unwrap().attribute("added").unwrap();
    assert_eq!(added.as_str(), r#""[redacted] by a processor""#);
}

#[test]
fn captures_that_run_at_the_same_time_have_processors_of_their_own() {
    let inner = || mlflow::testing::capture(|| drop(checkout("1"))).outline();
    let mut seen = String::new();
    let traces = capture_with().processor(drop_named("noise")).run(|| {
        checkout("1");
        seen = inner();
    });
    assert_eq!(seen.lines().count(), 3);
    assert_eq!(traces.outline().lines().count(), 2);
}

#[mlflow::trace]
fn fails() -> Result<(), &'static str> {
    Err("no")
}

#[test]
fn the_rule_keeps_traces_with_errors_anywhere_and_drops_the_others() {
    let names = |traces: Captured| traces.iter().map(|trace| trace.info.name.clone()).collect::<Vec<_>>();
    let run = |rule| {
        capture_with().keep(rule).run(|| {
            detail(1);
            mlflow::span("recovers").run(|_| {
                let _ = fails();
            });
            mlflow::span("fine").run(|_| ());
        })
    };
    assert_eq!(names(run(Keep::errors())), ["recovers"]);
    assert_eq!(names(run(Keep::errors().or_share(1.0))).len(), 3);
    assert_eq!(names(run(Keep::slower_than(Duration::from_secs(1)).or_errors())), ["recovers"]);
}

#[test]
fn the_rule_keeps_traces_that_are_slower_than_its_bound() {
    // The clock of a capture moves by 1 ms at each reading.
    let rule = Keep::errors().or_slower_than(Duration::from_millis(2));
    let traces = capture_with().keep(rule).run(|| {
        detail(1);
        mlflow::span("slow").run(|_| noise() + noise());
    });
    assert_eq!(traces.iter().map(|trace| trace.info.name.as_str()).collect::<Vec<_>>(), ["slow"]);
}

#[test]
fn the_rule_sees_what_processors_left() {
    let traces =
        capture_with().processor(|span| span.set_status(StatusCode::Ok, "")).keep(Keep::errors()).run(|| {
            let _ = fails();
        });
    assert!(traces.is_empty(), "{traces:?}");
}

#[test]
fn a_processor_sees_references_and_what_it_takes_out_takes_the_content_along() {
    let image = format!("data:image/png;base64,{}", "QUJD".repeat(400_000));
    let seen = |value: &serde_json::Value| {
        value["image"].as_str().is_some_and(|text| text.starts_with("mlflow-attachment://"))
    };
    let traces = capture_with()
        .processor(move |span| {
            span.change_values(|_, value| {
                if seen(value) {
                    value["image"] = "[removed]".into();
                }
            });
        })
        .run(|| {
            mlflow::span("sees").run(|span| {
                span.set_inputs(serde_json::json!({ "image": image }));
            });
        });
    assert_eq!(traces[0].root().unwrap().inputs().unwrap().as_str(), r#"{"image": "[removed]"}"#);
    assert!(traces[0].attachments.is_empty());
}
