//! Functions that use the whole of the public API. `tests/disabled_code.rs` compiles this file as a library of its own,
//! once as it stands and once with `--cfg plain`, which leaves the calls out, and compares the machine code;
//! `tests/public_api.rs` runs it.
#![allow(missing_docs, unused_imports)]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

#[cfg(not(plain))]
use mlflow::prelude::*;
#[cfg(not(plain))]
use mlflow::{Capture, Cost, FlushReport, SpanHandle, SpanType, StatusCode, TokenUsage};

#[inline(never)]
pub fn block(number: u32) -> u32 {
    #[cfg(not(plain))]
    return mlflow::span("block").run(|_| number ^ 5);
    #[cfg(plain)]
    return number ^ 5;
}

#[inline(never)]
pub fn block_with_everything(number: u32, text: &str) -> u32 {
    #[cfg(not(plain))]
    return mlflow::span("block").span_type(SpanType::Tool).attribute("number", number).inputs(text).run(
        |span| {
            span.set_attribute("text", text).set_outputs(number).add_event("event", [("key", number)]);
            number ^ 7
        },
    );
    #[cfg(plain)]
    return number ^ 7;
}

#[inline(never)]
pub fn async_block(number: u32) -> u32 {
    #[cfg(not(plain))]
    return run(mlflow::span("block").inputs(number).run_async(async |span: SpanHandle| {
        span.set_outputs(number);
        number ^ 8
    }));
    #[cfg(plain)]
    return run(async { number ^ 8 });
}

#[inline(never)]
pub fn handle(number: u32) -> u32 {
    #[cfg(not(plain))]
    {
        let span = mlflow::current_span();
        span.set_attribute("number", number).set_attributes([("a", 1), ("b", 2)]);
        span.set_model("model").set_provider("provider").set_span_type("TYPE");
        span.set_token_usage(TokenUsage::new(1, 2).total(4).cache_read(1).cache_creation(1));
        span.set_cost(Cost::new(0.5, 0.25)).set_status(StatusCode::Ok, "").record_error(&std::fmt::Error);
        span.set_inputs(number).set_outputs(number).add_event("event", [("key", "value")]);
        if mlflow::active_trace_id().is_some() {
            return 0;
        }
        if span.is_recording() || span.trace_id().is_some() || span.span_id().is_some() {
            return 0;
        }
    }
    number ^ 9
}

#[inline(never)]
pub fn trace_update(number: u32, text: &str) -> u32 {
    #[cfg(not(plain))]
    {
        mlflow::update_current_trace().user(text).session("s").tag("key", text).metadata("key", text);
        mlflow::update_current_trace().client_request_id(text).request_preview(text).response_preview(text);
    }
    number ^ 11
}

#[inline(never)]
pub fn set_up(number: u32, folder: &str) -> u32 {
    #[cfg(not(plain))]
    {
        let init = mlflow::init().tracking_uri(folder).experiment("one").enabled(true);
        let init = init.sampling_ratio(1.0).capture(Capture::All).max_memory_bytes(1 << 26).max_spans(1000);
        let guard = init.max_value_bytes(1 << 20).max_span_bytes(1 << 22).start();
        if guard.is_err() {
            return 0;
        }
        // Beside a name it would be an error.
        let _unused = mlflow::init().experiment_id("7");
    }
    number ^ 12
}

#[inline(never)]
pub fn switches(number: u32) -> u32 {
    #[cfg(not(plain))]
    {
        mlflow::disable();
        mlflow::enable();
        mlflow::install_panic_hook();
    }
    number ^ 13
}

#[inline(never)]
pub fn flushed(number: u32) -> u32 {
    #[cfg(not(plain))]
    {
        let report: FlushReport = mlflow::flush();
        let again = mlflow::flush_within(Duration::from_secs(9));
        if !report.is_answered()
            || !again.is_complete()
            || report.dropped_spans() + report.pending_spans() > 0
        {
            return 0;
        }
        if report.delivered_traces() > report.delivered_spans() {
            return 0;
        }
    }
    number ^ 14
}

#[inline(never)]
pub fn carried(number: u32) -> u32 {
    let work = move || number ^ 17;
    #[cfg(not(plain))]
    let work = work.in_current_span();
    work()
}

#[inline(never)]
pub fn carried_future(number: u32) -> u32 {
    let work = async move { number ^ 18 };
    #[cfg(not(plain))]
    let work = work.in_current_span();
    run(work)
}

fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut cx) {
            return value;
        }
    }
}
