//! Several processes at one disk queue, and processes that are killed.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::fan_out::dead_address;
use crate::program::{Reported as _, sends, tool};
use crate::support::{Background, Folder, Receiver, Reply, Verdict, say, soak};

fn start(folder: &Folder, address: &str, steps: &[&str]) -> Background {
    sends(folder, steps).env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}")).start()
}

#[test]
fn processes_that_share_a_disk_queue_never_deliver_a_trace_twice() {
    let runs = if soak() { 25 } else { 2 };
    for run in 0..runs {
        let folder = Folder::new("delivery-shared-queue");
        let address = dead_address();
        for _ in 0..3 {
            let left = start(&folder, &address, &["send=30", "flush"]).wait().untouched(30);
            assert_eq!(left.number("spooled") % 150, 0, "{left}");
        }
        // Two more see the outage too and are still there when the receiver comes back; a third comes new, and the tool.
        let steps = ["send=20", "flush", "make=SELF", "wait=back", "send=5", "until-empty=20000"];
        let waiting: Vec<Background> = ["first", "second"]
            .map(|name| {
                let make = format!("make={name}");
                let mut steps = steps;
                steps[2] = &make;
                let mut process = start(&folder, &address, &steps);
                process.wait_for_file(&folder.file(name));
                process
            })
            .into();
        let receiver = Receiver::at_slowly(&address, Duration::from_millis(40));
        std::fs::write(folder.file("back"), "").unwrap();
        let new = start(&folder, &address, &["send=5", "until-empty=20000"]);
        let drain = tool(&folder, &["drain"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()).start();
        for process in waiting {
            process.wait().untouched(25);
        }
        new.wait().untouched(5);
        drain.wait().succeeded();
        // What the living held is theirs to deliver; nothing is left for one that comes later.
        let last =
            tool(&folder, &["drain"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()).run().quiet(0);
        assert!(last.stdout.contains("0 traces delivered"), "run {run}: {last}");
        receiver.assert_has_once(3 * 30 + 2 * 25 + 5);
    }
}

/// What a program that was killed had said about its traces: when each had ended, in microseconds since 1970.
fn made(stdout: &str) -> BTreeMap<String, u64> {
    let line = |line: &str| {
        let mut words = line.strip_prefix("made: ")?.split(' ').skip(1);
        let time = words.next()?.parse().ok()?;
        // A line that the kill cut is that of a trace that nobody was told of.
        let id = words.next().filter(|id| id.len() == "tr-".len() + 32)?;
        Some((id.trim_start_matches("tr-").to_owned(), time))
    };
    stdout.lines().filter_map(line).collect()
}

fn micros() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as u64
}

/// Kills the program at several moments and counts what is missing after the tool has delivered what was left.
fn killed(name: &str, is_well: bool) {
    let runs = if soak() { 40 } else { 4 };
    let (mut worst, mut lost_in_all, mut made_in_all, mut twice) = (0, 0, 0, 0);
    for run in 0..runs {
        let folder = Folder::new(&format!("delivery-killed-{name}"));
        let address = dead_address();
        let receiver = is_well.then(|| Receiver::at(&address));
        let program = start(&folder, &address, &["make=up", "say", "rate=300/30"]);
        // Moments that differ from run to run against the worker's own pace.
        std::thread::sleep(Duration::from_millis(500 + (run * 137) % 400));
        let (ran, killed_at) = program.kill_now(micros);
        assert_eq!(ran.code, None, "it was killed\n{ran}");
        let receiver = receiver.unwrap_or_else(|| Receiver::at(&address));
        let drained = tool(&folder, &["drain"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()).run();
        let drained = drained.quiet(0);
        let made = made(&ran.stdout);
        let arrived = receiver.traces();
        let lost = made.iter().filter(|(id, _)| !arrived.contains_key(*id));
        let ages: Vec<u64> = lost.map(|(_, time)| killed_at.saturating_sub(*time) / 1000).collect();
        assert!(made.len() > 50, "the program made too few traces to tell anything\n{ran}");
        worst = worst.max(ages.iter().copied().max().unwrap_or_default());
        lost_in_all += ages.len();
        made_in_all += made.len();
        twice += arrived.values().filter(|times| **times > 1).count();
        if !is_well {
            assert!(!drained.stdout.contains(": 0 traces delivered"), "nothing was on disk\n{drained}");
        }
    }
    say(&format!(
        "kill -9 beside a destination that is {name}, {runs} times: {lost_in_all} of {made_in_all} traces lost, the oldest of \
         them {worst} ms before the kill; {twice} came twice"
    ));
    // The window is 200 ms; a machine with more to do than processors runs the worker later.
    let window = if soak() { 250 } else { 500 };
    assert!(worst <= window, "a trace that had ended {worst} ms before the kill is lost");
}

#[test]
fn a_kill_loses_no_more_than_the_last_moments_beside_a_destination_that_is_well() {
    killed("well", true);
}

#[test]
fn a_kill_loses_no_more_than_the_last_moments_beside_a_destination_that_is_dead() {
    killed("dead", false);
}

#[test]
fn a_kill_loses_nothing_that_was_on_its_way_to_a_destination_that_hangs() {
    let hanging = Receiver::judging(|_, _| Verdict::Refuse(Reply::never()));
    let folder = Folder::new("delivery-killed-hanging");
    let address = hanging.server.address().to_string();
    let mut program = start(&folder, &address, &["send=40", "sleep=600", "make=up", "sleep=30000"]);
    program.wait_for_file(&folder.file("up"));
    drop(program);
    drop(hanging);
    let receiver = Receiver::at(&address);
    tool(&folder, &["drain"]).env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url()).run().quiet(0);
    receiver.assert_has_once(40);
}
