//! Calls traced functions while tracing is switched on and off: `switched once` or `switched toggle`.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a program for tests")]

#[mlflow::trace]
fn inner(step: &str) -> usize {
    step.len()
}

#[mlflow::trace]
fn call(step: &str) -> usize {
    inner(step)
}

#[mlflow::trace]
fn turns_off_inside(step: &str) -> usize {
    mlflow::disable();
    inner(step)
}

fn main() {
    call("first");
    if std::env::args().nth(1).as_deref() == Some("toggle") {
        mlflow::disable();
        call("while off");
        println!("last trace is the first: {}", mlflow::last_trace_id().is_some());
        mlflow::enable();
        call("on again");
        turns_off_inside("open span");
        call("off for good");
    }
    if std::env::args().nth(1).as_deref() == Some("enable") {
        mlflow::enable();
        call("after enable");
    }
    println!("threads: {}", std::fs::read_dir("/proc/self/task").expect("Linux lists threads").count());
}
