//! The journal of durable programs beside destinations: what they could not send stays there, and the tool delivers it.

use crate::fan_out::dead_address;
use crate::program::{Reported as _, sends, tool};
use crate::support::{Folder, Process, Receiver, stored_traces};

/// Durable, without a disk queue.
fn durable(process: Process, folder: &Folder) -> Process {
    journal_alone(process, folder).env("MLFLOW_TRACE_DURABLE", "true")
}

fn journal_alone(process: Process, folder: &Folder) -> Process {
    process.env("MLFLOW_TRACE_SPOOL_DIRECTORY", "off").env("XDG_STATE_HOME", folder.file("state"))
}

#[test]
fn what_a_durable_program_could_not_send_is_said_to_be_in_its_journal_and_the_tool_delivers_it_once() {
    let folder = Folder::new("delivery-durable-outage");
    let address = dead_address();
    let endpoint = |process: Process| process.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}"));
    let ran = endpoint(durable(sends(&folder, &["send=10"]), &folder)).run().untouched(10);
    let said = ran.sentences();
    assert!(said.iter().any(|line| line.contains("50 spans stay in the journal in ")), "{ran}");
    assert!(said.iter().all(|line| !line.contains("lost")), "{ran}");
    let receiver = Receiver::at(&address);
    let drain = || endpoint(journal_alone(tool(&folder, &["drain"]), &folder)).run().quiet(0);
    let drained = drain();
    assert!(drained.stdout.contains(": 10 traces delivered"), "{drained}");
    receiver.assert_has_once(10);
    assert!(!drain().stdout.contains("traces delivered"), "it was delivered before");
    receiver.assert_has_once(10);
}

#[test]
fn the_next_durable_program_delivers_what_one_could_not_send() {
    let folder = Folder::new("delivery-durable-next");
    let address = dead_address();
    let run = |steps: &[&str]| {
        let program = durable(sends(&folder, steps), &folder);
        program.env("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}")).run()
    };
    run(&["send=10"]).untouched(10);
    let receiver = Receiver::at(&address);
    run(&["send=1", "until-empty=20000"]).untouched(1);
    receiver.assert_has_once(11);
}

/// Whether the tool had anything to deliver.
fn kill_and_drain() -> bool {
    let folder = Folder::new("delivery-durable-killed");
    let steps = ["send=30", "make=sent", "sleep=30000"];
    let mut program = durable(sends(&folder, &steps), &folder).start();
    program.wait_for_file(&folder.file("sent"));
    program.killed();
    let drained = journal_alone(tool(&folder, &["drain"]), &folder).run().quiet(0);
    let traces = stored_traces(&folder.file("mlflow.db"));
    assert_eq!(traces.len(), 30, "{drained}");
    assert!(traces.iter().all(|trace| trace.spans.len() == 5), "{drained}");
    drained.stdout.contains("mlflow.db: ") && drained.stdout.contains("traces delivered")
}

#[test]
fn the_tool_puts_into_the_local_file_what_a_killed_durable_program_left() {
    // A slow machine may deliver everything before the kill.
    assert!((0..20).any(|_| kill_and_drain()), "no kill left anything");
}
