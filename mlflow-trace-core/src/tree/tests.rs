//! Tests of the tree printer.

use super::*;
use crate::model::{Json, SpanType, Status, TokenUsage, TraceId};

const MS: u64 = 1_000_000;

fn span(id: u64, parent: u64, name: &str, from_ms: u64, to_ms: u64) -> Span {
    Span {
        trace_id: TraceId::from_u128(7).unwrap(),
        span_id: SpanId::from_u64(id).unwrap(),
        parent_id: SpanId::from_u64(parent),
        name: name.to_owned(),
        span_type: SpanType::Tool,
        start_unix_nanos: from_ms * MS,
        end_unix_nanos: to_ms * MS,
        status: Status { code: StatusCode::Ok, message: String::new() },
        attributes: Vec::new(),
        events: Vec::new(),
        links: Vec::new(),
    }
}

fn trace(spans: Vec<Span>) -> Trace {
    let mut info = TraceInfo::new(TraceId::from_u128(7).unwrap());
    info.duration_nanos = Some(100 * MS);
    Trace::new(info, spans, crate::model::Completeness::Whole)
}

#[allow(clippy::needless_pass_by_value, reason = "reads better at its calls")]
fn lines(tree: Tree<'_>) -> Vec<String> {
    tree.to_string().lines().map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn children_stand_below_their_parent_in_the_order_of_their_starts() {
    let trace = trace(vec![
        span(1, 0, "answer", 0, 100),
        span(3, 1, "complete", 50, 100),
        span(2, 1, "retrieve", 0, 50),
        span(4, 2, "score", 25, 50),
    ]);
    assert_eq!(
        lines(trace.tree().width(60)),
        [
            "tr-00000000000000000000000000000007  OK  100.0 ms  4 spans",
            "answer       TOOL  OK     100.0 ms  ████████████████████████",
            "├─ retrieve  TOOL  OK      50.0 ms  ████████████",
            "│  └─ score  TOOL  OK      25.0 ms        ██████",
            "└─ complete  TOOL  OK      50.0 ms              ████████████",
        ]
        .map(str::to_owned)
    );
}

#[test]
fn values_and_errors_stand_below_the_span_and_are_cut_to_the_width() {
    let mut failed = span(1, 0, "call", 0, 1);
    failed.status = Status { code: StatusCode::Error, message: "no such\nfile".to_owned() };
    failed.attributes = vec![
        (keys::SPAN_INPUTS.to_owned(), Json::from_valid(format!("{{\"text\": \"{}\"}}", "x".repeat(500)))),
        (keys::TRACE_REQUEST_ID.to_owned(), Json::string("hidden")),
        ("k".to_owned(), Json::from_valid("5".to_owned())),
    ];
    let trace = trace(vec![failed]);
    let text = trace.tree().width(50).values(true).to_string();
    assert!(text.contains("    in {\"text\": \"xxx"), "{text}");
    assert!(text.contains("    k 5\n"), "{text}");
    assert!(text.contains("    error no such file\n"), "{text}");
    assert!(!text.contains("hidden"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 60), "{text}");
    assert!(trace.tree().to_string().contains("error no such file"), "errors show without values too");
}

#[test]
fn an_orphan_and_a_cycle_are_printed_once() {
    let trace =
        trace(vec![span(1, 99, "orphan", 0, 1), span(2, 3, "ring a", 0, 1), span(3, 2, "ring b", 1, 2)]);
    let text = trace.tree().to_string();
    for name in ["orphan", "ring a", "ring b"] {
        assert_eq!(text.matches(name).count(), 1, "{text}");
    }
}

#[test]
fn a_very_deep_tree_is_printed_without_running_off_the_page() {
    let spans = (1..=5_000).map(|id| span(id, id - 1, "step", id, 10_000)).collect();
    let trace = trace(spans);
    let text = trace.tree().width(80).to_string();
    assert_eq!(text.lines().count(), 5_001);
    assert!(text.lines().all(|line| line.chars().count() <= 90));
}

#[test]
fn control_characters_of_a_trace_do_not_reach_the_terminal() {
    let trace = trace(vec![span(1, 0, "a\x1b[2Jb\u{9b}", 0, 1)]);
    let text = trace.tree().values(true).to_string();
    assert!(!text.contains('\x1b') && !text.contains('\u{9b}'), "{text:?}");
}

#[test]
fn colour_comes_only_when_asked_for() {
    let trace = trace(vec![span(1, 0, "a", 0, 1)]);
    assert!(!trace.tree().to_string().contains('\x1b'));
    assert!(trace.tree().color(true).to_string().contains("\x1b[32mOK\x1b[0m"));
}

#[test]
fn the_header_shows_tokens_user_session_and_the_users_tags() {
    let mut trace = trace(Vec::new());
    trace.info.token_usage = Some(TokenUsage::new(3, 4));
    trace.info.session = Some("s-1".to_owned());
    trace.info.metadata.insert(keys::META_TRACE_USER.to_owned(), "u-1".to_owned());
    trace.info.tags.insert("tier".to_owned(), "gold".to_owned());
    trace.info.tags.insert(keys::TAG_TRACE_NAME.to_owned(), "hidden".to_owned());
    let text = trace.tree().to_string();
    assert!(text.contains("  0 spans  7 tokens\nuser=u-1  session=s-1  tier=gold\n"), "{text}");
}

#[test]
fn durations_are_written_in_a_unit_that_suits_them() {
    let text = |nanos| format_duration(Duration::from_nanos(nanos));
    assert_eq!(text(0), "0 ns");
    assert_eq!(text(999), "999 ns");
    assert_eq!(text(1_500), "1.5 µs");
    assert_eq!(text(999_960), "1.0 ms");
    assert_eq!(text(20_100_000), "20.1 ms");
    assert_eq!(text(1_250_000_000), "1.25 s");
    assert_eq!(text(59_999_000_000), "1 min 0 s");
    assert_eq!(text(125_000_000_000), "2 min 5 s");
}
