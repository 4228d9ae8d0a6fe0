//! The same scenarios in Python and in Rust against the same real server leave the same traces.

mod support;

use std::sync::LazyLock;
use std::time::Duration;

use support::{Checks, RealServer, checks, python, repository, rust_program};

static BOTH: LazyLock<Checks> = LazyLock::new(|| {
    let folder = repository("scenarios");
    let server = RealServer::start("sqlite", folder.path());
    let on_server = |program: support::Process, name: &str| {
        let experiment = format!("scenarios-{name}");
        let program =
            program.env("MLFLOW_TRACKING_URI", server.address()).env("MLFLOW_EXPERIMENT_NAME", experiment);
        program.within(folder.path()).limit(Duration::from_secs(300))
    };
    on_server(python("scenarios.py"), "python").run().succeeded();
    // What is not sent within the end's time waits on disk, which a slow machine may need.
    let spool = folder.path().join("spool");
    let rust = on_server(rust_program("scenarios"), "rust").env("MLFLOW_TRACE_SPOOL_DIRECTORY", spool);
    rust.run().quiet(0);
    Checks::from(
        &python("scenarios_compare.py")
            .arg(server.address())
            .limit(Duration::from_secs(300))
            .run()
            .succeeded(),
    )
});

checks!(*BOTH =>
    both_made_the_same_traces_in_the_same_order,
    nothing_differs_but_what_the_list_of_exceptions_argues,
    every_exception_of_the_list_is_needed,
);
