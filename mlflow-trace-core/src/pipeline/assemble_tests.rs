//! Joining records that are read in any order.

use super::*;
use crate::buffer::Limits;
use crate::buffer::record::{Section, push_tag, push_text};
use crate::model::{AssessmentChange, AssessmentId, Completeness, Feedback, TraceState};

const ROOT: u64 = 1;

fn hub() -> Hub {
    Hub::new(Limits { memory_bytes: 1 << 20, spans: 1000, span_bytes: 10_000 })
}

struct Reading {
    assembler: Assembler,
    hub: Hub,
}

impl Reading {
    fn new() -> Self {
        Self { assembler: Assembler::new(Arc::default()), hub: hub() }
    }

    fn change(&mut self, tag: Section, fields: &[&str], time: u64) {
        self.assembler.take(Head::Trace { trace_id: 7, time }, &about(tag, fields), &self.hub);
    }

    /// One reading of all logs, and what is done after it.
    fn pass(&mut self, records: &[Head]) -> Vec<Done> {
        self.assembler.begin_pass();
        for head in records {
            self.assembler.take(*head, b"", &self.hub);
        }
        self.assembler.settle(false, &Arc::default(), &self.hub)
    }
}

/// What is said about a trace.
fn about(tag: Section, fields: &[&str]) -> Vec<u8> {
    let mut payload = Vec::new();
    push_tag(&mut payload, tag);
    fields.iter().for_each(|field| push_text(&mut payload, field));
    payload
}

fn start(trace_id: u128, span: u64, parent: u64, time: u64) -> Head {
    Head::Start { trace_id, span, parent, time, callsite: 0, route: 0 }
}

fn end(span: u64, time: u64) -> Head {
    Head::End { span, time }
}

#[test]
fn an_end_that_is_read_before_its_start_is_kept() {
    let mut reading = Reading::new();
    assert!(reading.pass(&[end(ROOT, 9)]).is_empty());
    assert!(reading.pass(&[start(7, ROOT, 0, 5)]).is_empty());
    let done = reading.pass(&[]);
    assert_eq!(done.len(), 1);
    assert_eq!(done[0].finished.build().spans[0].duration().as_nanos(), 4);
    assert_eq!((reading.assembler.held_spans(), reading.assembler.held_bytes()), (0, 0));
}

#[test]
fn any_number_of_ends_may_come_before_their_starts() {
    let mut reading = Reading::new();
    let ids = 1..=20_000_u64;
    reading.pass(&ids.clone().map(|id| end(id, 2)).collect::<Vec<_>>());
    reading.pass(&ids.map(|id| start(u128::from(id), id, 0, 1)).collect::<Vec<_>>());
    assert_eq!(reading.pass(&[]).len(), 20_000);
    assert_eq!((reading.assembler.held_spans(), reading.assembler.held_bytes()), (0, 0));
}

#[test]
fn a_child_that_is_read_before_its_root_waits_for_it() {
    let mut reading = Reading::new();
    assert!(reading.pass(&[start(7, 2, ROOT, 2), end(2, 3)]).is_empty());
    assert!(reading.pass(&[start(7, ROOT, 0, 1), end(ROOT, 4)]).is_empty());
    let done = reading.pass(&[]);
    assert_eq!((done.len(), done[0].finished.build().spans.len()), (1, 2));
    assert_eq!(done[0].finished.completeness, Completeness::Whole);
}

#[test]
fn a_child_that_began_before_its_root_ended_is_waited_for_though_it_is_read_later() {
    let mut reading = Reading::new();
    assert!(reading.pass(&[start(7, ROOT, 0, 1), end(ROOT, 4)]).is_empty());
    assert!(reading.pass(&[start(7, 2, ROOT, 2)]).is_empty());
    assert!(reading.pass(&[end(2, 9)]).len() == 1);
}

#[test]
fn a_root_that_is_open_at_the_end_makes_a_trace_in_progress() {
    let mut reading = Reading::new();
    reading.pass(&[start(7, ROOT, 0, 1), start(7, 2, ROOT, 2), end(2, 3)]);
    let done = reading.assembler.settle_all(&Arc::default(), &reading.hub);
    assert_eq!(done[0].finished.build().info.state, TraceState::InProgress);
    assert_eq!(done[0].finished.build().spans.len(), 1);
}

