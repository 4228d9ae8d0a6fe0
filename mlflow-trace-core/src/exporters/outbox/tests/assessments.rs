//! Assessments on their way: behind their traces on disk, counted when they are lost.

use super::*;
use crate::model::{AssessmentChange, AssessmentId};

/// An assessment of the trace with this number.
fn assessment(number: u64) -> Arc<Finished> {
    let mut trace = Trace::new(trace(number).info, Vec::new(), Completeness::Assessment);
    let (mut change, _) = AssessmentChange::delete(AssessmentId::from_u128(7));
    change.unix_millis = 8;
    trace.assessment = Some(Box::new(change));
    let id = trace.info.trace_id;
    Arc::new(Finished::new(id, Completeness::Assessment, 0, 100, &Arc::default(), move || trace.clone()))
}

#[test]
fn an_assessment_lies_on_disk_behind_its_trace_and_arrives_behind_it() {
    let mut harness = Harness::new("assessments", true);
    harness.world.is_down.store(true, Ordering::SeqCst);
    harness.push(4..5, Urgency::Flush);
    harness.settle(Urgency::Flush);
    harness.outbox.export(&mut VecDeque::from([assessment(4)]), Urgency::Relaxed);
    assert_eq!(harness.on_disk(), 2);
    harness.world.is_down.store(false, Ordering::SeqCst);
    harness.settle(Urgency::Flush);
    harness.empty_disk(Urgency::Flush);
    assert_eq!(harness.arrived(), [4, 4]);
    assert_eq!(harness.tally.lost_assessments.load(Ordering::SeqCst), 0);
}

#[test]
fn assessments_that_are_refused_or_come_too_late_are_counted() {
    let mut harness = Harness::new("assessments-lost", false);
    harness.world.refuses_odd.store(true, Ordering::SeqCst);
    harness.outbox.export(&mut VecDeque::from([assessment(1), assessment(2)]), Urgency::Flush);
    harness.settle(Urgency::Flush);
    assert_eq!(harness.arrived(), [2]);
    assert_eq!(harness.tally.lost_assessments.load(Ordering::SeqCst), 1);
    harness.world.is_down.store(true, Ordering::SeqCst);
    harness.outbox.export(&mut VecDeque::from([assessment(2)]), Urgency::Final);
    harness.settle(Urgency::Final);
    assert_eq!(harness.tally.lost_assessments.load(Ordering::SeqCst), 2);
    assert_eq!(harness.tally.lost_tag_changes.load(Ordering::SeqCst), 0);
}
