//! What the compiler and clippy say about a plain function they say about the traced one, but for the lints that are listed
//! here. That the attribute adds no warning is what `tests/lints.rs` shows.
#![allow(clippy::expect_used, reason = "a test that can't be set up has to fail loudly")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use support::Package;

/// Lints that see the attribute's own use of an argument, as a value that is moved or borrowed, or its own `await`, or that
/// take the body's end for that of generated code. Beside them that of functions which could be `const`: a traced one can't.
const LOST: [(&str, &str); 6] = [
    ("clippy::boxed_local", "boxed_local"),
    ("clippy::needless_pass_by_value", "boxed_local by_value rc_buffer"),
    ("clippy::needless_return", "cognitive needless_return"),
    ("clippy::only_used_in_recursion", "only_used_in_recursion"),
    ("clippy::ptr_arg", "async_ptr needless_mut ptr_arg"),
    ("clippy::unused_async", "unused_async"),
];

/// Each warning as its lint and the function it is about.
fn warnings(package: &Package, source: &str, flags: &str) -> BTreeSet<(String, String)> {
    let lines: Vec<&str> = source.lines().collect();
    let function_at = |line: usize| {
        let after = |line: &&str| line.split_once("fn ").map(|(_, rest)| rest.to_owned());
        let named = lines[line - 1..].iter().find_map(after).unwrap_or_default();
        named.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default().to_owned()
    };
    // Cargo shows a package's warnings again without checking it anew, as long as the flags are the same.
    let output = package.cargo(&["clippy", "--message-format=json", "--config", flags]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let of_program = messages.filter(|message| message["target"]["name"] == "linted");
    let warnings = of_program.filter_map(|message| {
        let message = &message["message"];
        let spans = message["spans"].as_array()?;
        let place = spans.iter().find(|span| span["is_primary"] == true)?["line_start"].as_u64()?;
        Some((message["code"]["code"].as_str()?.to_owned(), function_at(usize::try_from(place).ok()?)))
    });
    warnings.collect()
}

#[test]
fn what_is_said_about_a_plain_function_is_said_about_the_traced_one() {
    let package = Package::new("linted", ", default-features = false", "");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/linted.rs");
    let source = std::fs::read_to_string(source).expect("the program is there");
    package.write("src/lib.rs", &source);
    let plain = warnings(&package, &source, r#"build.rustflags=["--cfg","plain"]"#);
    let traced = warnings(&package, &source, "build.rustflags=[]");
    assert!(plain.len() > 50, "clippy saw little: {plain:#?}");

    let added: Vec<_> = traced.difference(&plain).collect();
    assert!(added.is_empty(), "said about the traced functions alone: {added:#?}");
    let lost = plain.difference(&traced).filter(|(lint, _)| lint != "clippy::missing_const_for_fn");
    let expected =
        LOST.iter().flat_map(|(lint, functions)| functions.split(' ').map(move |name| (*lint, name)));
    let lost: Vec<(&str, &str)> = lost.map(|(lint, function)| (lint.as_str(), function.as_str())).collect();
    assert_eq!(lost, expected.collect::<Vec<_>>());
    assert!(
        !traced.iter().any(|(lint, _)| lint == "clippy::missing_const_for_fn"),
        "a traced function can't be `const`"
    );
}
