//! Spans by hand, and traces logged or merged whole, leave in Rust what they leave in Python; and the JSON of traces is
//! the same to both.
#![allow(clippy::expect_used, reason = "a test that can't be set up has to fail loudly")]

mod support;

use std::path::Path;
use std::sync::LazyLock;

use support::{Checks, Folder, Process, checks, python, rust_program};

static COMPARED: LazyLock<Checks> = LazyLock::new(|| {
    let folder = Folder::new("twin-spans");
    let remote = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/remote_trace.json");
    let inside = |name: &str| {
        let inside = folder.file(name);
        std::fs::create_dir(&inside).expect("the folder is new");
        // A repository of its own: both twins say where they were run.
        let git = Process::new(Path::new("git")).arg("init").arg("--quiet").arg("--initial-branch=twins");
        git.within(&inside).run().quiet(0);
        inside
    };
    python("twin_spans.py").arg(&remote).within(&inside("python")).run().succeeded();
    rust_program("twin_spans").within(&inside("rust")).run().quiet(0);
    for name in ["python", "rust"] {
        let file = |end: &str| folder.file(&format!("{name}.{end}"));
        let made = folder.file(name).join("mlflow.db");
        let program = || rust_program("twin_spans").within(folder.path());
        program().arg("read").arg(&made).arg(file("read")).run().quiet(0);
        program().arg("again").arg(file("read")).arg(file("again")).run().quiet(0);
    }
    Checks::from(&python("twin_spans_compare.py").arg(folder.path()).run().succeeded())
});

checks!(*COMPARED =>
    both_made_the_same_traces,
    nothing_differs_but_what_the_list_of_exceptions_argues,
    python_reads_the_json_that_rust_makes_as_the_same_traces,
    python_reads_each_span_alone,
);
