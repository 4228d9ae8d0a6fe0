//! The attribute gives the compiler and clippy nothing to complain about: this file is checked by
//! `cargo clippy --all-targets` with lints that the project itself does not use.
#![deny(
    warnings,
    unused,
    missing_docs,
    nonstandard_style,
    rust_2018_idioms,
    rust_2024_compatibility,
    future_incompatible,
    let_underscore,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    macro_use_extern_crate,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unreachable_pub,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    unused_results,
    variant_size_differences,
    clippy::all,
    clippy::pedantic,
    clippy::nursery
)]

use std::fmt::Debug;
use std::future::Future;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, Stream, StreamExt as _};

/// No trait that a value could be read through.
struct Opaque(u32);

#[mlflow::trace]
fn nothing() {
    std::hint::black_box(());
}

#[mlflow::trace(
    name = "named",
    span_type = "TOOL",
    description = "text",
    attributes(sum = a + 1, "dotted.key" = (a, 2), text = "text")
)]
fn options(a: u32) -> u32 {
    std::hint::black_box(a)
}

#[mlflow::trace(skip_all, skip_output)]
fn skipped(text: &str) -> usize {
    std::hint::black_box(text).len()
}

#[mlflow::trace]
fn arguments(mut a: u32, _b: u32, _: u32, (c, _d): (u32, u32), Opaque(e): &Opaque, [f, ..]: [u32; 3]) -> u32 {
    a += 1;
    a + c + e + f
}

#[mlflow::trace]
fn more_arguments(
    unit: (),
    r#type: u32,
    #[expect(unused_variables, reason = "shows that the expectation is met")] unused: u32,
) -> u32 {
    std::hint::black_box(unit);
    r#type
}

#[mlflow::trace]
fn fallible(text: &str) -> Result<u32, std::num::ParseIntError> {
    let number: u32 = text.parse()?;
    Ok(number)
}

#[mlflow::trace]
fn returned_iterator(limit: u32) -> impl Iterator<Item = u32> {
    (0..limit).map(|n| n + 1)
}

#[mlflow::trace]
fn boxed_iterator(limit: u32) -> Box<dyn Iterator<Item = u32> + Send> {
    Box::new(0..limit)
}

#[mlflow::trace(output_reducer = |sum: &mut u32, n: &u32| *sum += n)]
fn fallible_stream(limit: u32) -> Result<impl Stream<Item = Result<u32, Opaque>>, Opaque> {
    if limit > 9 {
        return Err(Opaque(limit));
    }
    Ok(stream::iter([Ok(limit), Err(Opaque(1))]))
}

#[mlflow::trace]
async fn asynchronous_stream(limit: u32, _unused: &str) -> Option<BoxStream<'static, u32>> {
    tokio::task::yield_now().await;
    (limit > 0).then(|| stream::iter(0..limit).boxed())
}

#[mlflow::trace]
fn made_future(n: u32) -> impl Future<Output = u32> {
    let doubled = n * 2;
    async move { std::future::ready(doubled).await + 1 }
}

#[rustfmt::skip]
#[mlflow::trace]
fn boxed_future_on_one_line(n: u32) -> BoxFuture<'static, u32> { std::future::ready(n).boxed() }

#[mlflow::trace]
fn never() -> ! {
    std::process::exit(0)
}

#[mlflow::trace]
fn generic<T, const N: usize>(items: &[T; N]) -> Option<&T>
where
    T: Debug,
{
    std::hint::black_box(items).first()
}

#[mlflow::trace]
fn items_in_the_body(n: u32) -> u32 {
    const LEAST: u32 = 3;
    n.max(LEAST)
}

#[rustfmt::skip]
#[mlflow::trace]
fn empty_on_one_line() {}

#[rustfmt::skip]
#[mlflow::trace]
fn sum_on_one_line(a: u32, b: u32) -> u32 { std::hint::black_box(a) + b }

#[rustfmt::skip]
#[mlflow::trace]
fn no_arguments_on_one_line() -> u32 { std::hint::black_box(1) }

