//! The OpenTelemetry SDK alone, through its tracer; values as JSON text in attributes.

use std::hint::black_box;
use std::sync::OnceLock;

use opentelemetry::trace::{FutureExt as _, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, SpanData, SpanExporter,
};

use super::{Mode, Peer, discard};
use crate::workloads::{
    CHILDREN, LEVELS, Message, PROMPT, PromptInputs, SmallInputs, TEXT, Workload, block_on, bottom, json,
    large_body, small_body,
};

pub(super) const PEER: Peer = Peer {
    name: "otel SDK",
    modes: &[Mode::On, Mode::SampledOut],
    start,
    run,
    drain,
    async_level: || None,
    record: Some(size_of::<SpanData>()),
};

#[derive(Debug)]
struct Discard;

impl SpanExporter for Discard {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        discard(&batch);
        Ok(())
    }
}

static PROVIDER: OnceLock<(SdkTracerProvider, SdkTracer)> = OnceLock::new();

/// A provider whose queue is large enough to lose nothing of one sample.
pub(super) fn provider(mode: Mode) -> SdkTracerProvider {
    let queue = BatchConfigBuilder::default().with_max_queue_size(65_536).build();
    let processor = BatchSpanProcessor::builder(Discard).with_batch_config(queue).build();
    let sampler = if mode == Mode::SampledOut { Sampler::AlwaysOff } else { Sampler::AlwaysOn };
    SdkTracerProvider::builder().with_span_processor(processor).with_sampler(sampler).build()
}

fn start(mode: Mode) {
    let provider = provider(mode);
    let tracer = provider.tracer("benches");
    PROVIDER.set((provider, tracer)).expect("started once a process");
}

fn drain() {
    let (provider, _) = PROVIDER.get().expect("started");
    provider.force_flush().expect("the sink always succeeds");
}

fn tracer() -> &'static SdkTracer {
    &PROVIDER.get().expect("started").1
}

fn run(workload: Workload, roots: usize) {
    for index in 0..roots {
        match workload {
            Workload::W1 => empty(),
            Workload::W2 => rooted(empty),
            Workload::W3 => rooted(|| drop(small(black_box(TEXT), index as u64, 0.25))),
            Workload::W3r => drop(small(black_box(TEXT), index as u64, 0.25)),
            Workload::W4 => rooted(|| _ = large(black_box(&PROMPT))),
            Workload::W5 => block_on(nested(LEVELS + 1, false)),
            Workload::W5y => block_on(nested(LEVELS + 1, true)),
        }
    }
}

fn rooted(mut child: impl FnMut()) {
    tracer().in_span("root", |_| (0..CHILDREN).for_each(|_| child()));
}

#[inline(never)]
fn empty() {
    tracer().in_span("empty", |_| black_box(()));
}

#[inline(never)]
fn small(text: &str, count: u64, weight: f64) -> String {
    tracer().in_span("small", |context| {
        let span = context.span();
        if span.is_recording() {
            span.set_attribute(KeyValue::new("inputs", json(&SmallInputs { text, count, weight })));
        }
        let out = small_body(text, count, weight);
        if span.is_recording() {
            span.set_attribute(KeyValue::new("outputs", json(&out)));
        }
        out
    })
}

#[inline(never)]
fn large(prompt: &str) -> &'static [Message] {
    tracer().in_span("large", |context| {
        let span = context.span();
        if span.is_recording() {
            span.set_attribute(KeyValue::new("inputs", json(&PromptInputs { prompt })));
        }
        let out = large_body(prompt);
        if span.is_recording() {
            span.set_attribute(KeyValue::new("outputs", json(out)));
        }
        out
    })
}

/// The library has no attribute; each level attaches its context as its documentation shows. The box is what a
/// recursive async function needs; ten functions would not need it, and it costs about 30 ns of some 1,000.
fn nested(levels: usize, yields: bool) -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async move {
        if levels == 0 {
            return bottom(yields).await;
        }
        let span = tracer().start("level");
        let context = Context::current_with_span(span);
        async move { nested(levels - 1, yields).await }.with_context(context).await;
    })
}
