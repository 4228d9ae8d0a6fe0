//! Ends in the way that it is told while other threads are parked: `exits ENDING SHAPE`.
//!
//! Seven threads finish one span each, as a trace of its own (`own`) or inside a root that stays open (`open`), and
//! park. The runtime's two tasks do the same and wait for ever. Then main finishes one trace and the process ends.
#![allow(clippy::print_stdout, clippy::expect_used, clippy::panic, reason = "a program for tests")]

use std::sync::mpsc::{Sender, channel};

#[mlflow::trace]
fn finished(worker: u32) -> u32 {
    worker * 2
}

fn park_after_one_span(open: bool, worker: u32, done: &Sender<u32>) {
    let work = || {
        finished(worker);
        done.send(worker).expect("main waits");
    };
    let park = || loop {
        std::thread::park();
    };
    if open {
        mlflow::span("open root").run(|_| {
            work();
            park();
        });
    } else {
        work();
        park();
    }
}

async fn wait_after_one_span(open: bool, worker: u32, done: Sender<u32>) {
    let work = || {
        finished(worker);
        done.send(worker).expect("main waits");
    };
    if open {
        let waiting = mlflow::span("open root").run_async(async |_| {
            work();
            std::future::pending::<()>().await;
        });
        waiting.await;
    } else {
        work();
        std::future::pending::<()>().await;
    }
}

fn runtime_with_two_tasks(open: bool, done: &Sender<u32>) -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build();
    let runtime = runtime.expect("a runtime starts");
    for worker in 8..10 {
        runtime.spawn(wait_after_one_span(open, worker, done.clone()));
    }
    runtime
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (ending, open) = (args[0].as_str(), args[1] == "open");
    let (done, arrived) = channel();
    for worker in 1..8 {
        let done = done.clone();
        std::thread::spawn(move || park_after_one_span(open, worker, &done));
    }
    let runtime = ending.ends_with("runtime").then(|| runtime_with_two_tasks(open, &done));
    let others = if runtime.is_some() { 9 } else { 7 };
    for _ in 0..others {
        arrived.recv().expect("every worker reports");
    }
    println!("result: {}", finished(21));
    match ending {
        "return" => {}
        "exit" => std::process::exit(3),
        "panic" => panic!("the end of main"),
        "dropped-runtime" => drop(runtime),
        "exit-in-runtime" => runtime.expect("there is one").block_on(async { std::process::exit(3) }),
        unknown => panic!("no such ending: {unknown}"),
    }
}
