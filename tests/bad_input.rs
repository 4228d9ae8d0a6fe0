//! Bad values, bad settings and bad disks: the program's own result is untouched, what is lost is said once in one
//! sentence, and nothing is lost that could be kept.
#![allow(clippy::unwrap_used, reason = "a test that can't be set up has to fail loudly")]

mod support;

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use support::{
    Folder, Process, Ran, StoredTrace, journal_is_consistent, python, rust_program, rust_program_path,
};
use support::{soak, stored_traces};

// ---- values

/// Runs one case of the program `bad_values`, whose own result must be as ever, and reads what was stored.
#[track_caller]
fn bad_value(case: &str) -> (Ran, Vec<StoredTrace>) {
    let folder = Folder::new(&format!("bad-{case}"));
    let ran = rust_program("bad_values").arg(case).within(folder.path()).run();
    assert!(ran.code == Some(7), "the program's own code is 7\n{ran}");
    assert_eq!(ran.printed("result"), "3", "{ran}");
    assert!(sentences(&ran) <= 1, "more than one sentence\n{ran}");
    let traces = stored_traces(&folder.file("mlflow.db"));
    for trace in &traces {
        assert_eq!(
            trace.status, "OK",
            "a value that can't be recorded is no failure of the call: {trace:#?}"
        );
    }
    (ran, traces)
}

/// How many lines on standard error are ours.
fn sentences(ran: &Ran) -> usize {
    ran.stderr.lines().filter(|line| line.starts_with("[mlflow-trace]")).count()
}

/// The recorded inputs of the first trace whose root has this name.
#[track_caller]
fn inputs<'a>(traces: &'a [StoredTrace], name: &str) -> &'a Value {
    let trace = traces.iter().find(|trace| trace.spans[0].name == name);
    let trace = trace.unwrap_or_else(|| panic!("no trace `{name}` in {traces:#?}"));
    assert_eq!(trace.spans[0].attributes["mlflow.spanInputs"]["before"], 1, "{trace:#?}");
    assert_eq!(trace.spans[0].attributes["mlflow.spanInputs"]["after"], 2, "{trace:#?}");
    &trace.spans[0].attributes["mlflow.spanInputs"]["value"]
}

/// Fails unless the value became a placeholder text and an event of the span tells why.
#[track_caller]
fn assert_placeholder(traces: &[StoredTrace], name: &str, why: &str) {
    assert!(inputs(traces, name).is_string(), "no placeholder: {traces:#?}");
    for trace in traces {
        let events = Value::from(trace.spans[0].events.clone()).to_string();
        assert!(events.contains(why), "no event says `{why}`: {trace:#?}");
    }
}

#[test]
fn a_serializer_that_errors_leaves_a_placeholder_and_an_event() {
    let (_, traces) = bad_value("serializer-error");
    assert_eq!(traces.len(), 2);
    assert_placeholder(&traces, "serialized", "this value has no JSON");
}

#[test]
fn a_serializer_that_panics_leaves_a_placeholder_and_an_event() {
    let (_, traces) = bad_value("serializer-panic");
    assert_eq!(traces.len(), 2);
    assert_placeholder(&traces, "serialized", "a serializer that panics");
}

#[test]
fn a_debug_that_panics_leaves_a_placeholder_and_an_event() {
    let (_, traces) = bad_value("debug-panic");
    assert_eq!(traces.len(), 1);
    assert_placeholder(&traces, "debugged", "a Debug that panics");
}

#[test]
fn numbers_that_json_does_not_know_become_texts() {
    let (ran, traces) = bad_value("nan");
    ran.quiet(7);
    assert_eq!(*inputs(&traces, "serialized"), json!(["NaN", "Infinity", "-Infinity", 0.5]));
    let returned = traces.iter().find(|trace| trace.spans[0].name == "returned").unwrap();
    assert_eq!(returned.spans[0].attributes["mlflow.spanOutputs"], json!(["NaN", 0.5]));
}

#[test]
fn map_keys_that_are_no_texts_become_texts() {
    let (ran, traces) = bad_value("odd-keys");
    ran.quiet(7);
    assert_eq!(traces.len(), 4);
    let mut values = Vec::new();
    for trace in &traces {
        let map = trace.spans[0].attributes["mlflow.spanInputs"]["value"].as_object().unwrap();
        let (key, value) = map.iter().next().unwrap();
        assert!(!key.is_empty(), "{trace:#?}");
        values.push(value.as_str().unwrap().to_owned());
    }
    assert_eq!(values, ["pair", "option", "bytes", "number"]);
    assert_eq!(traces[3].spans[0].attributes["mlflow.spanInputs"]["value"], json!({"7": "number"}));
}

