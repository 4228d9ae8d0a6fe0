//! The same small program in Python and in Rust leaves the same traces.

mod support;

use std::sync::LazyLock;

use support::{Checks, Folder, checks, python, rust_program};

/// Both twins in a folder of their own, on a file of their own making.
static APART: LazyLock<Checks> = LazyLock::new(|| {
    let (for_python, for_rust) = (Folder::new("twin-python"), Folder::new("twin-rust"));
    python("twin.py").within(for_python.path()).run().succeeded();
    rust_program("twin").within(for_rust.path()).run().quiet(0);
    let files = [for_python.file("mlflow.db"), for_rust.file("mlflow.db")];
    Checks::from(&python("twin_compare.py").arg(&files[0]).arg(&files[1]).run().succeeded())
});

/// The Rust twin on a file that Python has made, and so in the newest schema.
static ON_A_FILE_OF_PYTHON: LazyLock<Checks> = LazyLock::new(|| {
    let (for_python, for_rust) = (Folder::new("twin-python-again"), Folder::new("twin-rust-on-python"));
    let made = "import sys, mlflow; mlflow.set_tracking_uri(sys.argv[1]); mlflow.get_experiment('0')";
    let uri = format!("sqlite:///{}", for_rust.file("mlflow.db").display());
    let making = support::Process::new(&support::python_program())
        .arg("-c")
        .arg(made)
        .arg(uri)
        .within(for_rust.path());
    making.run().succeeded();
    python("twin.py").within(for_python.path()).run().succeeded();
    rust_program("twin").within(for_rust.path()).run().quiet(0);
    let files = [for_python.file("mlflow.db"), for_rust.file("mlflow.db")];
    Checks::from(&python("twin_compare.py").arg(&files[0]).arg(&files[1]).run().succeeded())
});

mod on_files_of_their_own {
    use super::*;

    checks!(*APART =>
        both_made_the_same_traces_in_the_same_order,
        nothing_differs_but_what_the_list_of_exceptions_argues,
        every_exception_of_the_list_is_needed,
    );
}

mod on_a_file_that_python_made {
    use super::*;

    checks!(*ON_A_FILE_OF_PYTHON =>
        both_made_the_same_traces_in_the_same_order,
        nothing_differs_but_what_the_list_of_exceptions_argues,
        every_exception_of_the_list_is_needed,
    );
}
