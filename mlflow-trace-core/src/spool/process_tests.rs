//! Real processes at one queue: they append, are killed, and take over from one another at the same time.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use super::tests::{Folder, trace_number};
use super::*;

const LIMIT: u64 = 1 << 30;

/// This test binary again, as a process that does what one of the ignored tests below says.
fn start(role: &str, folder: &Folder, first: u64) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture", &format!("spool::process_tests::{role}")])
        .env("SPOOL_TEST_FOLDER", &folder.0)
        .env("SPOOL_TEST_FIRST", first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    (child, output)
}

fn spool() -> Spool {
    let folder = std::env::var_os("SPOOL_TEST_FOLDER").expect("another test starts this one");
    Spool::new(Path::new(&folder), "d", LIMIT)
}

/// Numbers that a process printed behind a word; the last line may be cut off.
fn numbers(lines: &[String], word: &str) -> Vec<u64> {
    lines.iter().filter_map(|line| line.strip_prefix(word)?.strip_suffix('.')?.parse().ok()).collect()
}

fn lines(output: BufReader<ChildStdout>) -> Vec<String> {
    output.lines().map_while(Result::ok).collect()
}

#[test]
#[ignore = "a process of another test"]
#[allow(clippy::print_stdout, reason = "a process of a test says what it did")]
fn appends_until_it_is_killed() {
    let first: u64 = std::env::var("SPOOL_TEST_FIRST").unwrap().parse().unwrap();
    let mut spool = spool();
    for number in first.. {
        spool.append(&trace_number(number), &Experiment::Default).unwrap();
        println!("\nappended {number}.");
    }
}

#[test]
#[ignore = "a process of another test"]
#[allow(clippy::print_stdout, reason = "a process of a test says what it did")]
fn takes_over_and_delivers() {
    let mut spool = spool();
    let mut empty_looks = 0;
    while empty_looks < 20 {
        spool.adopt();
        let entries = spool.oldest(50, usize::MAX);
        empty_looks = if entries.is_empty() { empty_looks + 1 } else { 0 };
        for entry in &entries {
            println!("\ndelivered {}.", entry.trace.info.start_unix_nanos);
        }
        spool.settle(&entries.iter().map(|entry| entry.position).collect::<Vec<_>>());
        std::thread::sleep(Duration::from_millis(if entries.is_empty() { 20 } else { 0 }));
    }
    assert_eq!(spool.take_remarks(), Vec::<String>::new());
}

#[test]
fn what_killed_processes_left_is_delivered_once_though_two_others_contend_for_it() {
    let folder = Folder::new();
    let (first_taker, first_output) = start("takes_over_and_delivers", &folder, 0);
    let mut written = Vec::new();
    for round in 0..6 {
        let (mut child, output) = start("appends_until_it_is_killed", &folder, round * 1_000_000);
        std::thread::sleep(Duration::from_millis(100 + round * 7));
        child.kill().unwrap();
        child.wait().unwrap();
        written.extend(numbers(&lines(output), "appended "));
    }
    let (second_taker, second_output) = start("takes_over_and_delivers", &folder, 0);
    let (first, second) = (lines(first_output), lines(second_output));
    for mut taker in [first_taker, second_taker] {
        assert!(taker.wait().unwrap().success());
    }
    let mut delivered = numbers(&first, "delivered ");
    delivered.extend(numbers(&second, "delivered "));
    delivered.sort_unstable();
    let count = delivered.len();
    delivered.dedup();
    assert_eq!(delivered.len(), count, "something was delivered twice");
    assert!(written.len() > 100, "{} were written", written.len());
    for number in &written {
        assert!(delivered.binary_search(number).is_ok(), "{number} was lost");
    }
    // At most the last one of each killed process was written and not said.
    assert!(count <= written.len() + 6, "{count} of {}", written.len());
    assert!(fs::read_dir(folder.0.join(fingerprint("d"))).unwrap().next().is_none());
}