#[test]
fn fifty_megabytes_are_cut_to_valid_json_without_a_copy_of_the_whole() {
    let (ran, traces) = bad_value("fifty-megabytes");
    assert_eq!(traces.len(), 4);
    for trace in &traces {
        // Reading it back at all says that it is valid JSON.
        let size = Value::from(trace.spans[0].attributes.clone()).to_string().len();
        assert!(size < 4 << 20, "{size} bytes of {} were stored", trace.spans[0].name);
    }
    let cut = inputs(&traces, "serialized").to_string();
    assert!(cut.len() > 1000 && cut.starts_with("\"ää"), "the beginning is kept: {cut:.100}");
    let end: String = cut.chars().rev().take(200).collect::<Vec<_>>().into_iter().rev().collect();
    let told = Value::from(traces[0].spans[0].events.clone()).to_string() + &end;
    assert!(told.contains("cut") || told.contains("truncated"), "nothing says that it was cut: {told}");
    let grown: u64 = ran.printed("grown by KiB").parse().unwrap();
    assert!(grown < 40 * 1024, "recording took {grown} KiB");
}

#[test]
fn a_debug_text_without_an_end_is_cut() {
    let (_, traces) = bad_value("cyclic-debug");
    let text = inputs(&traces, "debugged").as_str().unwrap();
    assert!(
        text.starts_with("Knot { name: \"first\"") && text.len() < 20_000,
        "{} bytes: {text:.80}",
        text.len()
    );
}

#[test]
fn a_value_that_is_nested_too_deep_is_cut() {
    let (_, traces) = bad_value("deep");
    assert_eq!(traces.len(), 1);
    assert_eq!(traces[0].spans[0].attributes["mlflow.spanInputs"]["after"], 2);
}

// ---- settings

/// Runs one traced call with a bad setting: it gives one sentence that names the setting, and the trace is kept.
#[track_caller]
fn bad_setting(variable: &str, value: &str) {
    let folder = Folder::new(&format!("bad-setting-{variable}-{}", value.len()));
    let ran = rust_program("switched").arg("once").env(variable, value).within(folder.path()).run();
    let ran = ran.succeeded();
    let sentence = ran.one_sentence();
    assert!(sentence.contains(variable) && sentence.contains(value), "{sentence}");
    let kept = stored_traces(&folder.file("mlflow.db"));
    assert_eq!(kept.len(), 1, "the trace is kept\n{ran}");
}

#[test]
fn a_sampling_ratio_that_is_no_number_is_said_and_ignored() {
    bad_setting("MLFLOW_TRACE_SAMPLING_RATIO", "lots");
}

#[test]
fn a_sampling_ratio_out_of_range_is_said_and_ignored() {
    bad_setting("MLFLOW_TRACE_SAMPLING_RATIO", "7.5");
}

#[test]
fn a_tracking_uri_of_an_unknown_kind_is_said_and_the_local_file_used() {
    bad_setting("MLFLOW_TRACKING_URI", "ftp://example.org");
}

#[test]
fn a_store_of_pythons_that_we_do_not_write_to_is_said_and_the_local_file_used() {
    bad_setting("MLFLOW_TRACKING_URI", "postgresql://db.example.org/mlflow");
}

#[test]
fn an_experiment_id_that_is_not_there_is_said_and_the_trace_kept() {
    bad_setting("MLFLOW_EXPERIMENT_ID", "4711");
}

#[test]
fn a_warning_on_a_closed_standard_error_does_no_harm() {
    let folder = Folder::new("bad-closed-stderr");
    let program = rust_program_path("switched");
    let shell = Process::new(Path::new("sh")).arg("-c").arg("exec \"$0\" once 2>&-").arg(program);
    shell.env("MLFLOW_TRACING_ENABLED", "perhaps").within(folder.path()).run().quiet(0);
    assert_eq!(stored_traces(&folder.file("mlflow.db")).len(), 1);
}

