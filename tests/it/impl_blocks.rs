//! The attribute on an `impl`.

use std::fmt;

use mlflow::testing::{capture, capture_async};
use mlflow::{Json, StatusCode};
use serde_json::json;

use crate::{inputs, outputs};

struct Agent<T> {
    id: u32,
    tools: Vec<T>,
}

#[mlflow::trace(span_type = "AGENT", skip(key), attributes(kind = "agent"))]
impl<T> Agent<T>
where
    T: fmt::Debug + Clone,
{
    const LIMIT: usize = { 1 + 1 };

    /// Left alone, as every constant function.
    const fn new(id: u32) -> Self {
        Self { id, tools: Vec::new() }
    }

    pub(crate) fn add(&mut self, tool: T, key: &str) -> usize {
        let _ = key;
        self.tools.push(tool);
        self.tools.len().min(Self::LIMIT)
    }

    #[mlflow(skip)]
    fn quiet(&self, #[mlflow(skip)] n: u32) -> u32 {
        self.id + n
    }

    #[mlflow::trace(
        name = "first tool",
        span_type = "TOOL",
        attributes(id = self.id, kind = "own"),
        output = |tool| tool.is_some()
    )]
    fn first(&self, index: usize) -> Option<&T> {
        self.tools.get(index)
    }

    async fn later<'a, const N: usize>(&self, #[mlflow(redact)] text: &'a str, list: [u8; N]) -> &'a str {
        tokio::task::yield_now().await;
        let _ = list;
        text
    }

    #[cfg(feature = "disabled")]
    fn never_compiled(&self) -> DoesNotExist {}

    #[cfg(not(feature = "disabled"))]
    fn compiled(&self) -> u32 {
        self.quiet(1)
    }
}

#[tokio::test]
async fn every_method_of_an_impl_is_traced_but_those_left_out() {
    let traces = capture_async(async {
        let mut agent = Agent::new(7);
        assert_eq!(agent.add("search", "secret"), 1);
        assert_eq!(agent.first(0), Some(&"search"));
        assert_eq!(agent.later("text", [1, 2]).await, "text");
        assert_eq!(agent.compiled(), 8);
    })
    .await;
    assert_eq!(
        traces.outline(),
        "add [AGENT] OK\nfirst tool [TOOL] OK\nlater [AGENT] OK\ncompiled [AGENT] OK\n"
    );
    let spans: Vec<_> = traces.iter().map(|trace| &trace.spans[0]).collect();
    assert_eq!(inputs(spans[0]), json!({"tool": "\"search\""}));
    assert_eq!(inputs(spans[1]), json!({"index": 0}));
    assert_eq!(outputs(spans[1]), "true");
    assert_eq!(inputs(spans[2]), json!({"text": "[redacted]", "list": "[1, 2]"}));
    let kinds: Vec<_> = spans.iter().map(|span| span.attribute("kind").map_or("", Json::as_str)).collect();
    assert_eq!(kinds, ["\"agent\"", "\"own\"", "\"agent\"", "\"agent\""]);
    assert_eq!(spans[1].attribute("id").map(Json::as_str), Some("7"));
}

trait Model {
    type Answer;
    fn complete(&self, prompt: &str) -> Result<Self::Answer, String>;
    fn count(&self) -> usize {
        1
    }
}

struct Echo;

#[mlflow::trace(err = "ignore", skip_output, log_level = "WARNING")]
impl Model for Echo {
    type Answer = String;

    fn complete(&self, prompt: &str) -> Result<String, String> {
        if prompt.is_empty() { Err("empty".to_owned()) } else { Ok(prompt.to_owned()) }
    }
}

