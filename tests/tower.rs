//! The layers of tower: a service goes on with the caller's trace, a client sends its own along.
#![allow(clippy::unwrap_used)]

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use http::{Request, Response};
use mlflow::testing::{capture, capture_async};
use mlflow::tower::{ContinueTrace, SendTrace};
use tower_layer::Layer as _;
use tower_service::Service;

const PARENT: &str = "00-00000000000000000000000000000abc-0000000000000def-01";

/// Works at once and in its future.
#[derive(Clone)]
struct Traced;

impl Service<Request<String>> for Traced {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response<String>, Infallible>>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<String>) -> Self::Future {
        mlflow::span("at once").run(|_| {});
        Box::pin(async move {
            tokio::task::yield_now().await;
            mlflow::span("later").run(|_| {});
            Ok(Response::new(request.into_body()))
        })
    }
}

/// Answers with what was sent.
struct Echo;

impl Service<Request<()>> for Echo {
    type Response = Request<()>;
    type Error = Infallible;
    type Future = Ready<Result<Request<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        ready(Ok(request))
    }
}

#[tokio::test]
async fn a_service_goes_on_with_the_trace_of_its_caller() {
    let traces = capture_async(async {
        let request = Request::post("/").header("traceparent", PARENT).body("body".to_owned()).unwrap();
        let answer = ContinueTrace.layer(Traced).call(request).await.unwrap();
        assert_eq!(answer.into_body(), "body");
    })
    .await;
    assert_eq!(traces.len(), 1);
    let parents: Vec<_> = traces[0].spans.iter().map(|span| span.parent_id.unwrap().to_u64()).collect();
    assert_eq!(parents, [0xdef, 0xdef]);
}

#[tokio::test]
async fn a_request_without_a_trace_begins_its_own() {
    let traces = capture_async(async {
        let request = Request::post("/").header("traceparent", "00-not-one").body(String::new()).unwrap();
        ContinueTrace.layer(Traced).call(request).await.unwrap();
    })
    .await;
    let names: Vec<_> = traces.iter().map(|trace| &*trace.info.name).collect();
    assert_eq!(names, ["at once", "later"]);
}

#[test]
fn a_client_names_the_span_that_is_current() {
    let traces = capture(|| {
        let mut client = SendTrace.layer(Echo);
        let sent = mlflow::span("caller").run(|_| client.call(Request::new(())).into_inner().unwrap());
        let header = sent.headers()["traceparent"].to_str().unwrap().to_owned();
        mlflow::span("said").inputs(header).run(|_| {});
        let sent = client.call(Request::new(())).into_inner().unwrap();
        assert!(sent.headers().is_empty());
    });
    let header = traces[1].root().unwrap().inputs().unwrap().to_value();
    let span = u64::from_str_radix(&header.as_str().unwrap()[36..52], 16).unwrap() & u64::from(u32::MAX);
    assert_eq!(span, traces[0].root().unwrap().span_id.to_u64());
}
