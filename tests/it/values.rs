//! Arguments, return values and attributes.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fmt::{self, Debug};
use std::rc::Rc;

use mlflow::testing::capture;
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::{inputs, outputs};

#[derive(Serialize)]
struct Document {
    title: &'static str,
    score: f64,
}

#[derive(Debug)]
struct OnlyDebug {
    #[allow(dead_code, reason = "read by Debug")]
    field: u8,
}

struct Opaque;

#[mlflow::trace]
fn all_kinds<T: Serialize, U>(
    text: &str,
    list: &[Document],
    debug: OnlyDebug,
    opaque: Opaque,
    generic: T,
    unbound: U,
) -> Vec<u8> {
    let _ = (text, list, debug, opaque, generic, unbound);
    vec![1, 2]
}

#[test]
fn a_value_is_its_json_else_its_debug_text_else_its_type() {
    let traces = capture(|| {
        let list = [Document { title: "a", score: 0.5 }];
        all_kinds("hi", &list, OnlyDebug { field: 7 }, Opaque, 3, 4);
    });
    let span = &traces[0].spans[0];
    assert_eq!(
        inputs(span),
        json!({
            "text": "hi",
            "list": [{"title": "a", "score": 0.5}],
            "debug": "OnlyDebug { field: 7 }",
            "opaque": "<it::values::Opaque>",
            "generic": 3,
            "unbound": "<i32>",
        })
    );
    assert_eq!(outputs(span), "[1, 2]");
}

#[test]
fn arguments_keep_the_order_in_which_they_are_written() {
    #[mlflow::trace]
    fn ordered(zebra: u8, apple: u8, mango: u8) -> u8 {
        zebra + apple + mango
    }
    let traces = capture(|| {
        ordered(1, 2, 3);
    });
    assert_eq!(traces[0].spans[0].inputs().unwrap().as_str(), r#"{"zebra": 1, "apple": 2, "mango": 3}"#);
}

#[test]
fn patterns_give_the_names_that_they_bind_and_self_is_left_out() {
    struct Shop;
    impl Shop {
        #[mlflow::trace]
        fn sell(&self, (item, mut count): (&str, u32), _: u8, [first, ..]: [u8; 3]) -> u32 {
            count += u32::from(first) + item.len() as u32;
            count
        }
    }
    let traces = capture(|| {
        Shop.sell(("tea", 2), 9, [5, 6, 7]);
    });
    assert_eq!(inputs(&traces[0].spans[0]), json!({"item": "tea", "count": 2, "first": 5}));
    assert_eq!(outputs(&traces[0].spans[0]), "10");
}

#[test]
fn a_function_without_arguments_has_an_empty_object_and_without_a_value_null() {
    #[mlflow::trace]
    fn nothing() {}
    let traces = capture(nothing);
    let span = &traces[0].spans[0];
    assert_eq!((span.inputs().unwrap().as_str(), outputs(span)), ("{}", "null"));
}

#[test]
fn what_is_skipped_is_not_recorded() {
    #[mlflow::trace(skip(key))]
    fn skips_one(text: &str, key: &str) -> usize {
        text.len() + key.len()
    }
    #[mlflow::trace(skip_all)]
    fn skips_all(key: &str) -> usize {
        key.len()
    }
    #[mlflow::trace(skip_output)]
    fn skips_output() -> &'static str {
        "secret"
    }
    let traces = capture(|| {
        skips_one("hello", "secret");
        skips_all("secret");
        skips_output();
    });
    assert_eq!(inputs(&traces[0].spans[0]), json!({"text": "hello"}));
    for trace in &*traces {
        assert!(!format!("{trace:?}").contains("secret"), "{trace:#?}");
    }
}

#[test]
fn attributes_may_use_the_arguments_and_dots() {
    #[mlflow::trace(attributes(length = text.len(), "gen_ai.request.model" = "m", doubled = format!("{text}{text}")))]
    fn with_attributes(text: String) -> String {
        text
    }
    let traces = capture(|| {
        with_attributes("ab".to_owned());
    });
    let span = &traces[0].spans[0];
    let text = |key: &str| span.attribute(key).unwrap().to_string();
    assert_eq!(
        (text("length"), text("gen_ai.request.model"), text("doubled")),
        ("2".into(), "\"m\"".into(), "\"abab\"".into())
    );
}

#[test]
fn name_type_and_description_are_those_of_the_attribute() {
    #[mlflow::trace(name = "other", span_type = "MINE", description = "what it is for")]
    fn named() {}
    #[mlflow::trace(span_type = mlflow::SpanType::Llm)]
    fn typed() {}
    let traces = capture(|| {
        named();
        typed();
    });
    assert_eq!(traces.outline(), "other [MINE] OK\ntyped [LLM] OK\n");
    let span = &traces[0].spans[0];
    assert_eq!(span.attribute("mlflow.spanDescription").unwrap().as_str(), "\"what it is for\"");
    assert_eq!(span.attribute("mlflow.spanFunctionName").unwrap().as_str(), "\"named\"");
}

