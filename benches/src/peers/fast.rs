//! fastrace, as its documentation shows it; values as JSON text in properties.

use std::hint::black_box;

use fastrace::collector::{Config, Reporter, SpanRecord};
use fastrace::prelude::{LocalSpan, Span, SpanContext};

use std::sync::atomic::{AtomicU8, Ordering};

use super::{Mode, Peer, discard};
use crate::ten_levels;
use crate::workloads::{
    CHILDREN, LEVELS, Message, PROMPT, PromptInputs, SmallInputs, TEXT, Workload, block_on, bottom, json,
    large_body, small_body,
};

pub(super) const PEER: Peer = Peer {
    name: "fastrace",
    modes: &Mode::ALL,
    start,
    run,
    drain: fastrace::flush,
    async_level,
    record: Some(size_of::<SpanRecord>()),
};

struct Discard;

impl Reporter for Discard {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        discard(&spans);
    }
}

static MODE: AtomicU8 = AtomicU8::new(0);

fn start(mode: Mode) {
    MODE.store(mode as u8, Ordering::Relaxed);
    fastrace::set_reporter(Discard, Config::default());
}

fn new_root(name: &'static str) -> Span {
    match MODE.load(Ordering::Relaxed) {
        0 => Span::root(name, SpanContext::random()),
        1 => Span::root(name, SpanContext::random().sampled(false)),
        // fastrace has no switch; without a root its spans are not recorded.
        _ => Span::noop(),
    }
}

fn async_level() -> Option<usize> {
    Some((size_of_val(&level_1(false)) - size_of_val(&level_10(false))) / (LEVELS - 1))
}

fn run(workload: Workload, roots: usize) {
    for index in 0..roots {
        match workload {
            Workload::W1 => rooted(empty),
            Workload::W2 => rooted(|| (0..CHILDREN).for_each(|_| child())),
            Workload::W3 => {
                rooted(|| (0..CHILDREN).for_each(|_| drop(small(black_box(TEXT), index as u64, 0.25))))
            }
            Workload::W3r => rooted(|| drop(small(black_box(TEXT), index as u64, 0.25))),
            Workload::W4 => rooted(|| (0..CHILDREN).for_each(|_| _ = large(black_box(&PROMPT)))),
            Workload::W5 => nested(false),
            Workload::W5y => nested(true),
        }
    }
}

fn rooted(body: impl FnOnce()) {
    let root = new_root("root");
    let _guard = root.set_local_parent();
    body();
}

fn nested(yields: bool) {
    use fastrace::future::FutureExt as _;
    block_on(level_1(yields).in_span(new_root("root")));
}

#[inline(never)]
fn empty() {
    black_box(());
}

#[fastrace::trace]
#[inline(never)]
fn child() {
    black_box(());
}

#[inline(never)]
fn small(text: &str, count: u64, weight: f64) -> String {
    let _span = LocalSpan::enter_with_local_parent("small")
        .with_property(|| ("inputs", json(&SmallInputs { text, count, weight })));
    let out = small_body(text, count, weight);
    LocalSpan::add_property(|| ("outputs", json(&out)));
    out
}

#[inline(never)]
fn large(prompt: &str) -> &'static [Message] {
    let _span = LocalSpan::enter_with_local_parent("large")
        .with_property(|| ("inputs", json(&PromptInputs { prompt })));
    let out = large_body(prompt);
    LocalSpan::add_property(|| ("outputs", json(out)));
    out
}

ten_levels!(
    #[fastrace::trace]
);
