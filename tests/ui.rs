//! The compiler's answers to wrong uses of the attribute, word for word, and programs that need a crate of their
//! own to compile in.

use std::process::Command;

/// The compiler whose words the `.stderr` files are.
const COMPILER: &str = "rustc 1.95.";

#[test]
fn the_compiler_answers_as_recorded() {
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
        .arg("--version")
        .output()
        .expect("rustc runs");
    let version = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        version.starts_with(COMPILER),
        "tests/ui/fail/*.stderr were recorded with {COMPILER}x and this is {version}; run the tests with that \
         compiler, or record them anew with TRYBUILD=overwrite and change COMPILER"
    );
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/fail/*.rs");
    cases.pass("tests/ui/pass/*.rs");
}
