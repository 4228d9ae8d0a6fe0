//! What the command line tool prints for a database with three traces, and for none.
#![allow(clippy::expect_used, reason = "a test that can't be set up has to fail loudly")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use mlflow::{SpanType, StatusCode, TokenUsage};

/// A database with three traces, the newest of them a failure inside a success.
static STORE: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = empty_folder("three-traces");
    let file = folder.join("mlflow.db");
    let uri = format!("sqlite:///{}", file.display());
    let _guard =
        mlflow::init().tracking_uri(uri).start().expect("nothing has started tracing in this process");
    for name in ["first", "second"] {
        mlflow::span(name).run(|_| ());
        // MLflow's database tells traces apart by the millisecond in which they began.
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    mlflow::span("third").inputs("how \u{1b}[31mred?").run(|span| {
        mlflow::update_current_trace().user("u-1").session("s-1").tag("tier", "gold");
        span.set_outputs(u64::MAX);
        mlflow::span("ask").span_type(SpanType::Llm).run(|span| {
            span.set_token_usage(TokenUsage::new(30, 12));
            span.set_status(StatusCode::Error, "too busy");
        });
    });
    assert!(mlflow::flush().is_complete());
    file
});

fn empty_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command-line").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("the target folder can be written");
    folder
}

fn tool(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mlflow-trace"));
    command.current_dir(folder).env_remove("MLFLOW_TRACKING_URI").env_remove("NO_COLOR");
    command
}

fn run(arguments: &[&str]) -> Output {
    let folder = STORE.parent().expect("the file lies in a folder");
    tool(folder).args(arguments).output().expect("the tool starts")
}

fn printed(arguments: &[&str]) -> String {
    let output = run(arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the tool prints UTF-8")
}

fn json(arguments: &[&str]) -> serde_json::Value {
    serde_json::from_str(&printed(arguments)).expect("the tool prints JSON")
}

#[test]
fn list_shows_the_newest_first_with_state_spans_tokens_and_preview() {
    let text = printed(&["list"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    for words in ["ID", "NAME", "STATE", "DURATION", "SPANS", "TOKENS", "REQUEST"] {
        assert!(lines[0].contains(words), "{text}");
    }
    let third: Vec<&str> = lines[1].split_whitespace().collect();
    assert!(third[0].starts_with("tr-") && third[1..3] == ["third", "OK"], "{text}");
    assert!(lines[1].contains("  2      42      \"how"), "{text}");
    assert!(lines[2].contains("second") && lines[3].contains("first"), "{text}");
}

#[test]
fn list_is_limited_by_n() {
    assert_eq!(printed(&["list", "-n", "1"]).lines().count(), 2);
    assert_eq!(json(&["list", "-n", "2", "--json"]).as_array().map(Vec::len), Some(2));
}

#[test]
fn show_prints_the_newest_trace_as_a_plain_tree_in_a_pipe() {
    let text = printed(&["show"]);
    assert_eq!(text, printed(&["show", "last"]));
    for words in ["2 spans", "42 tokens", "user=u-1  session=s-1  tier=gold", "└─ ask", "LLM", "█"] {
        assert!(text.contains(words), "{words} is missing in\n{text}");
    }
    assert!(text.contains("out 18446744073709551615\n"), "{text}");
    assert!(text.contains("error too busy\n"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
}

#[test]
fn show_takes_an_id_as_list_prints_it() {
    let list = json(&["list", "--json"]);
    let id = list[2]["trace_id"].as_str().expect("every trace has an id");
    assert!(printed(&["show", id]).contains("first"));
}

#[test]
fn json_keeps_recorded_values_digit_by_digit() {
    let text = printed(&["show", "last", "--json"]);
    assert!(text.contains("\"outputs\": 18446744073709551615"), "{text}");
    let trace: serde_json::Value = serde_json::from_str(&text).expect("the tool prints JSON");
    assert_eq!(trace["spans"][0]["inputs"], "how \u{1b}[31mred?");
    assert_eq!(trace["spans"][1]["status_message"], "too busy");
    assert_eq!(trace["token_usage"]["total_tokens"], 42);
    assert_eq!(trace["session"], "s-1");
}

#[test]
fn the_store_may_be_named_as_path_or_as_uri_or_by_the_environment() {
    let elsewhere = empty_folder("elsewhere");
    let path = STORE.display().to_string();
    let uri = format!("sqlite:///{path}");
    for arguments in [["list", "--store", &path], ["list", "--store", &uri]] {
        let output = tool(&elsewhere).args(arguments).output().expect("the tool starts");
        assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 4, "{arguments:?}");
    }
    let output =
        tool(&elsewhere).arg("list").env("MLFLOW_TRACKING_URI", &uri).output().expect("the tool starts");
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 4);
}

#[test]
fn what_is_not_there_is_one_sentence_and_exit_code_1() {
    let nothing = empty_folder("nothing");
    let no_file = tool(&nothing).arg("list").output().expect("the tool starts");
    let cases = [
        (no_file, "mlflow.db"),
        (run(&["show", "tr-00000000000000000000000000000001"]), "There is no trace tr-0000"),
        (run(&["show", "five"]), "`five` is not a trace id"),
        (run(&["list", "--store", "http://localhost:5000"]), "not a local database"),
    ];
    for (output, words) in cases {
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(output.stdout.is_empty() && said.lines().count() == 1 && said.contains(words), "{said}");
    }
    assert!(
        std::fs::read_dir(&nothing).expect("the folder is there").next().is_none(),
        "looking must leave no file"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let folder = STORE.parent().expect("the file lies in a folder");
    let mut child = tool(folder)
        .args(["show", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the tool ends");
    assert!(
        output.status.success() && output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
