//! The quickstart against a real language model: a real answer and real token counts in the trace.
#![allow(clippy::expect_used, reason = "a test that can't be set up has to fail loudly")]

mod support;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use support::{Checks, Folder, Ran, checks, python, rust_program};

fn model() -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/model/SmolLM2-135M-Instruct.Q4_1.gguf");
    assert!(path.exists(), "{} is missing; `bash tests/run` fetches it", path.display());
    path
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    listener.local_addr().expect("a bound socket has an address").port()
}

fn quickstart(folder: &Folder) -> Ran {
    let port = free_port().to_string();
    let ready = folder.file("model-is-ready");
    let server = python("serve_model.py").arg(model()).arg(&port).arg(&ready).limit(Duration::from_secs(600));
    let mut server = server.start();
    server.wait_for_file(&ready);
    // It reads the repository's own documents, so it runs where they are; its traces go to the test's folder.
    rust_program("quickstart")
        .env("OPENAI_BASE_URL", format!("http://127.0.0.1:{port}/v1"))
        .env("OPENAI_API_KEY", "a-key-that-must-not-be-stored")
        .env("MLFLOW_TRACKING_URI", format!("sqlite:///{}", folder.file("mlflow.db").display()))
        .within(Path::new(env!("CARGO_MANIFEST_DIR")))
        .limit(Duration::from_secs(600))
        .run()
        .succeeded()
}

static REPORT: LazyLock<Checks> = LazyLock::new(|| {
    let folder = Folder::new("llm");
    let ran = quickstart(&folder);
    let printed = folder.file("printed");
    std::fs::write(&printed, &ran.stdout).expect("the test's folder can be written");
    let check = python("llm.py").arg(folder.file("mlflow.db")).arg(printed);
    Checks::from(&check.run().succeeded())
});

checks!(*REPORT =>
    a_span_of_the_model_has_its_real_answer,
    the_token_counts_are_those_of_the_model,
    the_answer_is_what_the_program_printed,
    the_key_is_stored_nowhere,
);
