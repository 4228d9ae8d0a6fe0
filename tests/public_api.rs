//! The whole of the public API, called in a program with tracing and in one with the feature `disabled`: this file is
//! compiled and run in both (`tests/run`).
#![allow(clippy::unwrap_used)]
#![allow(unexpected_cfgs, reason = "`plain` is set where the calls are left out")]

#[path = "programs/calls_or_nothing.rs"]
#[allow(unreachable_pub, clippy::needless_return, reason = "a library of its own elsewhere")]
mod calls;
#[path = "programs/plain_or_traced.rs"]
#[allow(unreachable_pub, dead_code, reason = "a library of its own elsewhere")]
mod functions;

use functions::{Agent, Model as _};

/// One test alone: it counts the threads of its process and sets the working directory.
#[test]
fn every_call_works_with_tracing_and_without() {
    let folder = tempfile::tempdir().unwrap();
    std::env::set_current_dir(folder.path()).unwrap();
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let before = threads();

    assert_eq!(calls::set_up(12, "sqlite:///here.db"), 0);
    assert_eq!(calls::block(5), 0);
    assert_eq!(calls::block_with_everything(7, "text"), 0);
    assert_eq!(calls::async_block(8), 0);
    assert_eq!(calls::handle(9 ^ 1), 1);
    assert_eq!(calls::chosen_block(10, "text"), 0);
    assert_eq!(calls::detached(15, "text"), 0);
    assert_eq!(calls::detached_future(16), 0);
    let is_logged = !cfg!(feature = "disabled");
    assert_eq!(calls::logged(19, "text"), if is_logged { 19 ^ 20 } else { 0 });
    assert_eq!(calls::trace_update(11, "text"), 0);
    assert_eq!(calls::llm(19, "text"), 0);
    assert_eq!(calls::tags(20 ^ 1, "text"), 1);
    assert_eq!(calls::assessments(21 ^ 1, "text"), 1);
    assert_eq!(calls::switches(13), 0);
    assert_eq!(calls::flushed(14 ^ 1), 1);
    assert_eq!(calls::carried(17), 0);
    assert_eq!(calls::carried_future(18), 0);
    assert_eq!(calls::scoped(19, "text"), 0);
    assert_eq!(calls::propagated(20, "text"), 0);
    #[cfg(feature = "signals")]
    mlflow::flush_on_signals().unwrap();

    let json = include_str!("programs/remote_trace.json");
    let trace = mlflow::Trace::from_json(json).unwrap();
    mlflow::add_trace(&trace, None).unwrap();
    assert_eq!(mlflow::Trace::from_json(&trace.to_json()).unwrap(), trace);

    let mut agent = Agent { steps: 1 };
    assert_eq!(*agent.method_step(1), 2);
    assert_eq!(agent.complete(5), 3);
    assert_eq!(functions::free_runs_async(&mut agent, 2), (4, Ok(6), Err(1)));
    assert_eq!(functions::free_sum(1, 2, (4, 8)), 7);
    assert_eq!(functions::free_calls_generic([1, 5, 2, 3, 4], [0.5, 1.5, 1.0]), (Some(5), Some(1.5)));
    assert!(functions::free_result("x").is_err());
    assert!(std::panic::catch_unwind(|| functions::free_panic(0)).is_err());

    let report = mlflow::flush();
    let is_off = cfg!(feature = "disabled");
    assert_eq!(report.delivered_spans() == 0, is_off);
    assert_eq!(mlflow::last_trace_id().is_none(), is_off);
    #[cfg(any(feature = "http", feature = "sqlite"))]
    read_back(is_off);
    assert_eq!(threads() == before, is_off, "{} threads, then {}", before, threads());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count() == 0, is_off);
}

/// What was recorded above is found where it went.
#[cfg(any(feature = "http", feature = "sqlite"))]
fn read_back(is_off: bool) {
    use mlflow::client::Search;
    let found = mlflow::search_traces(&Search::new().max_results(2)).unwrap();
    assert_eq!(found.traces.len(), if is_off { 0 } else { 2 });
    assert!(mlflow::search_sessions(&Search::new().filter("tag.none = 'x'")).unwrap().is_empty());
    let id = mlflow::last_trace_id().unwrap_or(mlflow::TraceId::from_u128(7).unwrap());
    assert_eq!(mlflow::get_trace(id).unwrap().is_none(), is_off);
}
