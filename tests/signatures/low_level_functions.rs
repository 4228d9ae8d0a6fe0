//! Functions with an ABI or a caller of their own.

#[mlflow::trace]
extern "C" fn callback(n: i32) -> i32 {
    n + 1
}

#[track_caller]
#[mlflow::trace]
fn caller(expected: u32) -> u32 {
    assert_eq!(expected, 1);
    std::panic::Location::caller().line()
}

#[test]
fn extern_functions_keep_their_type() {
    let pointer: extern "C" fn(i32) -> i32 = callback;
    assert_eq!(pointer(1), 2);
}

#[test]
fn track_caller_compiles_and_reports_a_line_of_the_body() {
    // What passes through the closure of the traced function; switched off, the function is the plain one.
    assert_eq!(caller(1) == line!(), cfg!(feature = "disabled"), "update trace.md");
}
