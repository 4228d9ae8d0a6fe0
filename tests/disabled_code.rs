//! The feature `disabled` by the compiler's own word: an annotated function is the same machine code as the plain one,
//! and calls by hand are none.
#![allow(clippy::expect_used, reason = "a test that can't be set up has to fail loudly")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use support::{Assembly, Package};

/// The assembly of one of the files in `tests/programs`, compiled with these flags.
fn assembly(package: &Package, kind: &str, flags: &[&str]) -> Assembly {
    let out = package.path(&format!("{kind}.s"));
    let emit = format!("--emit=asm={}", out.display());
    let mut args = vec!["rustc", "--release", "--lib", "--", &emit, "-Ccodegen-units=1", "-Cdebuginfo=0"];
    args.extend(flags);
    package.built(&args);
    Assembly::read(&std::fs::read_to_string(&out).expect("rustc wrote the assembly"))
}

fn package(program: &str) -> Package {
    let package = Package::new(program, ", default-features = false, features = [\"disabled\"]", "");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs").join(format!("{program}.rs"));
    package.write("src/lib.rs", &std::fs::read_to_string(source).expect("the program is there"));
    package
}

/// The names of the functions that differ, or that only one side has.
fn differences(one: &Assembly, other: &Assembly) -> BTreeSet<String> {
    let names = one.functions.keys().chain(other.functions.keys());
    names.filter(|name| one.functions.get(*name) != other.functions.get(*name)).cloned().collect()
}

#[test]
fn annotated_functions_are_the_code_of_the_plain_ones() {
    let package = package("plain_or_traced");
    let plain = assembly(&package, "plain", &["--cfg", "plain"]);
    let traced = assembly(&package, "traced", &[]);
    assert!(plain.functions.len() >= 20, "{:?}", plain.functions.keys());
    for kind in ["free_", "heap_", "method_", "generic_", "complete", "run"] {
        assert!(plain.functions.keys().any(|name| name.contains(kind)), "no function {kind}* was compiled");
    }
    // The comparison sees a single instruction.
    let other = differences(&plain, &assembly(&package, "other", &["--cfg", "plain", "--cfg", "other"]));
    assert!(other.len() == 1 && other.first().is_some_and(|name| name.contains("free_other")), "{other:?}");

    if let Some(name) = differences(&plain, &traced).first() {
        panic!("{name}\nplain: {:#?}\ntraced: {:#?}", plain.functions.get(name), traced.functions.get(name));
    }
    assert_eq!(plain.constants, traced.constants);
    let text = format!("{:?}{:?}", traced.functions, traced.constants).to_lowercase();
    assert!(!text.contains("mlflow"), "something of ours is there");
    for (name, lines) in &traced.functions {
        // What the program itself puts on the heap, and how that is dropped.
        if name.contains("heap_") || name.contains("drop_in_place") {
            continue;
        }
        assert!(!lines.iter().flatten().any(|line| line.contains("alloc")), "{name} allocates: {lines:#?}");
    }
}

#[test]
fn calls_by_hand_compile_to_nothing() {
    let package = package("calls_or_nothing");
    let plain = assembly(&package, "plain", &["--cfg", "plain"]);
    let traced = assembly(&package, "traced", &[]);
    assert!(plain.functions.len() >= 10, "{:?}", plain.functions.keys());
    for name in differences(&plain, &traced) {
        let (plain, traced) = (plain.functions.get(&name), traced.functions.get(&name));
        // What stays of the set-up is a call that drops the answer of `start()`, which holds nothing.
        let calls = traced.into_iter().flatten().flatten().filter(|line| line.starts_with("call"));
        let drops_only = calls.clone().all(|call| call.contains("drop_in_place"));
        if name.contains("set_up") && drops_only && calls.count() == 1 {
            continue;
        }
        let is_that_drop =
            name.contains("drop_in_place$LT$core..result..Result$LT$mlflow_trace_core..api..init..Guard");
        assert!(
            is_that_drop || name.contains("core..error..Error"),
            "{name}\nplain: {plain:#?}\ntraced: {traced:#?}"
        );
    }
    let text = format!("{:?}{:?}", traced.functions.values(), traced.constants).to_lowercase();
    assert!(!text.contains("__rust_alloc") && !text.contains("ascii"), "{text}");
}
