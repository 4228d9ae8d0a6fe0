//! The twins of `tests/feedback_twin.rs` against one real server: what it stores of both is the same.

use std::sync::{LazyLock, PoisonError};
use std::time::Duration;

use crate::kinds::TURN;
use crate::support::{Checks, Process, RealServer, checks, python, repository, rust_program};

static REPORT: LazyLock<Checks> = LazyLock::new(|| {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = repository("servers-feedback");
    let server = RealServer::start("sqlite", folder.path());
    let with = |program: Process, experiment: &str| {
        let program = program.env("MLFLOW_TRACKING_URI", server.address()).within(folder.path());
        program.env("MLFLOW_EXPERIMENT_NAME", experiment).limit(Duration::from_secs(240))
    };
    let twin = with(python("feedback_twin.py"), "in Python");
    twin.env("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "false").run().succeeded();
    let spool = "MLFLOW_TRACE_SPOOL_DIRECTORY";
    with(rust_program("feedback_twin"), "in Rust").env(spool, "off").run().quiet(0);
    let place = |experiment: &str| format!("{}#{experiment}", server.address());
    let compare = python("feedback_compare.py").arg(place("in Python")).arg(place("in Rust"));
    Checks::from(&compare.limit(Duration::from_secs(240)).run().succeeded())
});

checks!(*REPORT =>
    both_made_the_same_traces_in_the_same_order,
    nothing_differs_but_what_the_list_of_exceptions_argues,
    every_exception_of_the_list_is_needed,
    assessments_were_compared,
    searches_by_assessment_find_the_trace,
    one_is_got_by_its_id,
);
