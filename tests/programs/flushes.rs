//! Makes one trace and calls `flush_within` in the surroundings that it is told: `flushes PLACE MILLISECONDS`.
#![allow(clippy::print_stdout, clippy::expect_used, clippy::panic, reason = "a program for tests")]

use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

#[mlflow::trace]
fn work(number: u32) -> u32 {
    number + 1
}

#[mlflow::trace]
async fn wait() -> u32 {
    tokio::task::yield_now().await;
    work(1)
}

/// The flush, and what it said.
fn flush(limit: Duration) {
    let start = Instant::now();
    let report = mlflow::flush_within(limit);
    println!("took ms: {}", start.elapsed().as_millis());
    println!("answered: {}", report.is_answered());
    println!("delivered: {}", report.delivered_spans());
    println!("pending: {}", report.pending_spans());
    println!("spooled: {}", report.spooled_spans());
    println!("dropped: {}", report.dropped_spans());
    println!("complete: {}", report.is_complete());
    let on_disk: u64 = mlflow::stats().destinations().iter().map(|one| one.spooled_spans).sum();
    println!("on disk by the statistics: {on_disk}");
}

struct FlushesAtItsEnd(Duration);

impl Drop for FlushesAtItsEnd {
    fn drop(&mut self) {
        flush(self.0);
    }
}

fn multi(threads: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(threads).enable_all().build().expect("a runtime starts")
}

fn current_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime starts")
}

/// In a task of its own, as programs do it.
fn in_task(runtime: &Runtime, limit: Duration) {
    runtime.block_on(async move {
        let task = tokio::spawn(async move {
            wait().await;
            flush(limit);
        });
        task.await.expect("the task ends");
    });
}

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let limit = Duration::from_millis(args[1].parse().expect("a number"));
    match args[0].as_str() {
        "no-runtime" => {
            let waker = std::task::Waker::noop();
            let mut context = std::task::Context::from_waker(waker);
            let mut future = std::pin::pin!(wait());
            while future.as_mut().poll(&mut context).is_pending() {}
            flush(limit);
        }
        "current-thread" => current_thread().block_on(async {
            wait().await;
            flush(limit);
        }),
        "current-thread-task" => in_task(&current_thread(), limit),
        "multi-1" => in_task(&multi(1), limit),
        "multi-n" => in_task(&multi(4), limit),
        "nested" => multi(2).block_on(async {
            wait().await;
            tokio::task::block_in_place(|| current_thread().block_on(async { flush(limit) }));
        }),
        "drop" => {
            let runtime = multi(2);
            runtime.block_on(wait());
            runtime.spawn(async move {
                let _at_end = FlushesAtItsEnd(limit);
                std::future::pending::<()>().await;
            });
            std::thread::sleep(Duration::from_millis(50));
            drop(runtime);
        }
        "panic-hook" => {
            work(0);
            work(1);
            std::panic::set_hook(Box::new(move |_| flush(limit)));
            let panicked = std::thread::spawn(|| panic!("for the hook")).join();
            assert!(panicked.is_err());
        }
        "smol" => smol::block_on(async {
            let task = smol::spawn(async move {
                wait().await;
                smol::unblock(|| ()).await;
                flush(limit);
            });
            task.await;
        }),
        "after-the-runtime" => {
            let runtime = multi(2);
            runtime.block_on(wait());
            drop(runtime);
            flush(limit);
        }
        unknown => panic!("no such place: {unknown}"),
    }
    println!("result: 42");
}
