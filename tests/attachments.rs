//! Attachments as MLflow has them: a Python twin of a program leaves the same references and files, and MLflow's server
//! gives them out where its UI asks for them; what waits for a server that is away keeps its attachments.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that can't be set up has to fail loudly")]

mod support;

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use support::{Checks, Folder, Process, RealServer, Receiver, checks, python, rust_program};

const LIMIT: Duration = Duration::from_secs(300);

fn python_twin(folder: &Folder, uri: &str, experiment: &str) {
    let make = "import sys, mlflow; mlflow.set_experiment(sys.argv[1])";
    let make = Process::new(&support::python_program()).arg("-c").arg(make).arg(experiment);
    make.env("MLFLOW_TRACKING_URI", uri).within(folder.path()).limit(LIMIT).run().succeeded();
    let twin = python("attachments_twin.py").within(folder.path()).limit(LIMIT);
    twin.env("MLFLOW_TRACKING_URI", uri).env("MLFLOW_EXPERIMENT_NAME", experiment).run().succeeded();
}

fn compare(arguments: [&Path; 3]) -> Checks {
    let [what, one, other] = arguments;
    Checks::from(
        &python("attachments_compare.py").arg(what).arg(one).arg(other).limit(LIMIT).run().succeeded(),
    )
}

/// Beside local databases.
static IN_FILES: LazyLock<Checks> = LazyLock::new(|| {
    let (python_folder, rust_folder) = (Folder::new("attachments-python"), Folder::new("attachments-rust"));
    python_twin(&python_folder, "sqlite:///mlflow.db", "Default");
    rust_program("attachments_twin").within(rust_folder.path()).run().quiet(0);
    let (one, other) = (python_folder.file("mlflow.db"), rust_folder.file("mlflow.db"));
    compare([Path::new("file"), &one, &other])
});

/// On a real server, which takes those of a program that ran while the server was away.
static ON_A_SERVER: LazyLock<Checks> = LazyLock::new(|| {
    let folder = Folder::new("attachments-server");
    let mut server = RealServer::start("sqlite", folder.path());
    let address = server.address().to_owned();
    python_twin(&folder, &address, "python");
    server.stop();
    let program = rust_program("attachments_twin").within(folder.path()).arg("leave");
    let program = program.env("MLFLOW_TRACKING_URI", &address).env("MLFLOW_EXPERIMENT_NAME", "rust");
    let spool = folder.file("spool");
    program.env("MLFLOW_TRACE_SPOOL_DIRECTORY", &spool).limit(LIMIT).run();
    server.restart();
    let drain =
        Process::new(Path::new(env!("CARGO_BIN_EXE_mlflow-trace"))).arg("drain").within(folder.path());
    let drain = drain.env("MLFLOW_TRACKING_URI", &address).env("MLFLOW_EXPERIMENT_NAME", "rust");
    drain.env("MLFLOW_TRACE_SPOOL_DIRECTORY", &spool).limit(LIMIT).run().succeeded();
    let compare = python("attachments_compare.py").arg("server").arg(&address).arg("python").arg("rust");
    Checks::from(&compare.limit(LIMIT).run().succeeded())
});

mod beside_local_databases {
    use super::*;

    checks!(*IN_FILES =>
        both_made_the_same_traces_in_the_same_order,
        references_values_previews_and_sizes_are_those_of_python,
        the_ui_fetches_every_attachment_and_each_is_to_the_byte_that_of_python,
    );
}

mod on_a_server_that_was_away {
    use super::*;

    checks!(*ON_A_SERVER =>
        both_made_the_same_traces_in_the_same_order,
        references_values_previews_and_sizes_are_those_of_python,
        the_ui_fetches_every_attachment_and_each_is_to_the_byte_that_of_python,
    );
}

#[test]
fn an_otlp_receiver_gets_references_and_that_it_gets_no_content_is_said_once() {
    let receiver = Receiver::willing();
    let folder = Folder::new("attachments-otlp");
    let program = rust_program("attachments_twin").within(folder.path());
    let program = program.env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()).limit(LIMIT);
    let program = program.env("MLFLOW_TRACE_EXTRACT_ATTACHMENTS", "true");
    let ran = program.env("MLFLOW_TRACE_SPOOL_DIRECTORY", folder.file("spool")).run().succeeded();
    assert_eq!(ran.stderr.matches("has no place for attachments").count(), 1, "{ran}");
    let bodies: Vec<Vec<u8>> =
        receiver.server.received().iter().map(|request| request.plain_body()).collect();
    let holds =
        |text: &str| bodies.iter().any(|body| body.windows(text.len()).any(|part| part == text.as_bytes()));
    assert!(holds("mlflow-attachment://") && holds("no base64!"));
    assert!(!holds("iVBORw0KGgo") && !holds("three words here") && !holds("QUJDQUJD"));
}