#[test]
fn numbers_and_keys_that_json_lacks_become_text() {
    #[mlflow::trace]
    fn odd(nan: f64, map: HashMap<(u8, u8), f32>) -> f64 {
        let _ = map;
        nan
    }
    let traces = capture(|| {
        odd(f64::NAN, HashMap::from([((1, 2), f32::INFINITY)]));
    });
    assert_eq!(inputs(&traces[0].spans[0]), json!({"nan": "NaN", "map": {"[1, 2]": "Infinity"}}));
    assert_eq!(outputs(&traces[0].spans[0]), "\"NaN\"");
}

struct Fails;
impl Serialize for Fails {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no such luck"))
    }
}

struct Panics;
impl Serialize for Panics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeSeq;
        let mut list = serializer.serialize_seq(None)?;
        list.serialize_element("half of it")?;
        panic!("in the middle");
    }
}

#[test]
fn a_serializer_that_fails_or_panics_costs_only_its_own_value() {
    #[mlflow::trace]
    fn broken(before: u8, fails: Fails, panics: Panics, after: u8) -> Fails {
        let _ = (before, panics, after);
        fails
    }
    let traces = capture(|| {
        broken(1, Fails, Panics, 2);
    });
    let span = &traces[0].spans[0];
    let recorded = inputs(span);
    assert_eq!((&recorded["before"], &recorded["after"]), (&json!(1), &json!(2)));
    assert!(recorded["fails"].as_str().unwrap().contains("no such luck"), "{recorded}");
    assert!(recorded["panics"].as_str().unwrap().contains("in the middle"), "{recorded}");
    assert!(outputs(span).contains("no such luck"));
    assert_eq!(span.events.iter().filter(|event| event.name == "mlflow_trace.not_recorded").count(), 3);
    assert_eq!(span.status.code, mlflow::StatusCode::Ok);
}

#[test]
fn a_value_of_fifty_megabytes_is_cut_to_valid_json_that_says_so() {
    #[mlflow::trace]
    fn large(text: &str, list: &[u64]) -> usize {
        text.len() + list.len()
    }
    let text = "ü".repeat(25 << 20);
    let traces = capture(|| {
        large(&text, &vec![7; 1 << 20]);
    });
    let span = &traces[0].spans[0];
    let recorded = inputs(span);
    assert!(span.inputs().unwrap().as_str().len() < 3 << 20);
    assert!(recorded["text"].as_str().unwrap().ends_with("[cut: 52428800 bytes in all]"));
    assert!(recorded["list"].as_array().unwrap().last().unwrap().as_str().unwrap().contains("cut"));
    assert_eq!(outputs(span), (text.len() + (1 << 20)).to_string());
}

#[test]
fn a_cycle_in_debug_ends() {
    struct Node(RefCell<Option<Rc<Node>>>);
    impl Debug for Node {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "Node({:?})", self.0.borrow())
        }
    }
    #[mlflow::trace]
    fn cyclic(node: &Node) -> bool {
        node.0.borrow().is_some()
    }
    let node = Rc::new(Node(RefCell::new(None)));
    *node.0.borrow_mut() = Some(Rc::clone(&node));
    let traces = capture(|| {
        cyclic(&node);
    });
    let text = inputs(&traces[0].spans[0])["node"].as_str().unwrap().to_owned();
    assert!(text.starts_with("Node(Some(Node(") && text.ends_with("… [cut]") && text.len() < 9000, "{text}");
    *node.0.borrow_mut() = None;
}

#[test]
fn what_a_serializer_calls_is_not_traced_and_does_not_disturb_the_span() {
    #[mlflow::trace]
    fn inner(value: u8) -> u8 {
        value
    }
    struct CallsTraced;
    impl Serialize for CallsTraced {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            mlflow::current_span().set_attribute("not", "here");
            serializer.serialize_u8(inner(41) + 1)
        }
    }
    #[mlflow::trace]
    fn outer(a: CallsTraced, b: BTreeMap<u8, CallsTraced>) {
        let _ = (a, b);
    }
    let traces = capture(|| outer(CallsTraced, BTreeMap::from([(1, CallsTraced)])));
    assert_eq!(traces.outline(), "outer [UNKNOWN] OK\n");
    assert_eq!(inputs(&traces[0].spans[0]), json!({"a": 42, "b": {"1": 42}}));
    assert!(traces[0].spans[0].attribute("not").is_none());
}

#[test]
fn a_handle_is_recorded_by_its_ids() {
    #[mlflow::trace]
    fn hands_on(span: &mlflow::SpanHandle) {
        let _ = span;
    }
    let outside = mlflow::current_span();
    // The testing kit numbers its traces anew.
    let mut of_outer = String::new();
    let traces = capture(|| {
        mlflow::span("outer").run(|span| {
            of_outer = format!("SpanHandle({}, {})", span.trace_id().unwrap(), span.span_id().unwrap());
            hands_on(&span);
            hands_on(&outside);
        });
    });
    let recorded: Vec<_> =
        traces[0].spans.iter().filter(|span| span.name == "hands_on").map(inputs).collect();
    assert_eq!(recorded, [json!({ "span": of_outer }), json!({ "span": "SpanHandle(not recorded)" })]);
}
