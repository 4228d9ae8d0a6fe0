//! When memory counts as full.

use std::sync::mpsc;

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
        hub.set_held(bytes, spans);
        assert_eq!(hub.is_full(), is_full, "{bytes} bytes, {spans} spans");
    }
}
