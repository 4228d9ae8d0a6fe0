//! Trees across threads and tasks.

use mlflow::prelude::*;
use mlflow::testing::{capture, capture_async};

#[mlflow::trace]
fn work(n: u32) -> u32 {
    if n > 0 { work(n - 1) + 1 } else { 0 }
}

#[mlflow::trace]
async fn task(n: u32) -> u32 {
    tokio::task::yield_now().await;
    work(n)
}

#[test]
fn closures_carry_the_span_to_threads() {
    #[mlflow::trace]
    fn parent() {
        let threads: Vec<_> = (0..8).map(|_| std::thread::spawn((|| work(3)).in_current_span())).collect();
        for thread in threads {
            assert_eq!(thread.join().unwrap(), 3);
        }
    }
    let traces = capture(parent);
    assert_eq!(traces.len(), 1);
    assert_eq!(traces[0].spans.len(), 1 + 8 * 4);
    let root = traces[0].root().unwrap().span_id;
    assert_eq!(traces[0].spans.iter().filter(|span| span.parent_id == Some(root)).count(), 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn futures_carry_the_span_to_tasks() {
    #[mlflow::trace]
    async fn parent() -> u32 {
        let tasks: Vec<_> = (0..3).map(|n| tokio::spawn(task(n).in_current_span())).collect();
        let mut sum = 0;
        for task in tasks {
            sum += task.await.unwrap();
        }
        sum
    }
    let traces = capture_async(async {
        assert_eq!(parent().await, 3);
    })
    .await;
    assert_eq!(traces.len(), 1);
    assert_eq!(traces[0].spans.len(), 1 + 3 + (1 + 2 + 3));
}

#[tokio::test]
async fn futures_that_take_turns_do_not_mix_their_children() {
    #[mlflow::trace]
    async fn branch(name: &'static str) {
        for _ in 0..3 {
            tokio::task::yield_now().await;
            mlflow::span(name).run(|_| ());
        }
    }
    #[mlflow::trace]
    async fn both() {
        tokio::join!(branch("left"), branch("right"));
    }
    let traces = capture_async(both()).await;
    for span in traces[0].spans.iter().filter(|span| span.name == "left" || span.name == "right") {
        let parent = traces[0].spans.iter().find(|parent| Some(parent.span_id) == span.parent_id).unwrap();
        let of = parent.inputs().unwrap().to_value()["name"].as_str().unwrap().to_owned();
        assert_eq!(of, span.name);
    }
    assert_eq!(traces[0].spans.len(), 1 + 2 + 6);
}

#[test]
fn without_carrying_a_thread_begins_a_trace_of_its_own() {
    let mut ids = Vec::new();
    let traces = capture(|| {
        mlflow::span("here").run(|span| {
            ids.push(span.trace_id());
            ids.push(
                std::thread::spawn(|| mlflow::span("there").run(|span| span.trace_id())).join().unwrap(),
            );
        });
    });
    assert!(ids[0].is_some() && ids[1].is_some() && ids[0] != ids[1]);
    assert_eq!(traces.outline(), "here [UNKNOWN] OK\n");
}

#[test]
fn spans_of_many_threads_all_arrive() {
    #[mlflow::trace]
    fn parent() {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn((|| assert_eq!((0..500).map(|_| work(1)).sum::<u32>(), 500)).in_current_span());
            }
        });
    }
    let traces = capture(parent);
    assert_eq!(traces[0].spans.len(), 1 + 8 * 500 * 2);
    assert!(!traces[0].info.metadata.contains_key("mlflow_trace.lost_spans"));
}
