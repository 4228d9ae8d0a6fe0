//! Generated code needs nothing from the user's scope: it compiles without the prelude, beside modules called
//! `std`, `core` and `alloc`, and beside items that have the names of the prelude's.
#![no_implicit_prelude]
#![allow(dead_code, unused_macros, clippy::empty_loop)]

mod std {}
mod core {}
mod alloc {}
mod mlflow {}
mod serde {}

struct Ok;
struct Err;
struct Some;
struct None;
struct Result;
struct Option;
struct Box;
struct String;
struct Vec;
struct Value;
struct Inputs;
struct Outcome;
struct Span;
struct Callsite;
struct SpanType;
trait Clone {}
trait Send {}
trait Sync {}
trait Fn {}
trait FnOnce {}
trait Into {}
trait From {}
trait Future {}
trait Drop {}
trait Stream {}
trait Iterator {}
trait Default {}
struct Pin;
const MLFLOW_CALLSITE: u32 = 7;
fn drop() {}
fn start() {}
fn run() {}
fn run_async() {}
fn run_open() {}
fn stream() {}
fn iterator() {}
fn future() {}

macro_rules! panic {
    () => {};
}
macro_rules! matches {
    () => {};
}

/// Methods with the names of the generated calls, on every type.
trait Confusing {
    fn input(&self) {}
    fn output(&self) {}
    fn record(&self) {}
    fn split(&self) {}
    fn attribute(&self) {}
}

#[::mlflow::trace(
    name = "named",
    span_type = "TOOL",
    description = "text",
    attributes(doubled = a * 2, "dotted.key" = MLFLOW_CALLSITE)
)]
fn plain(a: u32, (b, _): (u32, bool), _: bool) -> u32 {
    a + b + MLFLOW_CALLSITE
}

#[::mlflow::trace]
fn fallible(fail: bool) -> ::core::result::Result<u32, ::std::string::String> {
    if fail {
        return ::core::result::Result::Err(::std::string::String::new());
    }
    ::core::result::Result::Ok(1)
}

#[::mlflow::trace]
fn hidden() -> impl ::core::fmt::Display {
    1
}

#[::mlflow::trace(span_type = ::mlflow::SpanType::Llm)]
async fn asynchronous(a: u32) -> ::core::result::Result<u32, ::std::string::String> {
    ::core::result::Result::Ok(a + MLFLOW_CALLSITE)
}

#[::mlflow::trace]
async fn never() -> ! {
    loop {}
}

#[::mlflow::trace]
fn items(
    value: u32,
) -> ::core::result::Result<
    impl ::core::iter::Iterator<Item = ::core::result::Result<u32, ::std::string::String>>,
    ::std::string::String,
> {
    ::core::result::Result::Ok(::core::iter::once(::core::result::Result::Ok(value)))
}

#[::mlflow::trace]
async fn maybe_boxed(
    span: u32,
) -> ::core::option::Option<::std::boxed::Box<dyn ::core::iter::Iterator<Item = u32>>> {
    ::core::option::Option::Some(::std::boxed::Box::new(::core::iter::once(span)))
}

fn add(total: &mut u32, item: &u32) {
    *total += item;
}

#[::mlflow::trace(output_reducer = add)]
fn pinned(value: u32) -> ::futures_util::stream::BoxStream<'static, u32> {
    ::std::boxed::Box::pin(::futures_util::stream::iter([value]))
}

#[::mlflow::trace]
fn by_hand(value: u32) -> ::futures_util::future::BoxFuture<'static, u32> {
    let future = ::core::future::ready(value);
    ::std::boxed::Box::pin(future)
}

#[::mlflow::trace]
fn hidden_future(span: u32) -> impl ::core::future::Future<Output = u32> {
    let span = span + 1;
    async move { span }
}

struct Agent {
    span: u32,
}

impl Agent {
    #[::mlflow::trace(attributes(own = self.span))]
    fn step(&mut self, span: u32, inputs: u32, outcome: u32, returned: u32, value: u32) -> &mut u32 {
        self.span = span + inputs + outcome + returned + value;
        &mut self.span
    }

    #[::mlflow::trace]
    async fn step_async(&mut self, span: u32, returns: u32, error: u32) -> &mut u32 {
        self.span = span + returns + error;
        &mut self.span
    }
}

/// Methods with the names of what the options call, on every type.
trait MoreConfusing: ::core::marker::Sized {
    fn name(self) {}
    fn span_type(self) {}
    fn description(self) {}
    fn debug(self) {}
    fn redacted(self) {}
    fn log_level(self) {}
    fn links(self) {}
    fn parent(self) {}
    fn root(self) {}
    fn sampling_ratio(self) {}
    fn experiment(self) {}
    fn error_debug(self) {}
    fn error_display(self) {}
    fn get(self) {}
}

impl<T> MoreConfusing for T {}

trait Named {
    const NAME: &'static str = "named";

    #[::mlflow::trace(name = Self::NAME, span_type = Self::NAME, description = Self::NAME)]
    fn named(&self) {}
}

impl Named for Agent {}

/// The names of generated variables, used in the options.
#[::mlflow::trace(
    inputs(inputs, sum = inputs + outcome + choices),
    output = |value| value + MLFLOW_CALLSITE,
    err = "display",
    log_level = "INFO",
    links = &mapped,
    root,
    sampling_ratio = 0.5,
    experiment = "e",
    attributes(error = choices)
)]
fn every_option(
    inputs: u32,
    outcome: u32,
    choices: u32,
    mapped: [::mlflow::Link; 0],
) -> ::core::result::Result<u32, ::std::string::String> {
    ::core::result::Result::Ok(inputs + outcome + choices + mapped.len() as u32)
}

#[::mlflow::trace(parent = span, err = "debug", span_type = KIND)]
async fn every_other_option(
    span: ::core::option::Option<&::mlflow::SpanHandle>,
    #[mlflow(debug)] inputs: u32,
    #[mlflow(redact)] choices: u32,
) -> ::core::result::Result<u32, ::std::string::String> {
    ::core::result::Result::Ok(inputs + choices + span.is_some() as u32)
}

const KIND: &str = "KIND";

#[::mlflow::trace(span_type = "TOOL", skip(inputs), attributes(own = 1), err = "ignore")]
impl Option {
    fn whole(&self, inputs: u32) -> u32 {
        inputs + MLFLOW_CALLSITE
    }
}

#[test]
fn generated_code_takes_nothing_from_the_users_scope() {
    ::core::assert_eq!(plain(1, (2, true), false), 10);
    ::core::assert_eq!(fallible(false), ::core::result::Result::Ok(1));
    let mut agent = Agent { span: 0 };
    ::core::assert_eq!(*agent.step(1, 2, 3, 4, 5), 15);
    ::core::mem::drop(agent.step_async(1, 2, 3));
    ::core::mem::drop(asynchronous(1));
    ::core::mem::drop(hidden());
    let mut items = ::core::result::Result::unwrap(items(3));
    ::core::assert_eq!(
        ::core::iter::Iterator::next(&mut items),
        ::core::option::Option::Some(::core::result::Result::Ok(3))
    );
    ::core::mem::drop(maybe_boxed(1));
    ::core::mem::drop(pinned(1));
    ::core::mem::drop(by_hand(1));
    ::core::mem::drop(hidden_future(1));
    ::core::mem::drop(never());
    agent.named();
    ::core::assert_eq!(every_option(1, 2, 3, []), ::core::result::Result::Ok(6));
    ::core::mem::drop(every_other_option(::core::option::Option::None, 1, 2));
    ::core::assert_eq!(Option.whole(1), 8);
}
