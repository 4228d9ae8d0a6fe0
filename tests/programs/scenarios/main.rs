//! The Rust twin of `tests/python/scenarios.py`: one function for each scenario, in the same order, against the same server.
#![allow(clippy::expect_used, reason = "a program for tests")]

mod blocks;
mod facts;
mod functions;

use std::collections::BTreeMap;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use blocks::*;
use facts::*;
use functions::*;
use futures_util::StreamExt as _;
use mlflow::TraceId;
use serde_json::json;

/// An error whose name and text are those of Python's.
#[derive(Debug)]
struct Refused(&'static str);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Refused {}

fn trace_id(number: u128) -> TraceId {
    TraceId::from_u128(number).expect("not zero")
}

fn at(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_700_000_000_000 + millis)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    adds(2, 3);
    gives_nothing("x");
    takes_nothing();
    renamed(4);
    calls(1);
    calls_deep(1);
    calls_itself(3);
    has_attributes();
    sets_attributes();
    sets_values("hush");
    let sizes = BTreeMap::from([("l", 2.5), ("m", 1.0)]);
    let order = Order { sku: "s-1", count: 3, price: 2.5, gift: None, tags: vec!["a", "b"], sizes };
    takes_structures(&order, &[("a", 1), ("b", -2)]);
    speaks_languages("Grüße, 世界 🌍");
    gives_numbers();
    speaks_at_length(&"long ".repeat(200));
    let _ = fails("sold out");
    recovers();
    let _ = passes_on();
    awaits().await;
    streams(3).collect::<Vec<_>>().await;
    streams_reduced(3).collect::<Vec<_>>().await;
    warns();
    retrieves("what?");
    chats(&json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"}]));
    types();
    block();
    blocks_and_functions();
    block_fails();
    status_by_hand();
    type_changes();
    described();
    events();
    links();
    levels();
    in_a_session();
    has_tags();
    has_previews("abc");
    has_a_request_id();
    child_speaks_for_all();
    usage();
    usage_of_a_parent();
    cached_usage();
    cost();
    detached();
    ends_elsewhere();
    logged();
    scoped();
    scope_is_off();
    carried().await;
    let report = mlflow::flush_within(Duration::from_secs(240));
    assert!(report.is_complete(), "{report:?}");
}
