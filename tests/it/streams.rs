//! Functions that return a stream: the span stays open while items come.

use std::pin::Pin;

use futures_util::stream::{self, BoxStream, Stream, StreamExt};
use mlflow::StatusCode;
use mlflow::testing::{capture, capture_async};

use crate::{chunks, exception, inputs, outputs};

#[derive(Debug)]
struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the line was cut")
    }
}

impl std::error::Error for Cut {}

#[mlflow::trace]
async fn leaf(n: u32) -> u32 {
    n * 2
}

#[mlflow::trace]
fn numbers(up_to: u32) -> impl Stream<Item = u32> {
    stream::iter(0..up_to).then(leaf)
}

#[tokio::test]
async fn items_become_events_and_the_list_of_outputs() {
    let traces = capture_async(async {
        assert_eq!(numbers(3).collect::<Vec<_>>().await, [0, 2, 4]);
    })
    .await;
    let span = traces[0].span("numbers").unwrap();
    assert_eq!(inputs(span), serde_json::json!({"up_to": 3}));
    assert_eq!(outputs(span), "[0, 2, 4]");
    assert_eq!(
        chunks(span),
        [("mlflow.chunk.item.0", "0"), ("mlflow.chunk.item.1", "2"), ("mlflow.chunk.item.2", "4")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert_eq!(span.status.code, StatusCode::Ok);
}

#[tokio::test]
async fn what_makes_an_item_is_inside_and_the_consumer_is_outside() {
    let traces = capture_async(async {
        let mut stream = Box::pin(numbers(2));
        while let Some(item) = stream.next().await {
            mlflow::span("consumer").inputs(item).run(|_| {});
        }
    })
    .await;
    assert_eq!(
        traces.outline(),
        "numbers [UNKNOWN] OK\n  leaf [UNKNOWN] OK\n  leaf [UNKNOWN] OK\nconsumer [UNKNOWN] OK\nconsumer [UNKNOWN] OK\n"
    );
}

#[tokio::test]
async fn a_stream_dropped_early_ends_ok_with_what_came() {
    let traces = capture_async(async {
        let mut stream = Box::pin(numbers(10));
        stream.next().await;
        stream.next().await;
    })
    .await;
    let span = traces[0].span("numbers").unwrap();
    assert_eq!((span.status.code, outputs(span)), (StatusCode::Ok, "[0, 2]"));
    assert_eq!(span.attribute("mlflow_trace.cancelled").unwrap().as_str(), "true");
}

#[test]
fn a_stream_that_is_never_polled_ends_when_it_is_dropped() {
    let traces = capture(|| drop(numbers(1)));
    assert_eq!(outputs(traces[0].span("numbers").unwrap()), "[]");
}

#[tokio::test]
async fn an_exhausted_stream_is_not_marked_as_cancelled() {
    let traces = capture_async(async { assert_eq!(numbers(1).count().await, 1) }).await;
    assert!(traces[0].span("numbers").unwrap().attribute("mlflow_trace.cancelled").is_none());
}

#[tokio::test]
async fn an_error_among_the_items_is_recorded_and_the_stream_goes_on() {
    #[mlflow::trace]
    fn lines() -> impl Stream<Item = Result<&'static str, Cut>> {
        stream::iter([Ok("a"), Err(Cut), Ok("b")])
    }
    let traces = capture_async(async { assert_eq!(lines().count().await, 3) }).await;
    let span = traces[0].span("lines").unwrap();
    assert_eq!(span.status.code, StatusCode::Error);
    assert_eq!(span.status.message, "Cut: the line was cut");
    assert_eq!(exception(span, "exception.message"), "the line was cut");
    assert_eq!(outputs(span), r#"["a", "b"]"#);
    assert_eq!(
        span.events.iter().map(|event| &*event.name).collect::<Vec<_>>(),
        ["mlflow.chunk.item.0", "exception", "mlflow.chunk.item.1"]
    );
}

#[tokio::test]
async fn a_panic_while_an_item_is_made_fails_the_span_and_goes_on() {
    #[mlflow::trace]
    fn breaks() -> impl Stream<Item = u32> {
        stream::iter(0..3).map(|n| if n == 1 { panic!("at {n}") } else { n })
    }
    let traces = capture_async(async {
        let mut stream = breaks();
        assert_eq!(stream.next().await, Some(0));
        let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            futures_util::FutureExt::now_or_never(stream.next())
        }));
        assert_eq!(panic.unwrap_err().downcast_ref::<String>().unwrap(), "at 1");
        assert_eq!(stream.next().await, Some(2), "the stream itself stays as it was");
    })
    .await;
    let span = traces[0].span("breaks").unwrap();
    assert_eq!((span.status.code, &*span.status.message), (StatusCode::Error, "panic: at 1"));
    assert_eq!((outputs(span), chunks(span).len()), ("[0]", 1));
}