#[test]
fn what_was_said_of_a_trace_counts_and_is_kept_once_for_each_thing() {
    let mut reading = Reading::new();
    reading.pass(&[start(7, ROOT, 0, 1)]);
    let mut payload = Vec::new();
    for time in 2..1000 {
        payload.clear();
        push_tag(&mut payload, Section::TraceTag);
        push_text(&mut payload, "progress");
        push_text(&mut payload, &format!("{time:04}"));
        reading.assembler.take(Head::Trace { trace_id: 7, time }, &payload, &reading.hub);
    }
    assert!(reading.assembler.held_bytes() < 1000, "{} bytes", reading.assembler.held_bytes());
    reading.pass(&[end(ROOT, 1001)]);
    assert_eq!(reading.pass(&[])[0].finished.build().info.tags["progress"], "0999");
    assert_eq!(reading.assembler.held_bytes(), 0);
}

#[test]
fn a_span_about_which_too_much_is_said_stays_within_its_bound_and_says_so() {
    let mut reading = Reading::new();
    reading.pass(&[start(7, ROOT, 0, 1)]);
    for time in 2..100 {
        reading.assembler.take(Head::Update { span: ROOT, time }, &[0; 1000], &reading.hub);
    }
    assert!(reading.assembler.held_bytes() < 12_000, "{} bytes", reading.assembler.held_bytes());
    reading.pass(&[end(ROOT, 101)]);
    let done = reading.pass(&[]);
    let events = done[0].finished.build().spans.remove(0).events;
    assert_eq!(events.iter().filter(|event| event.name == "mlflow_trace.not_recorded").count(), 1);
    assert!(reading.hub.cut_values() > 80);
}

#[test]
fn a_tag_that_is_set_by_id_belongs_to_the_trace_while_it_is_open() {
    let mut reading = Reading::new();
    // Its log is read before that with the start.
    reading.change(Section::TagSet, &["k", "first", "0"], 6);
    reading.pass(&[start(7, ROOT, 0, 5)]);
    reading.change(Section::TagSet, &["k", "last", "0"], 7);
    reading.change(Section::TagSet, &["gone", "v", "0"], 7);
    reading.change(Section::TagDeleted, &["gone", "0"], 8);
    assert!(reading.pass(&[end(ROOT, 9)]).is_empty());
    let done = reading.pass(&[]);
    assert_eq!(done.len(), 1);
    let tags = done[0].finished.build().info.tags;
    assert_eq!(tags.into_iter().collect::<Vec<_>>(), [("k".to_owned(), "last".to_owned())]);
    assert_eq!(reading.assembler.held_bytes(), 0);
}

#[test]
fn a_tag_that_is_set_later_goes_behind_its_trace() {
    let mut reading = Reading::new();
    reading.pass(&[start(7, ROOT, 0, 5), end(ROOT, 9)]);
    assert_eq!(reading.pass(&[]).len(), 1, "it is handed over");
    reading.change(Section::TagSet, &["k", "v", "0"], 10);
    reading.change(Section::TagDeleted, &["gone", "0"], 11);
    reading.change(Section::TagSet, &["mlflow.artifactLocation", "v", "0"], 12);
    let done = reading.pass(&[]);
    assert_eq!(done.len(), 1);
    let change = done[0].finished.build();
    assert_eq!((change.completeness, change.spans.len()), (Completeness::Tags, 0));
    assert_eq!(change.info.tags.into_iter().collect::<Vec<_>>(), [("k".to_owned(), "v".to_owned())]);
    assert_eq!(change.deleted_tags.into_iter().collect::<Vec<_>>(), ["gone"]);
    assert_eq!(reading.assembler.held_bytes(), 0);
}

#[test]
fn a_tag_that_is_set_while_a_late_span_is_open_does_not_wait_for_it() {
    let mut reading = Reading::new();
    reading.pass(&[start(7, ROOT, 0, 5), start(7, 2, ROOT, 6), end(ROOT, 9)]);
    assert_eq!(reading.assembler.settle(true, &Arc::default(), &reading.hub).len(), 1);
    reading.change(Section::TagSet, &["k", "v", "0"], 10);
    let done = reading.pass(&[]);
    assert_eq!(done.len(), 1);
    assert_eq!(done[0].finished.completeness, Completeness::Tags);
}

