//! The same small program in Python and in Rust leaves the same traces.

mod support;

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use support::{Checks, Process, checks, python, python_program, repository, rust_program};

fn python_twin(name: &str) -> PathBuf {
    let folder = repository(name);
    python("twin.py").within(folder.path()).run().succeeded();
    folder.file("mlflow.db")
}

fn compare(python_file: &Path, rust_file: &Path) -> Checks {
    Checks::from(&python("twin_compare.py").arg(python_file).arg(rust_file).run().succeeded())
}

/// Both twins on a file of their own making.
static APART: LazyLock<Checks> = LazyLock::new(|| {
    let folder = repository("twin-rust");
    rust_program("twin").within(folder.path()).run().quiet(0);
    compare(&python_twin("twin-python"), &folder.file("mlflow.db"))
});

/// The Rust twin on a file that Python has made, and so in the newest schema.
static ON_A_FILE_OF_PYTHON: LazyLock<Checks> = LazyLock::new(|| {
    let folder = repository("twin-rust-on-python");
    let make = "import sys, mlflow; mlflow.set_tracking_uri(sys.argv[1]); mlflow.get_experiment('0')";
    let uri = format!("sqlite:///{}", folder.file("mlflow.db").display());
    Process::new(&python_program()).arg("-c").arg(make).arg(uri).within(folder.path()).run().succeeded();
    rust_program("twin").within(folder.path()).run().quiet(0);
    compare(&python_twin("twin-python-again"), &folder.file("mlflow.db"))
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
