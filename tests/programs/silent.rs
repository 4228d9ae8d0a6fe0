//! Depends on the library, has a traced function, and never calls it.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a program for tests")]

#[mlflow::trace]
fn never_called(value: u32) -> u32 {
    value
}

fn main() {
    // Enough arguments would call it, so the compiler must keep it.
    if std::env::args().count() > 100 {
        never_called(1);
    }
    println!("threads: {}", std::fs::read_dir("/proc/self/task").expect("Linux lists threads").count());
}