#[test]
fn a_state_that_was_set_beats_the_outcome_of_the_root() {
    let mut reading = Reading::new();
    reading.pass(&[start(7, ROOT, 0, 5)]);
    let payload = about(Section::TraceState, &["ERROR"]);
    reading.assembler.take(Head::Trace { trace_id: 7, time: 6 }, &payload, &reading.hub);
    reading.pass(&[end(ROOT, 9)]);
    let done = reading.pass(&[]);
    assert_eq!(done[0].finished.build().info.state, TraceState::Error);
}

#[test]
fn a_trace_whose_root_is_in_another_process_goes_on_in_parts_and_what_is_open_stays() {
    let mut reading = Reading::new();
    let elsewhere = 99;
    assert!(reading.pass(&[start(7, 2, elsewhere, 1), start(7, 3, 2, 2), end(3, 3)]).is_empty());
    assert!(reading.pass(&[]).is_empty());
    let wait = |reading: &mut Reading| {
        let trace = reading.assembler.traces.get_mut(&7).unwrap();
        trace.since = trace.since.checked_sub(RUNNING_FOR).unwrap();
    };
    wait(&mut reading);
    let done = reading.pass(&[]);
    assert_eq!((done.len(), done[0].finished.completeness), (1, Completeness::LateSpans));
    assert_eq!(done[0].finished.build().spans.len(), 1);
    // Nothing new has ended, however long it takes.
    wait(&mut reading);
    assert!(reading.pass(&[]).is_empty());
    let done = reading.pass(&[end(2, 9)]);
    assert_eq!((done.len(), done[0].finished.build().spans.len()), (1, 1));
    assert_eq!(reading.assembler.held_bytes(), 0);
}

fn assessment(name: &str) -> Vec<u8> {
    let (change, _) = AssessmentChange::create(AssessmentId::from_u128(7), Feedback::new(name, 1).into());
    let mut payload = about(Section::Assessment, &["0", &serde_json::to_string(&change).unwrap()]);
    push_tag(&mut payload, Section::AssessmentValue);
    push_text(&mut payload, "\u{2}");
    payload
}

fn names(done: &[Done]) -> Vec<String> {
    let built = done.iter().map(|done| done.finished.build());
    built.filter_map(|trace| trace.assessment?.text.name).collect()
}

impl Reading {
    fn assess(&mut self, name: &str, time: u64) {
        self.assembler.take(Head::Trace { trace_id: 7, time }, &assessment(name), &self.hub);
    }
}

#[test]
fn assessments_go_behind_their_trace_in_the_order_in_which_they_were_said() {
    let mut reading = Reading::new();
    // Its log is read before that with the start.
    reading.assess("first", 6);
    assert!(reading.pass(&[start(7, ROOT, 0, 5)]).is_empty());
    reading.assess("third", 8);
    assert!(reading.pass(&[]).is_empty(), "the trace is open");
    reading.assess("second", 7);
    assert!(reading.pass(&[end(ROOT, 9)]).is_empty());
    let done = reading.pass(&[]);
    assert_eq!(done[0].finished.completeness, Completeness::Whole);
    assert_eq!(names(&done), ["first", "second", "third"]);
    assert_eq!(reading.assembler.held_bytes(), 0);
}

#[test]
fn an_assessment_of_a_trace_that_is_gone_waits_for_what_was_said_before_it() {
    let mut reading = Reading::new();
    reading.assembler.begin_pass();
    reading.assess("second", 20);
    assert!(reading.assembler.settle(false, &Arc::default(), &reading.hub).is_empty());
    reading.assembler.begin_pass();
    reading.assess("first", 10);
    reading.assess("third", 30);
    let done = reading.assembler.settle(false, &Arc::default(), &reading.hub);
    assert_eq!(names(&done), ["first", "second"]);
    let change = done[0].finished.build().assessment.unwrap();
    assert_eq!(change.value.map(|value| value.to_string()).as_deref(), Some("true"));
    assert_eq!(names(&reading.pass(&[])), ["third"]);
    assert_eq!(reading.assembler.held_bytes(), 0);
}

#[test]
fn half_an_assessment_is_left_out_and_counted() {
    let mut reading = Reading::new();
    let cut = about(Section::Assessment, &["0", "{\"id\": "]);
    reading.assembler.take(Head::Trace { trace_id: 7, time: 5 }, &cut, &reading.hub);
    assert!(reading.pass(&[]).is_empty());
    assert_eq!(reading.hub.cut_values(), 1);
    assert_eq!(reading.assembler.held_bytes(), 0);
}
