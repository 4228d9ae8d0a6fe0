//! `tracing` with `tracing-opentelemetry` and the OpenTelemetry SDK; values as JSON text in fields.

use std::hint::black_box;
use std::sync::OnceLock;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::field::Empty;
use tracing_subscriber::layer::SubscriberExt as _;

use super::{Mode, Peer, otel};
use crate::ten_levels;
use crate::workloads::{
    CHILDREN, LEVELS, Message, PROMPT, PromptInputs, SmallInputs, TEXT, Workload, block_on, bottom, json,
    large_body, small_body,
};

pub(super) const PEER: Peer = Peer {
    name: "tracing + otel",
    modes: &Mode::ALL,
    start,
    run,
    drain,
    async_level,
    record: Some(size_of::<opentelemetry_sdk::trace::SpanData>()),
};

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

fn start(mode: Mode) {
    if mode == Mode::Off {
        // No subscriber: every span is disabled.
        return;
    }
    let provider = otel::provider(mode);
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("benches"));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer))
        .expect("started once a process");
    PROVIDER.set(provider).expect("started once a process");
}

fn drain() {
    if let Some(provider) = PROVIDER.get() {
        provider.force_flush().expect("the sink always succeeds");
    }
}

fn async_level() -> Option<usize> {
    Some((size_of_val(&level_1(false)) - size_of_val(&level_10(false))) / (LEVELS - 1))
}

fn run(workload: Workload, roots: usize) {
    for index in 0..roots {
        match workload {
            Workload::W1 => empty(),
            Workload::W2 => many(empty),
            Workload::W3 => many(|| drop(small(black_box(TEXT), index as u64, 0.25))),
            Workload::W3r => drop(small(black_box(TEXT), index as u64, 0.25)),
            Workload::W4 => many(|| _ = large(black_box(&PROMPT))),
            Workload::W5 => block_on(root(false)),
            Workload::W5y => block_on(root(true)),
        }
    }
}

#[tracing::instrument(skip_all)]
fn many(mut child: impl FnMut()) {
    (0..CHILDREN).for_each(|_| child());
}

#[tracing::instrument]
#[inline(never)]
fn empty() {
    black_box(());
}

#[inline(never)]
fn small(text: &str, count: u64, weight: f64) -> String {
    let span =
        tracing::info_span!("small", inputs = json(&SmallInputs { text, count, weight }), outputs = Empty);
    let _entered = span.enter();
    let out = small_body(text, count, weight);
    if !span.is_disabled() {
        span.record("outputs", json(&out));
    }
    out
}

#[inline(never)]
fn large(prompt: &str) -> &'static [Message] {
    let span = tracing::info_span!("large", inputs = json(&PromptInputs { prompt }), outputs = Empty);
    let _entered = span.enter();
    let out = large_body(prompt);
    if !span.is_disabled() {
        span.record("outputs", json(out));
    }
    out
}

#[tracing::instrument(skip_all)]
async fn root(yields: bool) {
    level_1(yields).await;
}

ten_levels!(
    #[tracing::instrument(skip_all)]
);
