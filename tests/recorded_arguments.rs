//! What the attribute records of arguments in the functions that need a form of their own: patterns that leave
//! parts behind, methods under `#[async_trait]`, boxed futures by hand.

use std::future::Future;
use std::pin::Pin;

use mlflow::testing::{capture, capture_async};
use mlflow::{Span, StatusCode};
use serde_json::{Value, json};

fn inputs(span: &Span) -> Value {
    span.inputs().map_or(Value::Null, mlflow::Json::to_value)
}

struct Page {
    title: String,
    body: String,
}

#[mlflow::trace(attributes(letters = title.len()))]
fn partly(
    Page { title, .. }: Page,
    (a, _): (u32, String),
    ref b: u32,
    whole @ (c, _): (u32, u32),
    _d: u32,
) -> u32 {
    title.chars().map(|_| 1).sum::<u32>() + a + b + c + whole.1
}

#[test]
fn patterns_that_leave_parts_behind_give_the_names_that_they_bind() {
    let traces = capture(|| {
        let page = Page { title: "four".into(), body: String::new() };
        assert!(page.body.is_empty());
        assert_eq!(partly(page, (1, String::new()), 2, (3, 4), 5), 14);
    });
    let span = traces[0].span("partly").expect("the span");
    assert_eq!(inputs(span), json!({"title": "four", "a": 1, "b": 2, "whole": [3, 4], "c": 3, "_d": 5}));
    assert_eq!(span.attribute("letters").map(mlflow::Json::to_value), Some(json!(4)));
}

#[async_trait::async_trait]
trait Model: Sync {
    async fn complete(
        &self,
        prompt: String,
        (temperature, _): (u32, u32),
        seed: &u32,
    ) -> Result<String, String>;
}

struct Echo {
    prefix: &'static str,
}

#[async_trait::async_trait]
impl Model for Echo {
    #[mlflow::trace(span_type = "LLM", attributes(prefix = self.prefix), skip(secret))]
    async fn complete(
        &self,
        mut prompt: String,
        (temperature, secret): (u32, u32),
        seed: &u32,
    ) -> Result<String, String> {
        tokio::task::yield_now().await;
        inner(temperature).await;
        if secret == 0 {
            return Err(format!("no secret, seed {seed}"));
        }
        prompt.insert_str(0, self.prefix);
        Ok(prompt)
    }
}

#[mlflow::trace]
async fn inner(n: u32) -> u32 {
    n
}

#[tokio::test]
async fn methods_under_async_trait_are_recorded_as_they_were_written() {
    let traces = capture_async(async {
        let model: Box<dyn Model> = Box::new(Echo { prefix: "> " });
        assert_eq!(model.complete("hi".into(), (7, 1), &3).await, Ok("> hi".into()));
        assert!(model.complete("hi".into(), (7, 0), &3).await.is_err());
    })
    .await;
    assert_eq!(
        traces.outline(),
        "complete [LLM] OK\n  inner [UNKNOWN] OK\n\
         complete [LLM] ERROR (String: no secret, seed 3)\n  inner [UNKNOWN] OK\n"
    );
    let span = traces[0].span("complete").expect("the span");
    assert_eq!(inputs(span), json!({"prompt": "hi", "temperature": 7, "seed": 3}));
    assert_eq!(span.outputs().map(mlflow::Json::as_str), Some("\"> hi\""));
    assert_eq!(span.attribute("prefix").map(mlflow::Json::to_value), Some(json!("> ")));
}

#[mlflow::trace]
fn by_hand(text: String, _unused: u32) -> Pin<Box<dyn Future<Output = Result<usize, String>> + Send>> {
    Box::pin(async move {
        tokio::task::yield_now().await;
        if text.is_empty() { Err("empty".into()) } else { Ok(text.len()) }
    })
}

#[mlflow::trace]
fn made_before(n: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    let doubled = n * 2;
    Box::pin(async move { doubled })
}

#[tokio::test]
async fn a_body_that_is_one_boxed_future_is_traced_for_as_long_as_the_future_runs() {
    let traces = capture_async(async {
        drop(by_hand("never polled".into(), 1));
        assert_eq!(by_hand("four".into(), 1).await, Ok(4));
        assert_eq!(made_before(2).await, 4);
    })
    .await;
    assert_eq!(traces.outline(), "by_hand [UNKNOWN] OK\nmade_before [UNKNOWN] OK\n");
    let span = traces[0].span("by_hand").expect("the span");
    assert_eq!(inputs(span), json!({"text": "four"}));
    assert_eq!(span.outputs().map(mlflow::Json::as_str), Some("4"));
    assert_eq!(span.status.code, StatusCode::Ok);
}

mod names {
    pub(super) const OF_A_CONSTANT: &str = "of a constant";
    pub(super) const TYPE: mlflow::SpanType = mlflow::SpanType::custom("MINE");
}

#[mlflow::trace(name = names::OF_A_CONSTANT, span_type = names::TYPE)]
fn r#match(r#type: u32) -> u32 {
    r#type
}

#[mlflow::trace]
fn r#loop() {}

#[test]
fn names_may_be_constants_and_raw_names_lose_their_mark() {
    let traces = capture(|| {
        r#match(1);
        r#loop();
    });
    assert_eq!(traces.outline(), "of a constant [MINE] OK\nloop [UNKNOWN] OK\n");
    assert_eq!(inputs(&traces[0].spans[0]), json!({"type": 1}));
}
