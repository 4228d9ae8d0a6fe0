//! Two Rust processes and a Python process write into one file at the same time, and nothing is lost.

mod support;

use std::sync::LazyLock;
use std::time::Duration;

use support::{Background, Checks, Folder, checks, journal_is_consistent, python, rust_program, soak};

/// How many traces a Rust process writes, and how many Python does, which takes a hundred times as long for each.
fn counts() -> (u32, u32) {
    if soak() { (1000, 1000) } else { (450, 100) }
}

fn rust_writer(folder: &Folder, label: &str, count: u32) -> Background {
    let writer = rust_program("writer").arg(label).arg(count.to_string()).arg("20").arg("100");
    // The second half begins when Python writes, so that all three are at it together.
    writer
        .env("WRITER_HALFWAY", folder.file("python-has-begun"))
        .within(folder.path())
        .limit(Duration::from_secs(1200))
        .start()
}

/// Lets the three write, and Python's client read what is there then.
fn write_together(folder: &Folder, before: u32) -> Checks {
    let (per_rust, per_python) = counts();
    let limit = Duration::from_secs(1200);
    let begun = folder.file("python-has-begun");
    let writers = [
        rust_writer(folder, "first", per_rust),
        rust_writer(folder, "second", per_rust),
        python("writer.py")
            .arg("python")
            .arg(per_python.to_string())
            .arg(begun)
            .within(folder.path())
            .limit(limit)
            .start(),
    ];
    for writer in writers {
        let ran = writer.wait().succeeded();
        assert!(!ran.stderr.contains("locked"), "somebody met a locked database\n{ran}");
        assert!(!ran.stderr.contains("discarded"), "Python gave traces up by itself\n{ran}");
        assert!(!ran.stderr.contains("[mlflow-trace]"), "a Rust process had to complain\n{ran}");
    }
    let file = folder.file("mlflow.db");
    journal_is_consistent(&file);
    assert!(!folder.file("mlflow-trace.db").exists(), "traces went to a second file");
    let check = python("concurrency.py")
        .arg(&file)
        .arg(format!("before={before}"))
        .arg(format!("first={per_rust}"))
        .arg(format!("second={per_rust}"))
        .arg(format!("python={per_python}"));
    Checks::from(&check.limit(limit).run().succeeded())
}

static ON_A_FILE_OF_RUST: LazyLock<Checks> = LazyLock::new(|| {
    let folder = Folder::new("concurrency-rust");
    let before = rust_program("writer").arg("before").arg("10").arg("0").arg("0").within(folder.path());
    before.run().quiet(0);
    write_together(&folder, 10)
});

static ON_A_FILE_OF_PYTHON: LazyLock<Checks> = LazyLock::new(|| {
    let folder = Folder::new("concurrency-python");
    python("writer.py").arg("before").arg("3").within(folder.path()).run().succeeded();
    write_together(&folder, 3)
});

mod on_a_file_that_rust_made {
    use super::*;

    checks!(*ON_A_FILE_OF_RUST =>
        no_trace_is_lost_or_doubled,
        every_trace_has_its_five_spans,
        the_writers_were_at_work_at_the_same_time,
    );
}

mod on_a_file_that_python_made {
    use super::*;

    checks!(*ON_A_FILE_OF_PYTHON =>
        no_trace_is_lost_or_doubled,
        every_trace_has_its_five_spans,
        the_writers_were_at_work_at_the_same_time,
    );
}
