//! Feedback and expectations that a Python and a Rust program log, update, override and delete are stored alike.

mod support;

use std::sync::LazyLock;

use support::{Checks, checks, python, repository, rust_program};

static REPORT: LazyLock<Checks> = LazyLock::new(|| {
    let (in_python, in_rust) = (repository("feedback-twin-python"), repository("feedback-twin-rust"));
    let twin = python("feedback_twin.py").within(in_python.path());
    twin.env("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "false").run().succeeded();
    rust_program("feedback_twin").within(in_rust.path()).run().quiet(0);
    let compare =
        python("feedback_compare.py").arg(in_python.file("mlflow.db")).arg(in_rust.file("mlflow.db"));
    Checks::from(&compare.run().succeeded())
});

checks!(*REPORT =>
    both_made_the_same_traces_in_the_same_order,
    nothing_differs_but_what_the_list_of_exceptions_argues,
    every_exception_of_the_list_is_needed,
    assessments_were_compared,
    searches_by_assessment_find_the_trace,
    one_is_got_by_its_id,
    rows_are_the_same,
);