#[tokio::test]
async fn set_outputs_while_an_item_is_made_beats_the_list() {
    #[mlflow::trace]
    fn says() -> impl Stream<Item = u32> {
        stream::iter(0..2).inspect(|_| {
            mlflow::current_span().set_outputs("said");
        })
    }
    let traces = capture_async(async { assert_eq!(says().count().await, 2) }).await;
    assert_eq!(outputs(traces[0].span("says").unwrap()), r#""said""#);
}

#[tokio::test]
async fn so_many_items_are_kept_and_the_rest_is_counted() {
    #[mlflow::trace]
    fn many() -> impl Stream<Item = u32> {
        stream::iter(0..2500)
    }
    #[mlflow::trace]
    fn large() -> impl Stream<Item = String> {
        stream::iter((0..40).map(|_| "x".repeat(50_000)))
    }
    let traces = capture_async(async {
        assert_eq!(many().count().await, 2500);
        assert_eq!(large().count().await, 40);
    })
    .await;
    let many = traces[0].span("many").unwrap();
    assert_eq!(chunks(many).len(), 1000);
    assert_eq!(many.attribute("mlflow_trace.chunks_left_out").unwrap().as_str(), "1500");
    let large = traces[1].span("large").unwrap();
    let size = outputs(large).len();
    assert!((1_000_000..1_100_000).contains(&size), "{size}");
    assert_eq!(large.attribute("mlflow_trace.chunks_left_out").unwrap().as_str(), "19");
}

#[tokio::test]
async fn skip_output_keeps_no_item_and_still_tells_errors() {
    #[mlflow::trace(skip_output)]
    fn secret() -> impl Stream<Item = Result<u32, Cut>> {
        stream::iter([Ok(1), Err(Cut)])
    }
    let traces = capture_async(async { assert_eq!(secret().count().await, 2) }).await;
    let span = traces[0].span("secret").unwrap();
    assert_eq!((outputs(span), chunks(span).len()), ("nothing", 0));
    assert_eq!(span.status.code, StatusCode::Error);
    assert!(span.attribute("mlflow_trace.chunks_left_out").is_none());
}

fn joined(text: &mut String, chunk: &&'static str) {
    text.push_str(chunk);
}

#[tokio::test]
async fn a_reducer_makes_the_outputs_of_the_items() {
    #[mlflow::trace(output_reducer = joined)]
    fn words() -> impl Stream<Item = &'static str> {
        stream::iter(["a ", "stream"])
    }
    #[mlflow::trace(output_reducer = |sum: &mut u32, n: &u32| *sum += n)]
    fn sums() -> BoxStream<'static, Result<u32, Cut>> {
        stream::iter([Ok(1), Err(Cut), Ok(5)]).boxed()
    }
    let traces = capture_async(async {
        assert_eq!(words().count().await, 2);
        assert_eq!(sums().count().await, 3);
    })
    .await;
    let span = traces[0].span("words").unwrap();
    assert_eq!((outputs(span), chunks(span).len()), (r#""a stream""#, 2));
    assert_eq!(outputs(traces[1].span("sums").unwrap()), "6");
}

#[tokio::test]
async fn a_reducer_that_panics_leaves_the_list() {
    #[mlflow::trace(output_reducer = |_: &mut u32, _: &u32| panic!("in the reducer"))]
    fn items() -> impl Stream<Item = u32> {
        stream::iter([1, 2])
    }
    let traces = capture_async(async { assert_eq!(items().count().await, 2) }).await;
    let span = traces[0].span("items").unwrap();
    assert_eq!((outputs(span), span.status.code), ("[1, 2]", StatusCode::Ok));
    assert!(span.events.iter().any(|event| event.name == "mlflow_trace.not_recorded"));
}

#[mlflow::trace]
fn boxed(n: u32) -> BoxStream<'static, u32> {
    stream::iter(0..n).boxed()
}

#[mlflow::trace]
fn pinned<'a>(text: &'a str) -> Pin<Box<dyn Stream<Item = char> + Send + 'a>> {
    Box::pin(stream::iter(text.chars()))
}

#[mlflow::trace]
fn fallible(n: i32) -> Result<impl Stream<Item = i32>, Cut> {
    if n < 0 { Err(Cut) } else { Ok(stream::iter(0..n)) }
}

#[mlflow::trace]
async fn opened(n: u32) -> anyhow::Result<BoxStream<'static, u32>> {
    let first = leaf(n).await;
    anyhow::ensure!(first < 10, "too many");
    Ok(stream::iter(0..first).boxed())
}

#[mlflow::trace]
fn maybe(n: u32) -> Option<impl Stream<Item = u32>> {
    (n > 0).then(|| stream::iter(0..n))
}

