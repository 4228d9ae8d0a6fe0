//! Traces out of the journal of a process that has ended.

use super::*;
use crate::buffer::journal::{Journal, SettleMark};
use crate::buffer::{Limits, append};
use crate::model::{Completeness, Trace, TraceState};

const LIMITS: Limits = Limits { memory_bytes: 64 << 20, spans: 1000, span_bytes: 1 << 20 };

/// Runs `record` as a process that ends, and says what the next one finds.
fn recovered(name: &str, record: impl FnOnce(&Arc<Hub>, &Arc<Journal>) + Send) -> Vec<Trace> {
    recovered_by(&Arc::default(), name, record)
}

fn recovered_by(
    source: &Arc<Source>,
    name: &str,
    record: impl FnOnce(&Arc<Hub>, &Arc<Journal>) + Send,
) -> Vec<Trace> {
    let folder = std::env::temp_dir().join(format!("mlflow-trace-recover-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    // A thread of its own, whose hold on the journal ends with it.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let journal = Journal::begin(&folder, 64 << 20).unwrap();
            record(&Arc::new(Hub::new(LIMITS).with_journal(Arc::clone(&journal))), &journal);
        });
    });
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    let mut found = Vec::new();
    // Another test may start a process at this moment, which has our lock until it is another program.
    while !journal_folders(&folder).is_empty() && std::time::Instant::now() < end {
        let mut recovery = Recovery::new(&folder);
        found.extend(recovery.next(source, LIMITS).iter().map(|finished| finished.build()));
        assert_eq!(recovery.take_remarks(), Vec::<String>::new());
    }
    assert!(journal_folders(&folder).is_empty(), "what is delivered is removed");
    let _ = std::fs::remove_dir_all(&folder);
    found
}

fn start(hub: &Arc<Hub>, span: u64, parent: u64, time: u64) {
    append(hub, &Head::start(0, [0, 1], span, parent, time, 0, 0), b"");
}

fn end(hub: &Arc<Hub>, span: u64, time: u64) {
    append(hub, &Head::end(0, span, time, true), b"");
}

#[test]
fn a_trace_whose_root_had_ended_is_whole() {
    let found = recovered("whole", |hub, _| {
        start(hub, 1, 0, 10);
        start(hub, 2, 1, 20);
        end(hub, 2, 30);
        end(hub, 1, 40);
    });
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].spans.len(), found[0].completeness), (2, Completeness::Whole));
    assert_eq!(found[0].info.duration_nanos, Some(30));
    let wall = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos() as u64;
    assert!(
        found[0].info.start_unix_nanos.abs_diff(wall) < 3600 * 1_000_000_000,
        "{}",
        found[0].info.start_unix_nanos
    );
}

#[test]
fn finished_children_of_a_root_that_never_ended_are_a_trace_in_progress() {
    let found = recovered("open", |hub, _| {
        start(hub, 1, 0, 10);
        start(hub, 2, 1, 20);
        end(hub, 2, 30);
        start(hub, 3, 1, 40);
    });
    assert_eq!((found.len(), found[0].info.state), (1, TraceState::InProgress));
    assert_eq!(found[0].spans.len(), 1);
}

#[test]
fn what_is_settled_is_left_out_and_the_rest_joins_it_later() {
    let found = recovered("settled", |hub, journal| {
        start(hub, 1, 0, 10);
        start(hub, 2, 1, 20);
        end(hub, 2, 30);
        drop(SettleMark::new(journal.settled(), 1, Box::new([2]), 10));
        end(hub, 1, 40);
    });
    assert_eq!((found.len(), found[0].completeness), (1, Completeness::LateSpans));
    assert_eq!(found[0].spans.iter().map(|span| span.span_id.to_u64()).collect::<Vec<_>>(), [1]);
}

#[test]
fn when_all_is_settled_nothing_comes_back() {
    let found = recovered("nothing", |hub, journal| {
        start(hub, 1, 0, 10);
        end(hub, 1, 40);
        drop(SettleMark::new(journal.settled(), 1, Box::new([1]), 10));
    });
    assert!(found.is_empty());
}

#[test]
fn a_span_that_one_thread_began_and_another_ended_is_there() {
    let found = recovered("threads", |hub, _| {
        start(hub, 1, 0, 10);
        std::thread::scope(|scope| {
            scope.spawn(|| end(hub, 1, 20));
        });
    });
    assert_eq!((found.len(), found[0].spans.len()), (1, 1));
}

#[test]
fn what_a_destination_did_not_take_in_its_time_comes_back() {
    let found = recovered("stays", |hub, journal| {
        start(hub, 1, 0, 10);
        end(hub, 1, 40);
        let mark = SettleMark::new(journal.settled(), 1, Box::new([1]), 10);
        mark.stay().store(true, std::sync::atomic::Ordering::Relaxed);
        drop(mark);
        assert_eq!(hub.left_spans(), 1);
    });
    assert_eq!((found.len(), found[0].spans.len()), (1, 1));
}

#[test]
fn what_a_value_refers_to_comes_back_with_it() {
    use crate::buffer::record::push_with;
    use crate::buffer::record::{
        AttachedKind, Section, attached_mark, push_id, push_number, push_tag, push_text,
    };
    use crate::buffer::tape::Op;

    // Larger than all values of a span may be.
    let content = Arc::new(vec![7; LIMITS.span_bytes + 1]);
    let given = Arc::clone(&content);
    let found = recovered("attached", move |hub, _| {
        start(hub, 1, 0, 10);
        hub.attach(1, 1, 20, 5, &given);
        let mut payload = Vec::new();
        push_tag(&mut payload, Section::Returned);
        push_with(&mut payload, |out| {
            out.push(Op::Text as u8);
            push_text(out, &attached_mark(5));
        });
        push_tag(&mut payload, Section::Attached);
        push_id(&mut payload, 5);
        push_number(&mut payload, AttachedKind::Attachment as u64);
        push_number(&mut payload, given.len() as u64);
        push_text(&mut payload, "image/png");
        append(hub, &Head::end(payload.len(), 1, 20, false), &payload);
    });
    let [attachment] = &found[0].attachments[..] else { panic!("{found:?}") };
    assert_eq!(attachment.shared_content(), &content);
    let reference = format!("\"{}\"", attachment.reference(found[0].info.trace_id));
    assert_eq!(found[0].spans[0].outputs().unwrap().as_str(), reference);
}

#[test]
fn a_recovered_trace_names_the_program_that_recorded_it_and_follows_the_rules_of_this_one() {
    let redactors = vec![crate::policy::Redactor::new().pattern("secret")];
    let source = Arc::new(Source { name: "the tool".into(), redactors, ..Source::default() });
    let found = recovered_by(&source, "source", |hub, journal| {
        journal.keep_source(&Source { name: "the secret program".into(), ..Source::default() }.texts());
        start(hub, 1, 0, 10);
        end(hub, 1, 40);
    });
    let said = format!("{:?}", found[0].info);
    assert!(said.contains("the [redacted] program") && !said.contains("the tool"), "{said}");
}
