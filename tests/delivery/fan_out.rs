//! Several destinations at once: one that is dead and one that hangs delay neither the file nor a server that is well,
//! nor the program's own calls, and take no memory without a bound.

use std::net::TcpListener;
use std::time::Duration;

use crate::program::{Reported as _, sends};
use crate::support::{Folder, Ran, Receiver, Reply, Verdict, say, soak, stored_traces};

/// A receiver that takes connections and requests, and never answers.
fn hanging() -> Receiver {
    Receiver::judging(|_, _| Verdict::Refuse(Reply::never()))
}

/// An address at which nobody listens.
pub(crate) fn dead_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn a_dead_and_a_hanging_destination_delay_no_other() {
    let (hanging, healthy) = (hanging(), Receiver::willing());
    let folder = Folder::new("delivery-fan-out");
    let (dead, hangs, well) = (
        format!("otlp=http://{}", dead_address()),
        format!("otlp={}", hanging.url()),
        format!("otlp={}", healthy.url()),
    );
    let steps = ["init", "send=20", "delivered=0/20", "delivered=3/20", "stats"];
    let steps = [[dead.as_str(), hangs.as_str(), well.as_str()].as_slice(), steps.as_slice()].concat();
    let ran = sends(&folder, &steps).run().untouched(20);
    healthy.assert_has_once(20);
    let file = stored_traces(&folder.file("mlflow.db"));
    assert_eq!(file.len(), 20, "{ran}");
    assert!(file.iter().all(|trace| trace.spans.len() == 5), "{ran}");
    for waited in ["delivered 0 after ms", "delivered 3 after ms"] {
        // A time-out of the one that hangs takes ten seconds.
        assert!(ran.number(waited) < 3000, "{waited}\n{ran}");
    }
    let counts = |number| {
        let stats = ran.destination(number);
        let waits = stats["queued_traces"].as_u64().unwrap() + stats["spooled_traces"].as_u64().unwrap();
        (stats["delivered_traces"].as_u64().unwrap(), waits, stats["dropped"].as_array().unwrap().len())
    };
    assert_eq!([counts(1), counts(2), counts(3)], [(0, 20, 0), (0, 20, 0), (20, 0, 0)], "{ran}");
    // The next process delivers to the one that was dead.
    let back = Receiver::at(dead.trim_start_matches("otlp=http://"));
    let again = [dead.as_str(), "init", "send=1", "delivered=1/21"];
    sends(&folder, &again).run().untouched(1);
    back.assert_has_once(21);
}

#[test]
fn a_destination_that_hangs_without_a_disk_queue_takes_a_bounded_part_of_the_memory() {
    let hanging = hanging();
    let folder = Folder::new("delivery-bounded-memory");
    // 200 MB for a destination that may have 8 MiB of 16.
    let steps = ["bytes=20000", "pause=1", "send=200", "send=3000", "flush=500", "memory", "stats"];
    let ran = sends(&folder, &steps)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", hanging.url())
        .env("MLFLOW_TRACE_SPOOL_DIRECTORY", "off")
        .env("MLFLOW_TRACE_MAX_MEMORY_BYTES", (16 << 20).to_string())
        .run()
        .untouched(3200);
    let most = ran.number("memory at most in KiB");
    say(&format!("a hanging destination, 64 MB sent within a bound of 16 MiB: {most} KiB at most"));
    assert!(most < 64 << 10, "{most} KiB\n{ran}");
    let stats = ran.destination(0);
    let dropped: u64 = stats["dropped"].as_array().unwrap().iter().map(|one| one[1].as_u64().unwrap()).sum();
    let held = stats["queued_spans"].as_u64().unwrap();
    let before = ran.number("lost");
    let in_memory = ran.number("in memory");
    assert!(dropped > 0 && in_memory >= held, "{ran}");
    // Every span is somewhere: dropped and counted, or held.
    assert_eq!(dropped + before + in_memory, 3200 * 5, "{ran}");
    let said = ran.sentences().join("\n");
    assert!(said.contains("queue full") && said.contains("MLFLOW_TRACE_SPOOL_DIRECTORY"), "{ran}");
}

#[test]
fn a_disk_queue_that_is_full_drops_the_oldest_and_says_so() {
    let folder = Folder::new("delivery-bounded-disk");
    let bound = 1 << 20;
    let steps = ["bytes=20000", "pause=2", "send=200", "flush", "stats"];
    let address = dead_address();
    let to = |steps: &[&str]| {
        sends(&folder, steps)
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"))
            .env("MLFLOW_TRACE_SPOOL_MAX_BYTES", bound.to_string())
            .run()
    };
    let ran = to(&steps).untouched(200);
    let stats = ran.destination(0);
    let kept = stats["spooled_traces"].as_u64().unwrap();
    assert!(stats["spooled_bytes"].as_u64().unwrap() <= bound, "{ran}");
    assert!((10..=60).contains(&kept), "{kept} traces of 20 kB in a MiB\n{ran}");
    assert_eq!(stats["dropped"], serde_json::json!([["disk queue full", (200 - kept) * 5]]), "{ran}");
    assert!(ran.stderr.contains("MLFLOW_TRACE_SPOOL_MAX_BYTES"), "{ran}");
    let back = Receiver::at(&address);
    to(&["send=0", "send=1", "until-empty=20000"]).untouched(1);
    back.assert_has_once(kept as usize + 1);
}

/// How long the traced calls took in one run at a steady pace: the median and p99, in ns.
fn pace(name: &str, receiver: &Receiver, seconds: u32) -> (u64, u64) {
    let folder = Folder::new(name);
    let rate = format!("rate=500/{seconds}");
    let ran: Ran = sends(&folder, &["bytes=200", &rate])
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url())
        .run()
        .untouched(u64::from(500 * seconds));
    (ran.number("median in ns"), ran.number("p99 in ns"))
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[test]
fn a_destination_that_never_answers_does_not_slow_the_traced_calls() {
    let (hanging, healthy) = (hanging(), Receiver::willing());
    let (rounds, seconds, bound) = if soak() { (15, 8, 1.1) } else { (3, 1, 2.0) };
    let (mut of_p99, mut of_median, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        // Each in turn goes first.
        let hangs = || pace("delivery-pace-hanging", &hanging, seconds);
        let well = || pace("delivery-pace-healthy", &healthy, seconds);
        let (with, without) = if round % 2 == 0 {
            let with = hangs();
            (with, well())
        } else {
            let without = well();
            (hangs(), without)
        };
        of_median.push(with.0 as f64 / without.0 as f64);
        of_p99.push(with.1 as f64 / without.1 as f64);
        shown.push((with.1, without.1));
    }
    let (p99, median) = (middle(of_p99), middle(of_median));
    say(&format!(
        "traced calls beside a destination that never answers ÷ beside one that is well, {rounds} rounds of {seconds} s: \
         p99 {p99:.3}, median {median:.3}; p99 in ns (hanging, healthy): {shown:?}"
    ));
    assert!(p99 <= bound, "p99 is {p99:.2} times that of the healthy case");
}

#[test]
fn an_end_beside_a_hanging_destination_is_not_held_up_beyond_its_limit() {
    let hanging = hanging();
    let folder = Folder::new("delivery-end-hanging");
    let ran =
        sends(&folder, &["send=3"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", hanging.url()).run().untouched(3);
    assert!(ran.took < Duration::from_secs(6), "the end took {:?}\n{ran}", ran.took);
}
