//! mlflow-trace: the attribute, as a user writes it.

use std::hint::black_box;

use super::{Mode, Peer};
use crate::ten_levels;
use crate::workloads::{
    CHILDREN, LEVELS, Message, PROMPT, TEXT, Workload, block_on, bottom, large_body, small_body,
};

pub(super) const PEER: Peer =
    Peer { name: "mlflow-trace", modes: &Mode::ALL, start, run, drain, async_level, record: None };

fn start(mode: Mode) {
    if mode == Mode::Off {
        // By the environment, before the first call; see `Worker::spawn` and `run`.
        assert_eq!(std::env::var("MLFLOW_TRACING_ENABLED").as_deref(), Ok("false"));
        return;
    }
    // This build has no destination (see Cargo.toml), so the worker throws finished traces away. It says so once.
    let guard = mlflow::init()
        .sampling_ratio(if mode == Mode::SampledOut { 0.0 } else { 1.0 })
        .start()
        .expect("a fresh process has not started tracing yet");
    std::mem::forget(guard);
}

fn drain() {
    let _ = mlflow::flush();
}

fn async_level() -> Option<usize> {
    Some((size_of_val(&level_1(false)) - size_of_val(&level_10(false))) / (LEVELS - 1))
}

fn run(workload: Workload, roots: usize) {
    for index in 0..roots {
        match workload {
            Workload::W1 => empty(),
            Workload::W2 => many(empty_child),
            Workload::W3 => many(|| drop(small(black_box(TEXT), index as u64, 0.25))),
            Workload::W3r => drop(small(black_box(TEXT), index as u64, 0.25)),
            Workload::W4 => many(|| _ = large(black_box(&PROMPT))),
            Workload::W5 => block_on(root(false)),
            Workload::W5y => block_on(root(true)),
        }
    }
}

#[mlflow::trace(skip_all, skip_output)]
fn many(mut child: impl FnMut()) {
    (0..CHILDREN).for_each(|_| child());
}

#[mlflow::trace]
#[inline(never)]
fn empty() {
    black_box(());
}

#[mlflow::trace(skip_output)]
#[inline(never)]
fn empty_child() {
    black_box(());
}

#[mlflow::trace]
#[inline(never)]
fn small(text: &str, count: u64, weight: f64) -> String {
    small_body(text, count, weight)
}

#[mlflow::trace]
#[inline(never)]
fn large(prompt: &str) -> &'static [Message] {
    large_body(prompt)
}

#[mlflow::trace(skip_all, skip_output)]
async fn root(yields: bool) {
    level_1(yields).await;
}

ten_levels!(
    #[mlflow::trace(skip_all, skip_output)]
);
