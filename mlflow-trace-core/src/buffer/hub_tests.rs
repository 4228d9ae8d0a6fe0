//! When memory counts as full.

use std::sync::mpsc;

use super::super::record::Head;
use super::super::{Reader, append};
use super::*;

const KIB: usize = 1 << 10;

fn hub(memory_bytes: usize) -> Arc<Hub> {
    Arc::new(Hub::new(Limits { memory_bytes, spans: 1000, span_bytes: 1 << 20 }))
}

fn drain(hub: &Hub) -> usize {
    let mut words_read = 0;
    hub.drain(&mut Reader::default(), |words| words_read += words.len());
    words_read
}

#[test]
fn the_chunks_that_resting_threads_hold_do_not_fill_it() {
    let hub = hub(256 * KIB);
    let mut resting = Vec::new();
    for _ in 0..40 {
        let ((release, wait), (done, is_done)) = (mpsc::channel::<()>(), mpsc::channel());
        let own = Arc::clone(&hub);
        let thread = std::thread::spawn(move || {
            append(&own, &[1, 2, 3], b"");
            done.send(()).unwrap();
            let _ = wait.recv();
        });
        is_done.recv().unwrap();
        resting.push((release, thread));
    }
    assert_eq!(drain(&hub), 40 * 3);
    assert!(!hub.is_full());
    for (release, thread) in resting {
        drop(release);
        thread.join().unwrap();
    }
}

#[test]
fn what_nobody_has_read_fills_it_until_it_is_read() {
    let hub = hub(256 * KIB);
    let own = Arc::clone(&hub);
    let writer = std::thread::spawn(move || {
        for _ in 0..100 {
            append(&own, &[1], &[7; 8 * KIB]);
        }
    });
    writer.join().unwrap();
    assert!(hub.is_full());
    assert_eq!(drain(&hub), 100 * (1 + KIB));
    assert!(!hub.is_full());
}

#[test]
fn what_the_worker_holds_fills_it_by_bytes_and_by_spans() {
    let hub = hub(256 * KIB);
    for (bytes, spans, is_full) in [(0, 0, false), (256 * KIB, 0, true), (0, 1000, true), (0, 999, false)] {
        hub.set_held(bytes, spans, 0);
        assert_eq!(hub.is_full(), is_full, "{bytes} bytes, {spans} spans");
    }
}

#[test]
fn what_waits_for_the_destination_fills_it_until_it_is_taken() {
    let hub = hub(256 * KIB);
    hub.queued_spans().store(1000, Ordering::Relaxed);
    hub.set_held(0, 0, 0);
    assert!(hub.is_full());
    hub.queued_spans().store(0, Ordering::Relaxed);
    hub.set_held(0, 0, 0);
    assert!(!hub.is_full());
}

#[test]
fn ended_spans_are_counted_wherever_they_wait() {
    let hub = hub(256 * KIB);
    hub.set_held(0, 7, 5);
    hub.queued_spans().store(20, Ordering::Relaxed);
    assert_eq!(hub.undelivered_spans(), 25);
    let own = Arc::clone(&hub);
    let (go_on, wait) = mpsc::channel::<()>();
    let (done, is_done) = mpsc::channel();
    let writer = std::thread::spawn(move || {
        for round in 0..2 {
            // More than one chunk.
            for span in 1..=1000 {
                append(&own, &Head::start(3, [0, 1], span, 0, 1, 0, 0), b"abc");
                append(&own, &Head::end(0, span, 2, true), b"");
            }
            append(&own, &Head::start(0, [0, 1], 2000 + round, 0, 1, 0, 0), b"");
            done.send(()).unwrap();
            let _ = wait.recv();
        }
    });
    is_done.recv().unwrap();
    assert_eq!(hub.undelivered_spans(), 25 + 1000);
    drain(&hub);
    assert_eq!(hub.undelivered_spans(), 25);
    go_on.send(()).unwrap();
    is_done.recv().unwrap();
    assert_eq!(hub.undelivered_spans(), 25 + 1000);
    drop(go_on);
    writer.join().unwrap();
}