#[test]
fn an_impl_of_a_trait_hands_its_options_on() {
    let traces = capture(|| {
        assert!(Echo.complete("hi").is_ok());
        assert!(Echo.complete("").is_err());
        assert_eq!(Echo.count(), 1);
    });
    assert_eq!(traces.len(), 2);
    for trace in &*traces {
        let span = &trace.spans[0];
        assert_eq!((span.status.code, outputs(span)), (StatusCode::Ok, "nothing"));
        assert_eq!(span.attribute("mlflow.spanLogLevel").map(Json::as_str), Some("30"));
    }
}

struct Secrets;

#[mlflow::trace(skip_all, skip_output)]
impl Secrets {
    fn all(a: &str, b: &str) -> usize {
        a.len() + b.len()
    }

    #[mlflow::trace(inputs(length = a.len()), output = |n| n + 1)]
    fn some(a: &str) -> usize {
        a.len()
    }

    fn named(a: &str, #[mlflow(redact)] b: &str, #[mlflow(debug)] c: &str) -> usize {
        a.len() + b.len() + c.len()
    }
}

#[test]
fn what_a_method_asks_for_beats_what_its_impl_leaves_out() {
    let traces = capture(|| {
        Secrets::all("a", "b");
        Secrets::some("four");
        Secrets::named("a", "b", "c");
    });
    let recorded: Vec<_> = traces.iter().map(|trace| inputs(&trace.spans[0])).collect();
    assert_eq!(recorded, [json!({}), json!({"length": 4}), json!({"b": "[redacted]", "c": "\"c\""})]);
    let outputs: Vec<_> = traces.iter().map(|trace| outputs(&trace.spans[0])).collect();
    assert_eq!(outputs, ["nothing", "5", "nothing"]);
}

#[async_trait::async_trait]
trait Store {
    async fn load(&self, key: String) -> Option<u32>;
    async fn save(&self, key: String, (value, _): (u32, u32));
}

struct First;
struct Second;

#[mlflow::trace(span_type = "RETRIEVER", skip(value))]
#[async_trait::async_trait]
impl Store for First {
    async fn load(&self, key: String) -> Option<u32> {
        tokio::task::yield_now().await;
        key.parse().ok()
    }

    async fn save(&self, _key: String, (value, _): (u32, u32)) {
        std::hint::black_box(value);
    }
}

#[async_trait::async_trait]
#[mlflow::trace(span_type = "RETRIEVER", skip(value))]
impl Store for Second {
    async fn load(&self, key: String) -> Option<u32> {
        tokio::task::yield_now().await;
        key.parse().ok()
    }

    async fn save(&self, _key: String, (value, _): (u32, u32)) {
        std::hint::black_box(value);
    }
}

#[tokio::test]
async fn an_impl_with_async_trait_is_traced_in_either_order() {
    let traces = capture_async(async {
        First.load("7".to_owned()).await;
        First.save("k".to_owned(), (1, 2)).await;
        Second.load("7".to_owned()).await;
        Second.save("k".to_owned(), (1, 2)).await;
    })
    .await;
    assert_eq!(traces.outline(), "load [RETRIEVER] OK\nsave [RETRIEVER] OK\n".repeat(2));
    for (load, save) in [(0, 1), (2, 3)] {
        assert_eq!(inputs(&traces[load].spans[0]), json!({"key": "7"}));
        assert_eq!(outputs(&traces[load].spans[0]), "7");
        assert_eq!(inputs(&traces[save].spans[0]), json!({"_key": "k"}));
    }
}

mod renamed {
    pub(crate) use mlflow as traces;
}

struct Renamed;

#[mlflow::trace(crate = crate::impl_blocks::renamed::traces)]
impl Renamed {
    fn method(&self) {}

    #[crate::impl_blocks::renamed::traces::trace(span_type = "TOOL")]
    fn own(&self) {}
}

#[test]
fn a_renamed_library_is_handed_on() {
    let traces = capture(|| {
        Renamed.method();
        Renamed.own();
    });
    assert_eq!(traces.outline(), "method [UNKNOWN] OK\nown [TOOL] OK\n");
}
