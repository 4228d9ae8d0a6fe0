//! Hands a traced function what is hard to record: `bad_values CASE`. Prints its result and ends with code 7.
#![allow(clippy::print_stdout, clippy::expect_used, clippy::panic, reason = "a program for tests")]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::process::ExitCode;
use std::rc::Rc;

use serde::{Serialize, Serializer};

struct Failing;

impl Serialize for Failing {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("this value has no JSON"))
    }
}

struct Panicking;

impl Serialize for Panicking {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("a serializer that panics")
    }
}

struct PanickingDebug;

impl fmt::Debug for PanickingDebug {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("a Debug that panics")
    }
}

#[derive(Debug)]
#[allow(dead_code, reason = "read by Debug alone")]
struct Knot {
    name: &'static str,
    next: RefCell<Option<Rc<Knot>>>,
}

#[derive(Serialize)]
struct Nested(Option<Box<Nested>>);

#[mlflow::trace]
fn serialized<T: Serialize>(before: u32, value: T, after: u32) -> u32 {
    let _ = &value;
    before + after
}

#[mlflow::trace]
fn debugged<T: fmt::Debug>(before: u32, value: T, after: u32) -> u32 {
    let _ = &value;
    before + after
}

#[mlflow::trace]
fn returned<T: Serialize>(value: T) -> T {
    value
}

fn knot() -> Rc<Knot> {
    let first = Rc::new(Knot { name: "first", next: RefCell::new(None) });
    let second = Rc::new(Knot { name: "second", next: RefCell::new(Some(first.clone())) });
    *first.next.borrow_mut() = Some(second);
    first
}

fn nested(depth: usize) -> Nested {
    (0..depth).fold(Nested(None), |inner, _| Nested(Some(Box::new(inner))))
}

fn peak_memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells about this process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("VmHWM is told");
    line.trim().trim_end_matches(" kB").parse().expect("a number of kB")
}

fn main() -> ExitCode {
    let case = std::env::args().nth(1).expect("a case");
    let result = match case.as_str() {
        "serializer-error" => {
            returned(Failing);
            serialized(1, Failing, 2)
        }
        "serializer-panic" => {
            // The program's own hook would print a panic that is none of its own; it must not hear of it.
            returned(Panicking);
            serialized(1, Panicking, 2)
        }
        "debug-panic" => debugged(1, PanickingDebug, 2),
        "nan" => {
            returned([f32::NAN, 0.5]);
            serialized(1, (f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.5), 2)
        }
        "odd-keys" => {
            serialized(1, BTreeMap::from([((1, 2), "pair")]), 2);
            serialized(1, BTreeMap::from([(Some(true), "option")]), 2);
            serialized(1, BTreeMap::from([(vec![1_u8], "bytes")]), 2);
            serialized(1, BTreeMap::from([(7, "number")]), 2)
        }
        "fifty-megabytes" => {
            let text = "ä".repeat(25_000_000);
            let before = peak_memory_kib();
            let result = serialized(1, &text, 2);
            serialized(1, text.as_bytes(), 2);
            debugged(1, &text, 2);
            returned(&text);
            println!("grown by KiB: {}", peak_memory_kib() - before);
            result
        }
        "cyclic-debug" => debugged(1, knot(), 2),
        "deep" => {
            let deep = nested(20_000);
            let result = serialized(1, &deep, 2);
            // Dropping it recurses as deep as the value is; that is no business of this test.
            std::mem::forget(deep);
            result
        }
        unknown => panic!("no such case: {unknown}"),
    };
    println!("result: {result}");
    ExitCode::from(7)
}
