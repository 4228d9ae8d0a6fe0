//! Functions that use the whole of the public API. `tests/disabled_code.rs` compiles this file as a library of its own,
//! once as it stands and once with `--cfg plain`, which leaves the calls out, and compares the machine code;
//! `tests/public_api.rs` runs it.
#![allow(missing_docs, unused_imports)]

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, UNIX_EPOCH};

#[cfg(not(plain))]
use mlflow::prelude::*;
#[cfg(not(plain))]
use mlflow::{
    AssessmentError, AssessmentSource, AssessmentUpdate, Capture, ChatMessage, ChatTool, Cost, Expectation,
    Feedback, FlushReport, Link, Llm, LogLevel, Price, PriceTable, SpanHandle, SpanId, SpanType, StatusCode,
    TokenUsage, TraceId, TraceState,
};

#[cfg(not(plain))]
const TRACE: TraceId = TraceId::from_u128(7).unwrap();
#[cfg(not(plain))]
const SPAN: SpanId = SpanId::from_u64(9).unwrap();

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
pub fn chosen_block(number: u32, text: &str) -> u32 {
    #[cfg(not(plain))]
    {
        let parent = mlflow::current_span();
        let link = Link::new(TRACE, SPAN).attribute("why", text);
        let span = mlflow::span("block").root().parent(&parent).experiment(text).start_time(UNIX_EPOCH);
        return span.log_level(LogLevel::Info).description(text).link(link).run(|_| number ^ 10);
    }
    #[cfg(plain)]
    return number ^ 10;
}

#[inline(never)]
pub fn detached(number: u32, text: &str) -> u32 {
    #[cfg(not(plain))]
    {
        let span = mlflow::span("detached").inputs(text).start_detached();
        span.add_event_at(text, UNIX_EPOCH, [("key", number)]).set_description(text);
        span.add_link((TRACE, SPAN)).set_log_level(LogLevel::Error);
        let _unused = span.update_trace();
        if span.parent_id().is_some() || span.handle().is_recording() {
            return 0;
        }
        let number = span.run(|| number);
        mlflow::span("dropped").start_detached().end();
        span.end_at(UNIX_EPOCH);
        return number ^ 15;
    }
    #[cfg(plain)]
    return number ^ 15;
}

#[inline(never)]
pub fn detached_future(number: u32) -> u32 {
    let work = async move { number ^ 16 };
    #[cfg(not(plain))]
    let work = work.in_span(&mlflow::current_span());
    run(work)
}

#[inline(never)]
pub fn logged(number: u32, text: &str) -> u32 {
    #[cfg(not(plain))]
    {
        let trace = mlflow::log_trace(text).request(number).response(text).intermediate_outputs(number);
        let trace = trace.attribute("key", number).span_type("TYPE").tag("key", text);
        if trace.start_time(UNIX_EPOCH).execution_time(Duration::from_secs(number.into())).log().is_some() {
            return number ^ 20;
        }
    }
    number ^ 19
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
pub fn llm(number: u32, text: &str) -> u32 {
    #[cfg(not(plain))]
    {
        let usage = TokenUsage::new(1, 2).cache_creation(2).cache_creation_above_1hr(1);
        let llm = Llm::new("provider", text).usage(usage).cost(Cost::new(0.5, 0.25)).parameter("p", number);
        let llm = llm.messages([ChatMessage::system("s"), ChatMessage::user(text).name("n")]);
        let llm = llm.tools([ChatTool::function("f").description(text).parameters(number).strict(true)]);
        let answer = ChatMessage::assistant("").tool_call("id", text, number).refusal(text);
        mlflow::current_span().set_llm(llm.answer(answer).finish_reason(text).message_format(text));
    }
    number ^ 19
}

#[inline(never)]
pub fn tags(number: u32, text: &str) -> u32 {
    #[cfg(not(plain))]
    {
        mlflow::update_current_trace().state(TraceState::Error).model_id(text).prompt(text, number);
        mlflow::current_span().link_prompt(text, number);
        if let Some(trace_id) = TraceId::from_u128(u128::from(number)) {
            mlflow::set_trace_tag(trace_id, text, text);
            mlflow::delete_trace_tag(trace_id, text);
        }
    }
    number ^ 20
}

#[inline(never)]
pub fn assessments(number: u32, text: &str) -> u32 {
    #[cfg(not(plain))]
    if let (Some(trace), Some(span)) =
        (TraceId::from_u128(u128::from(number)), SpanId::from_u64(u64::from(number)))
    {
        let error = AssessmentError::new(text).message(text).stack_trace(text);
        let feedback = Feedback::new(text, number).rationale(text).error(error).span(span);
        let feedback = feedback.source(AssessmentSource::human(text)).metadata(text, text);
        let id = mlflow::log_feedback(trace, feedback);
        let failed = Feedback::failed(text, AssessmentError::of(&std::fmt::Error));
        mlflow::log_assessment(trace, failed.source(AssessmentSource::code(text)));
        let expectation = Expectation::new(text, text).span(span).metadata(text, text);
        let expected = mlflow::log_expectation(trace, expectation.source(AssessmentSource::llm_judge(text)));
        mlflow::override_feedback(trace, id, Feedback::of(text));
        let update = AssessmentUpdate::new().name(text).feedback(number).rationale(text).metadata(text, text);
        mlflow::update_assessment(trace, id, update);
        mlflow::update_assessment(trace, expected, AssessmentUpdate::new().expectation(text));
        mlflow::delete_assessment(trace, id);
    }
    number ^ 21
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
        let prices = PriceTable::new().model("m", Price::per_million(1.0, 2.0).cache_read(0.5));
        let _unused = mlflow::init().prices(prices.model_of("p", "m", Price::per_million(1.0, 2.0)));
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

#[inline(never)]
pub fn scoped(number: u32, text: &str) -> u32 {
    let work = move || number ^ 19;
    #[cfg(not(plain))]
    let work = move || {
        let scope = mlflow::context().session(text).user(text).tag("key", text).metadata("key", text);
        let _inner = mlflow::context().enabled(true).attach();
        scope.enabled(false).sampling_ratio(0.5).run(work)
    };
    work()
}

#[inline(never)]
pub fn propagated(number: u32, text: &str) -> u32 {
    let work = async move { number ^ 20 };
    #[cfg(not(plain))]
    let work = {
        let parent = mlflow::propagation::extract(&[("traceparent", text)]);
        let _inner = mlflow::propagation::attach(&[("traceparent", text)]);
        let mut sent: Vec<(&str, String)> = Vec::new();
        mlflow::propagation::inject(&mut sent);
        let is_nothing = parent.trace_id().is_none() && parent.span_id().is_none() && !parent.is_sampled();
        if !is_nothing || parent.is_some() || parent.trace_state().is_some() {
            return 0;
        }
        if !sent.is_empty() || mlflow::propagation::headers().next().is_some() {
            return 0;
        }
        work.with_context(parent).with_context(mlflow::context().tag("key", text))
    };
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
