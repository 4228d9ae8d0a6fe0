//! `flush()` and the end of the process, from everywhere a program may call it, beside a destination that is well, one
//! that is dead and one that hangs: never beyond the deadline, never a panic, and what is not delivered is on disk, said
//! so in the report, and delivered by the next process or by `mlflow-trace drain`.

use std::time::{Duration, Instant};

use crate::fan_out::dead_address;
use crate::program::{Reported as _, sends, tool};
use crate::support::{Folder, Process, Ran, Receiver, Reply, Verdict, rust_program};

const PLACES: [&str; 10] = [
    "no-runtime",
    "current-thread",
    "current-thread-task",
    "multi-1",
    "multi-n",
    "nested",
    "drop",
    "panic-hook",
    "smol",
    "after-the-runtime",
];

/// Each place makes one trace of two spans, or two of one.
const SPANS: u64 = 2;
/// How long the flush may take.
const LIMIT: Duration = Duration::from_millis(1500);
/// What a busy machine may add to any time.
const SLACK: Duration = Duration::from_millis(1500);
/// The end of the process is held up no longer than this.
const END: Duration = Duration::from_secs(5);

fn flushes(place: &str, address: &str, folder: &Folder) -> Process {
    rust_program("flushes")
        .arg(place)
        .arg(LIMIT.as_millis().to_string())
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"))
        .env("OTEL_METRICS_EXPORTER", "none")
        .env("MLFLOW_TRACE_SPOOL_DIRECTORY", folder.file("spool"))
        .env("OTEL_METRICS_EXPORTER", "none")
        .within(folder.path())
        .limit(Duration::from_secs(40))
}

/// All places at the same time, each in a folder of its own.
fn everywhere(name: &str, address: &str) -> Vec<(&'static str, Folder, Ran)> {
    let started: Vec<_> = PLACES
        .into_iter()
        .map(|place| {
            let folder = Folder::new(&format!("delivery-{name}-{place}"));
            let program = flushes(place, address, &folder).start();
            (place, folder, program)
        })
        .collect();
    started.into_iter().map(|(place, folder, program)| (place, folder, program.wait())).collect()
}

/// The program did its own work in time, and the flush was no longer than it was allowed.
#[track_caller]
fn assert_ended_well(place: &str, ran: &Ran) {
    assert!(ran.code == Some(0), "{place}\n{ran}");
    assert_eq!(ran.printed("result"), "42", "{place}\n{ran}");
    let took = Duration::from_millis(ran.number("took ms"));
    assert!(took < LIMIT + SLACK, "{place}: the flush took {took:?}\n{ran}");
    assert!(ran.took < LIMIT + END + SLACK, "{place}: the process took {:?}\n{ran}", ran.took);
    ran.sentences();
}

#[test]
fn with_a_destination_that_is_well_everything_arrives_at_once() {
    let receiver = Receiver::willing();
    let all = everywhere("flush-healthy", &receiver.server.address().to_string());
    for (place, folder, ran) in &all {
        assert_ended_well(place, ran);
        assert_eq!(ran.printed("complete"), "true", "{place}\n{ran}");
        assert_eq!(ran.number("delivered"), SPANS, "{place}\n{ran}");
        assert!(ran.stderr.is_empty(), "{place}\n{ran}");
        let spool = folder.file("spool");
        let files = std::fs::read_dir(spool).map_or(0, |entries| entries.count());
        assert!(files <= 1, "{place}: something waits\n{ran}");
    }
    assert_eq!(receiver.spans().len() as u64, SPANS * PLACES.len() as u64);
}

#[test]
fn with_a_dead_destination_everything_is_on_disk_and_the_next_process_delivers_it() {
    let address = dead_address();
    let all = everywhere("flush-dead", &address);
    for (place, _, ran) in &all {
        assert_ended_well(place, ran);
        assert_on_disk(place, ran);
        assert_eq!(ran.printed("answered"), "true", "a dead destination is seen at once: {place}\n{ran}");
        assert!(ran.took < LIMIT + SLACK, "{place}: a dead destination holds nothing up\n{ran}");
    }
    assert_delivered_later(&address, &all);
}

#[test]
fn with_a_hanging_destination_the_deadline_holds_and_the_next_process_delivers() {
    let hanging = Receiver::judging(|_, _| Verdict::Refuse(Reply::never()));
    let address = hanging.server.address().to_string();
    let all = everywhere("flush-hanging", &address);
    for (place, _, ran) in &all {
        assert_ended_well(place, ran);
        assert_on_disk(place, ran);
    }
    drop(hanging);
    assert_delivered_later(&address, &all);
}

#[track_caller]
fn assert_on_disk(place: &str, ran: &Ran) {
    assert_eq!(ran.printed("complete"), "false", "{place}\n{ran}");
    let counts = (ran.number("delivered"), ran.number("spooled"), ran.number("dropped"));
    assert_eq!(counts, (0, SPANS, 0), "{place}\n{ran}");
    assert_eq!(ran.number("on disk by the statistics"), SPANS, "{place}\n{ran}");
}

/// Half of the folders are emptied by the next program, half by the command line tool; each trace comes once.
#[track_caller]
fn assert_delivered_later(address: &str, all: &[(&str, Folder, Ran)]) {
    let receiver = Receiver::at(address);
    let url = format!("http://{address}");
    let mut expected = 0;
    for (index, (place, folder, _)) in all.iter().enumerate() {
        let start = Instant::now();
        expected += SPANS as usize;
        if index % 2 == 0 {
            let next =
                sends(folder, &["send=1", "until-empty=10000"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", &url);
            next.run().untouched(1);
            expected += 5;
        } else {
            let drain = tool(folder, &["drain"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", &url).run().quiet(0);
            assert!(
                drain.stdout.contains("traces delivered") || drain.stdout.contains("1 traces"),
                "{drain}"
            );
        }
        let spans = receiver.spans();
        assert_eq!(spans.len(), expected, "{place}");
        assert!(start.elapsed() < Duration::from_secs(10), "{place}");
    }
    let ids: std::collections::BTreeSet<_> =
        receiver.spans().into_iter().map(|span| (span.trace, span.id)).collect();
    assert_eq!(ids.len(), expected, "spans came twice");
}
