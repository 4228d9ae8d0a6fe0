//! The twins of `tests/llm_twin.rs` against one real server: what it stores of both is the same, and so are the costs that
//! it works out.

use std::sync::{LazyLock, PoisonError};
use std::time::Duration;

use crate::kinds::TURN;
use crate::support::{Checks, RealServer, checks, python, repository, rust_program};

static REPORT: LazyLock<Checks> = LazyLock::new(|| {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = repository("servers-llm");
    let server = RealServer::start("sqlite", folder.path());
    let with = |program: crate::support::Process, experiment: &str| {
        let program = program.env("MLFLOW_TRACKING_URI", server.address()).within(folder.path());
        program.env("MLFLOW_EXPERIMENT_NAME", experiment).limit(Duration::from_secs(240))
    };
    let twin = with(python("llm_twin.py"), "in Python").env("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "false");
    twin.run().succeeded();
    with(rust_program("llm_twin"), "in Rust").env("MLFLOW_TRACE_SPOOL_DIRECTORY", "off").run().quiet(0);
    let place = |experiment: &str| format!("{}#{experiment}", server.address());
    let compare = python("llm_compare.py").arg(place("in Python")).arg(place("in Rust"));
    Checks::from(&compare.limit(Duration::from_secs(240)).run().succeeded())
});

checks!(*REPORT =>
    both_made_the_same_traces_in_the_same_order,
    nothing_differs_but_what_the_list_of_exceptions_argues,
    every_exception_of_the_list_is_needed,
    costs_were_worked_out,
    searches_by_prompt_find_the_trace,
);