#[test]
fn an_old_mlruns_directory_that_hides_the_file_is_said() {
    let folder = Folder::new("bad-mlruns");
    fs::create_dir_all(folder.file("mlruns/0")).unwrap();
    fs::write(folder.file("mlruns/0/meta.yaml"), "experiment_id: '0'\n").unwrap();
    let ran = rust_program("switched").arg("once").within(folder.path()).run().succeeded();
    let sentence = ran.one_sentence();
    assert!(sentence.contains("mlruns") && sentence.contains("--backend-store-uri"), "{sentence}");
    assert_eq!(stored_traces(&folder.file("mlflow.db")).len(), 1);
}

// ---- disks

/// How many traces the program `writer` is asked for; each has five spans.
const TRACES: usize = 40;

/// A shell script in a mount namespace of its own, so that what it mounts ends with it; needs no rights.
fn with_mounts(folder: &Folder, script: &str, payload: usize) -> Process {
    let unshare = Process::new(Path::new("/usr/bin/unshare")).arg("--map-root-user").arg("--mount");
    let shell = unshare.arg("sh").arg("-ec").arg(script).arg(rust_program_path("writer"));
    let args = ["label", &TRACES.to_string(), "2", &payload.to_string()].map(str::to_owned);
    args.into_iter().fold(shell, Process::arg).env("WRITER_FLUSH", "1").within(folder.path())
}

/// The program's own result, and that its calls did not wait for the disk.
#[track_caller]
fn assert_program_untouched(ran: &Ran) {
    assert!(ran.code == Some(0), "the program failed\n{ran}");
    let slowest: u64 = ran.printed("slowest call in ms").parse().unwrap();
    assert!(slowest < 250, "a call waited {slowest} ms\n{ran}");
}

#[track_caller]
fn reported(ran: &Ran, name: &str) -> usize {
    ran.printed(name).parse().unwrap()
}

/// One sentence counts the loss, when it is certain. Before it, one may say that traces wait.
#[track_caller]
fn assert_said_once_how_much_is_lost(ran: &Ran, spans: usize) {
    let lost: Vec<&str> = ran.stderr.lines().filter(|line| line.contains("lost")).collect();
    assert!(lost.len() == 1 && lost[0].contains(&format!(" {spans} spans ")), "expected {spans} lost\n{ran}");
    assert!(lost[0].contains("mlflow.db"), "the sentence names the file\n{ran}");
    let others: Vec<&str> = ran.stderr.lines().filter(|line| !line.contains("lost")).collect();
    assert!(others.len() <= 1 && others.iter().all(|line| line.contains("wait")), "more words\n{ran}");
}

#[test]
fn an_unwritable_folder_is_said_once_and_every_loss_counted() {
    let folder = Folder::new("bad-unwritable");
    fs::create_dir(folder.file("closed")).unwrap();
    let script = "mount --bind closed closed; mount -o remount,ro,bind closed; cd closed; exec \"$0\" \"$@\"";
    let ran = with_mounts(&folder, script, 0).run();
    assert_program_untouched(&ran);
    assert_said_once_how_much_is_lost(&ran, TRACES * 5);
    assert_eq!(reported(&ran, "delivered"), 0, "{ran}");
    assert_eq!(reported(&ran, "dropped") + reported(&ran, "pending"), TRACES * 5, "{ran}");
}

#[test]
fn a_full_disk_keeps_what_fits_whole_and_counts_the_rest() {
    let folder = Folder::new("bad-full");
    fs::create_dir(folder.file("small")).unwrap();
    fs::create_dir(folder.file("kept")).unwrap();
    let script = "mount -t tmpfs -o size=4m tmpfs small; cd small; status=0; \"$0\" \"$@\" || status=$?; \
                  cp mlflow.db* ../kept/; exit $status";
    let ran = with_mounts(&folder, script, 200_000).run();
    assert_program_untouched(&ran);
    let file = folder.file("kept/mlflow.db");
    journal_is_consistent(&file);
    let kept = stored_traces(&file);
    assert!(!kept.is_empty() && kept.len() < TRACES, "{} of {TRACES} traces fitted", kept.len());
    for trace in &kept {
        assert_eq!(trace.spans.len(), 5, "half a trace: {}", trace.id);
    }
    assert_eq!(reported(&ran, "delivered"), kept.len() * 5, "{ran}");
    let lost = reported(&ran, "dropped") + reported(&ran, "pending");
    assert_eq!(lost, (TRACES - kept.len()) * 5, "{ran}");
    assert_said_once_how_much_is_lost(&ran, lost);
}