#[rustfmt::skip]
#[mlflow::trace]
async fn later_on_one_line(a: u32) -> u32 { std::future::ready(a).await }

#[mlflow::trace]
#[must_use]
#[inline]
fn with_attributes(n: u32) -> u32 {
    std::hint::black_box(n)
}

#[mlflow::trace]
async fn asynchronous(mut a: u32, _b: &str, (c, _): (u32, u32)) -> u32 {
    tokio::task::yield_now().await;
    a += c;
    a
}

#[mlflow::trace]
async fn asynchronous_unit() {
    tokio::task::yield_now().await;
}

#[mlflow::trace]
async fn asynchronous_result(text: &str) -> Result<u32, std::num::ParseIntError> {
    tokio::task::yield_now().await;
    let number: u32 = text.parse()?;
    Ok(number)
}

#[mlflow::trace]
async fn asynchronous_never() -> ! {
    loop {
        tokio::task::yield_now().await;
    }
}

/// A text that is known when the program is compiled.
const KIND: &str = "KIND";

/// Of the options of one function, those that say what is recorded.
#[mlflow::trace(
    span_type = KIND,
    inputs(text, length = text.len(), "dotted.key" = n + 1),
    output = |value| value + 1,
    err = "display",
    log_level = "INFO"
)]
fn told(
    text: &str,
    n: u32,
    #[expect(unused_variables, reason = "no option uses it")] unused: u32,
) -> Result<u32, std::num::ParseIntError> {
    let number: u32 = text.parse()?;
    Ok(number)
}

#[mlflow::trace(err = "ignore", output = Vec::len)]
async fn told_later(list: Vec<u32>) -> Result<Vec<u32>, std::num::ParseIntError> {
    tokio::task::yield_now().await;
    let _: u32 = "7".parse()?;
    Ok(list)
}

#[mlflow::trace]
fn told_by_argument(
    #[mlflow(skip)] secret: &str,
    #[mlflow(redact)] mut token: u32,
    #[mlflow(debug)] _list: &[u32],
    #[mlflow(redact)]
    #[expect(unused_variables, reason = "it is not used, whatever is recorded of it")]
    unused: u32,
) -> usize {
    token += 1;
    secret.len() + std::hint::black_box(token) as usize
}

/// What only options use is used.
#[mlflow::trace(
    attributes(n = n),
    parent = parent,
    sampling_ratio = share,
    experiment = name,
    links = links
)]
fn chosen(n: u32, parent: Option<&mlflow::SpanHandle>, share: f64, name: &str, links: &[mlflow::SpanHandle]) {
    std::hint::black_box(());
}

#[mlflow::trace(root, inputs())]
async fn chosen_later() -> u32 {
    std::future::ready(1).await
}

#[mlflow::trace(inputs(a))]
fn used_by_an_option_alone(a: u32, #[expect(unused_mut, reason = "it is never changed")] mut b: u32) -> u32 {
    std::hint::black_box(b)
}

/// A whole `impl`.
struct Whole<T> {
    items: Vec<T>,
}

#[mlflow::trace(span_type = "TOOL", skip(secret), attributes(kind = "whole"), err = "debug", skip_output)]
impl<T: Debug + Sync> Whole<T> {
    const LIMIT: usize = 2;

    const fn new() -> Self {
        Self { items: Vec::new() }
    }

    fn add(&mut self, item: T, secret: &str) -> usize {
        self.items.push(item);
        std::hint::black_box(secret).len().min(Self::LIMIT)
    }

    #[mlflow::trace(name = "own", inputs(n))]
    #[must_use]
    fn with_own_options(
        &self,
        n: usize,
        #[expect(unused_variables, reason = "it is not used")] unused: u32,
    ) -> Option<&T> {
        self.items.get(n)
    }

    #[mlflow(skip)]
    fn left_out(&self) -> usize {
        self.items.iter().map(|_| 1).sum()
    }

