//! No tracing: what the functions themselves cost.

use std::hint::black_box;

use super::{Mode, Peer};
use crate::ten_levels;
use crate::workloads::{
    CHILDREN, LEVELS, Message, PROMPT, TEXT, Workload, block_on, bottom, large_body, small_body,
};

pub(super) const PEER: Peer = Peer {
    name: "plain function",
    modes: &[Mode::On],
    start: |_| {},
    run,
    drain: || {},
    async_level,
    record: None,
};

fn async_level() -> Option<usize> {
    Some((size_of_val(&level_1(false)) - size_of_val(&level_10(false))) / (LEVELS - 1))
}

fn run(workload: Workload, roots: usize) {
    for index in 0..roots {
        match workload {
            Workload::W1 => empty(),
            Workload::W2 => (0..CHILDREN).for_each(|_| empty()),
            Workload::W3 => (0..CHILDREN).for_each(|_| drop(small(black_box(TEXT), index as u64, 0.25))),
            Workload::W3r => drop(small(black_box(TEXT), index as u64, 0.25)),
            Workload::W4 => (0..CHILDREN).for_each(|_| _ = large(black_box(&PROMPT))),
            Workload::W5 => block_on(level_1(false)),
            Workload::W5y => block_on(level_1(true)),
        }
    }
}

#[inline(never)]
fn empty() {
    black_box(());
}

#[inline(never)]
fn small(text: &str, count: u64, weight: f64) -> String {
    small_body(text, count, weight)
}

#[inline(never)]
fn large(prompt: &str) -> &'static [Message] {
    large_body(prompt)
}

ten_levels!();