/// Makes a file with one trace and locks it for so many seconds.
fn locked_file(folder: &Folder, seconds: u32) -> support::Background {
    rust_program("writer").arg("before").arg("1").arg("0").arg("0").within(folder.path()).run().quiet(0);
    let ready = folder.file("locked");
    let file = folder.file("mlflow.db");
    let mut lock = python("lock.py").arg(file).arg(seconds.to_string()).arg(&ready).start();
    lock.wait_for_file(&ready);
    lock
}

#[test]
fn a_locked_database_is_waited_for_while_the_program_goes_on() {
    let folder = Folder::new("bad-locked");
    let lock = locked_file(&folder, if soak() { 60 } else { 8 });
    let released = folder.file("released");
    let writer = rust_program("writer").arg("label").arg(TRACES.to_string()).arg("2").arg("0");
    let writer = writer.env("WRITER_STAY", &released).env("WRITER_FLUSH", "1").within(folder.path()).start();
    lock.wait().quiet(0);
    fs::write(&released, "").unwrap();
    let ran = writer.wait();
    assert_program_untouched(&ran);
    assert!(sentences(&ran) <= 1, "{ran}");
    let (first, second) = (folder.file("mlflow.db"), folder.file("mlflow-trace.db"));
    journal_is_consistent(&first);
    assert_eq!(stored_traces(&first).len() + stored_traces(&second).len(), TRACES + 1, "{ran}");
    if !soak() {
        assert!(!second.exists(), "eight seconds are no reason to leave the file\n{ran}");
    }
    assert_eq!(reported(&ran, "dropped"), 0, "{ran}");
}

#[test]
fn a_program_that_ends_while_the_database_is_locked_leaves_its_traces_in_the_second_file() {
    let folder = Folder::new("bad-locked-at-exit");
    let lock = locked_file(&folder, 120);
    let writer = rust_program("writer").arg("label").arg(TRACES.to_string()).arg("2").arg("0");
    let ran = writer.within(folder.path()).run();
    assert_program_untouched(&ran);
    assert!(ran.took < Duration::from_secs(15), "the end was held up for {:?}", ran.took);
    let sentence = ran.one_sentence();
    assert!(sentence.contains("mlflow-trace.db"), "{sentence}");
    assert_eq!(stored_traces(&folder.file("mlflow-trace.db")).len(), TRACES, "{ran}");
    drop(lock);
    assert_eq!(stored_traces(&folder.file("mlflow.db")).len(), 1, "{ran}");
}

/// Runs the writer beside a file that can't be used: untouched it stays, and the traces are in the second file.
#[track_caller]
fn beside_a_bad_file(test: &str, content: &[u8]) {
    let folder = Folder::new(&format!("bad-{test}"));
    let file = folder.file("mlflow.db");
    fs::write(&file, content).unwrap();
    let writer = rust_program("writer").arg("label").arg(TRACES.to_string()).arg("2").arg("0");
    let ran = writer.env("WRITER_FLUSH", "1").within(folder.path()).run();
    assert_program_untouched(&ran);
    let sentence = ran.one_sentence();
    assert!(sentence.contains("mlflow-trace.db") && sentence.contains("mlflow ui"), "{sentence}");
    assert!(fs::read(&file).unwrap() == content, "the bad file was written to");
    assert_eq!(folder.names(), ["mlflow-trace.db", "mlflow.db"], "{ran}");
    journal_is_consistent(&folder.file("mlflow-trace.db"));
    assert_eq!(stored_traces(&folder.file("mlflow-trace.db")).len(), TRACES, "{ran}");
    assert_eq!(reported(&ran, "delivered"), TRACES * 5, "{ran}");
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    beside_a_bad_file("no-database", "this is my diary\n".repeat(1000).as_bytes());
}

#[test]
fn a_database_with_a_ruined_first_page_is_left_alone() {
    let mut content = b"SQLite format 3\0".to_vec();
    content.extend((0..20_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8));
    beside_a_bad_file("ruined-header", &content);
}

#[test]
fn a_database_with_ruined_later_pages_is_left_alone() {
    let made = Folder::new("bad-ruined-source");
    rust_program("writer").arg("before").arg("20").arg("0").arg("0").within(made.path()).run().quiet(0);
    let mut content = fs::read(made.file("mlflow.db")).unwrap();
    let pages = content.len() / 4096;
    for page in 1..pages {
        content[page * 4096..page * 4096 + 512].fill(0xa5);
    }
    beside_a_bad_file("ruined-pages", &content);
}