    async fn later(&self) -> Result<usize, std::num::ParseIntError> {
        tokio::task::yield_now().await;
        "7".parse()
    }
}

/// Methods of every kind.
struct Agent {
    steps: u32,
}

impl Agent {
    #[mlflow::trace]
    fn steps(&self) -> u32 {
        std::hint::black_box(self.steps)
    }

    #[mlflow::trace(attributes(steps = self.steps))]
    fn step(&mut self) -> &mut u32 {
        self.steps += 1;
        &mut self.steps
    }

    #[mlflow::trace]
    fn finished(mut self) -> Self {
        self.steps += 1;
        self
    }

    #[mlflow::trace]
    fn shared(self: Arc<Self>) -> u32 {
        std::hint::black_box(self).steps
    }

    #[mlflow::trace]
    async fn step_later(&mut self, by: u32) -> &mut u32 {
        tokio::task::yield_now().await;
        self.steps += by;
        &mut self.steps
    }
}

/// A trait with traced methods.
#[async_trait::async_trait]
trait Model {
    /// Answers.
    async fn complete(&self, prompt: String, limit: usize) -> String;

    /// A traced default.
    #[mlflow::trace]
    fn name(&self) -> &'static str {
        std::hint::black_box("model")
    }
}

#[async_trait::async_trait]
impl Model for Agent {
    #[mlflow::trace(span_type = "LLM")]
    async fn complete(&self, prompt: String, limit: usize) -> String {
        tokio::task::yield_now().await;
        prompt.chars().take(limit).collect()
    }
}

#[tokio::test]
async fn the_functions_of_this_file_run() {
    nothing();
    assert_eq!(options(1), 1);
    assert_eq!(skipped("text"), 4);
    assert_eq!(arguments(1, 0, 0, (2, 0), &Opaque(3), [4, 0, 0]), 11);
    assert_eq!(more_arguments((), 5, 0), 5);
    assert_eq!(fallible("7"), Ok(7));
    assert_eq!(returned_iterator(2).count(), 2);
    assert_eq!(boxed_iterator(2).count(), 2);
    assert_eq!(fallible_stream(2).map_err(|_| ()).unwrap().count().await, 2);
    assert_eq!(asynchronous_stream(2, "").await.unwrap().count().await, 2);
    assert_eq!(made_future(2).await + boxed_future_on_one_line(1).await, 6);
    assert_eq!(generic(&[1, 2]), Some(&1));
    assert_eq!(items_in_the_body(1), 3);
    assert_eq!(with_attributes(1), 1);
    empty_on_one_line();
    assert_eq!(sum_on_one_line(1, no_arguments_on_one_line()), 2);
    assert_eq!(later_on_one_line(1).await, 1);
    assert_eq!(asynchronous(1, "", (2, 0)).await, 3);
    asynchronous_unit().await;
    assert_eq!(asynchronous_result("7").await, Ok(7));
    assert_eq!(told("7", 1, 2), Ok(7));
    assert_eq!(told_later(vec![1]).await, Ok(vec![1]));
    assert_eq!(told_by_argument("four", 1, &[], 0), 6);
    chosen(1, None, 0.5, "name", &[]);
    assert_eq!(chosen_later().await, 1);
    assert_eq!(used_by_an_option_alone(1, 2), 2);
    let mut whole = Whole::new();
    assert_eq!(whole.add("item", "secret"), 2);
    assert_eq!(whole.with_own_options(0, 1), Some(&"item"));
    assert_eq!((whole.left_out(), whole.later().await), (1, Ok(7)));
    let mut agent = Agent { steps: 0 };
    assert_eq!(*agent.step(), 1);
    assert_eq!(*agent.step_later(2).await, 3);
    assert_eq!(agent.steps(), 3);
    assert_eq!(agent.name(), "model");
    assert_eq!(agent.complete("prompt".to_owned(), 3).await, "pro");
    assert_eq!(Arc::new(agent.finished()).shared(), 4);
    if std::env::args().count() > 1_000 {
        drop(asynchronous_never());
        never();
    }
}