#[tokio::test]
async fn boxed_streams_are_wrapped_too() {
    let traces = capture_async(async {
        assert_eq!(boxed(2).count().await, 2);
        assert_eq!(pinned("ab").collect::<String>().await, "ab");
    })
    .await;
    assert_eq!(outputs(traces[0].span("boxed").unwrap()), "[0, 1]");
    assert_eq!(outputs(traces[1].span("pinned").unwrap()), r#"["a", "b"]"#);
}

#[tokio::test]
async fn a_stream_inside_a_result_keeps_the_span_open_and_an_error_ends_it() {
    let traces = capture_async(async {
        assert_eq!(fallible(2).unwrap().count().await, 2);
        assert!(fallible(-1).is_err());
        assert_eq!(opened(1).await.unwrap().count().await, 2);
        assert!(opened(5).await.is_err());
        assert_eq!(maybe(1).unwrap().count().await, 1);
        assert!(maybe(0).is_none());
    })
    .await;
    assert_eq!(
        traces.outline(),
        "fallible [UNKNOWN] OK\nfallible [UNKNOWN] ERROR (Cut: the line was cut)\n\
         opened [UNKNOWN] OK\n  leaf [UNKNOWN] OK\n\
         opened [UNKNOWN] ERROR (Error: too many)\n  leaf [UNKNOWN] OK\n\
         maybe [UNKNOWN] OK\nmaybe [UNKNOWN] OK\n"
    );
    let recorded: Vec<&str> = traces.iter().map(|trace| outputs(trace.root().unwrap())).collect();
    assert_eq!(recorded, ["[0, 1]", "nothing", "[0, 1]", "nothing", "[0]", "null"]);
}

#[tokio::test]
async fn an_async_function_that_is_cancelled_before_its_stream_is_there_is_cancelled() {
    #[mlflow::trace]
    async fn slow() -> impl Stream<Item = u32> {
        std::future::pending::<()>().await;
        stream::iter([1])
    }
    let traces = capture_async(async {
        assert!(futures_util::FutureExt::now_or_never(slow()).is_none());
    })
    .await;
    assert_eq!(traces[0].span("slow").unwrap().status.code, StatusCode::Error);
}

#[tokio::test]
async fn a_stream_that_outlives_its_parent_belongs_to_it_still() {
    #[mlflow::trace]
    fn parent() -> Box<dyn Iterator<Item = u32>> {
        let mut stream = Box::pin(numbers(2));
        Box::new(std::iter::from_fn(move || futures_util::FutureExt::now_or_never(stream.next()).flatten()))
    }
    #[mlflow::trace]
    fn root() -> impl Stream<Item = u32> + use<> {
        mlflow::span("inner").run(|_| numbers(2))
    }
    let traces = capture_async(async {
        assert_eq!(parent().count(), 2);
        assert_eq!(root().count().await, 2);
    })
    .await;
    assert_eq!(
        traces.outline(),
        "parent [UNKNOWN] OK\n  numbers [UNKNOWN] OK\n    leaf [UNKNOWN] OK\n    leaf [UNKNOWN] OK\n\
         root [UNKNOWN] OK\n  inner [UNKNOWN] OK\n    numbers [UNKNOWN] OK\n      leaf [UNKNOWN] OK\n      \
         leaf [UNKNOWN] OK\n"
    );
}

#[tokio::test]
async fn async_trait_methods_may_return_streams() {
    #[async_trait::async_trait]
    trait Model {
        async fn stream(&self, n: u32) -> Result<BoxStream<'static, u32>, Cut>;
    }
    struct Counter;
    #[async_trait::async_trait]
    impl Model for Counter {
        #[mlflow::trace(span_type = "LLM")]
        async fn stream(&self, n: u32) -> Result<BoxStream<'static, u32>, Cut> {
            Ok(stream::iter(0..leaf(n).await).boxed())
        }
    }
    let traces = capture_async(async {
        let counter: Box<dyn Model + Send + Sync> = Box::new(Counter);
        assert_eq!(counter.stream(1).await.unwrap().count().await, 2);
    })
    .await;
    assert_eq!(traces.outline(), "stream [LLM] OK\n  leaf [UNKNOWN] OK\n");
    assert_eq!(outputs(traces[0].root().unwrap()), "[0, 1]");
}

#[tokio::test]
async fn what_a_dropped_stream_drops_belongs_to_its_span() {
    struct TracesOnDrop;
    impl Drop for TracesOnDrop {
        fn drop(&mut self) {
            mlflow::span("dropped").run(|_| ());
        }
    }
    #[mlflow::trace(skip_all)]
    fn holds(guard: TracesOnDrop) -> impl Stream<Item = u32> {
        stream::iter(0..3).inspect(move |_| {
            let _ = &guard;
        })
    }
    let traces = capture_async(async { drop(holds(TracesOnDrop)) }).await;
    assert_eq!(traces.outline(), "holds [UNKNOWN] OK\n  dropped [UNKNOWN] OK\n");
}
