//! Parts of running traces, changes of tags, a trace too large for the disk, an answer after the end.

use super::*;

/// A change of tags of the trace with this number.
fn change(number: u64) -> Arc<Finished> {
    let mut change = Trace::new(trace(number).info, Vec::new(), Completeness::Tags);
    change.deleted_tags = ["gone".to_owned()].into();
    let id = change.info.trace_id;
    Arc::new(Finished::new(id, Completeness::Tags, 0, 100, &Arc::default(), move || change.clone()))
}

#[test]
fn a_change_of_tags_lies_on_disk_behind_its_trace_and_arrives_behind_it() {
    let mut harness = Harness::new("tags", true);
    harness.world.is_down.store(true, Ordering::SeqCst);
    harness.push(4..5, Urgency::Flush);
    harness.settle(Urgency::Flush);
    harness.outbox.export(&mut VecDeque::from([change(4)]), Urgency::Relaxed);
    assert_eq!(harness.on_disk(), 2);
    harness.world.is_down.store(false, Ordering::SeqCst);
    harness.settle(Urgency::Flush);
    harness.empty_disk(Urgency::Flush);
    assert_eq!(harness.arrived(), [4, 4]);
    assert_eq!(harness.tally.lost_tag_changes.load(Ordering::SeqCst), 0);
}

#[test]
fn changes_of_tags_that_are_refused_or_come_too_late_are_counted() {
    let mut harness = Harness::new("tags-lost", false);
    harness.world.refuses_odd.store(true, Ordering::SeqCst);
    harness.outbox.export(&mut VecDeque::from([change(1), change(2)]), Urgency::Flush);
    harness.settle(Urgency::Flush);
    assert_eq!(harness.arrived(), [2]);
    assert_eq!(harness.tally.lost_tag_changes.load(Ordering::SeqCst), 1);
    harness.world.is_down.store(true, Ordering::SeqCst);
    harness.outbox.export(&mut VecDeque::from([change(2)]), Urgency::Final);
    harness.settle(Urgency::Final);
    assert_eq!(harness.tally.lost_tag_changes.load(Ordering::SeqCst), 2);
    assert_eq!(harness.tally.all_dropped(), 0, "no span is lost");
}

#[test]
fn a_trace_that_is_too_large_for_the_disk_waits_in_memory_and_holds_up_no_other() {
    let folder = std::env::temp_dir().join(format!("mlflow-trace-outbox-large-{}", std::process::id()));
    let mut harness = Harness::with_room(folder, Some(4000));
    harness.world.is_down.store(true, Ordering::SeqCst);
    let mut built = trace(0);
    built.spans[0].name = "x".repeat(5000);
    let large = move || built.clone();
    let id = TraceId::from_u128(1).unwrap();
    let mut queue =
        VecDeque::from([Arc::new(Finished::new(id, Completeness::Whole, 1, 1000, &Arc::default(), large))]);
    queue.extend((1..4).map(finished));
    harness.outbox.export(&mut queue, Urgency::Flush);
    std::thread::sleep(2 * WINDOW);
    harness.push(4..6, Urgency::Relaxed);
    std::thread::sleep(2 * WINDOW);
    harness.push(0..0, Urgency::Relaxed);
    assert_eq!((harness.on_disk(), harness.tally.queued_spans.load(Ordering::SeqCst)), (5, 1));
    harness.world.is_down.store(false, Ordering::SeqCst);
    harness.settle(Urgency::Flush);
    let mut arrived = harness.arrived();
    arrived.sort_unstable();
    assert_eq!(arrived, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn what_arrives_while_the_process_ends_is_not_sent_again_by_the_next_one() {
    let mut harness = Harness::new("late-answer", true);
    let world = Arc::clone(&harness.world);
    let hang = world.hang.lock().unwrap();
    harness.push(0..2, Urgency::Final);
    while harness.outbox.unsettled() > 0 {
        std::thread::sleep(Duration::from_millis(50));
        harness.push(0..0, Urgency::Final);
    }
    assert_eq!((harness.on_disk(), harness.tally.all_dropped()), (2, 0));
    drop(hang);
    harness.woken.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!((harness.arrived(), harness.on_disk()), (vec![0, 1], 0));
}

#[test]
fn a_part_of_a_running_trace_that_is_refused_is_no_loss_and_comes_again_with_the_whole() {
    let mut harness = Harness::new("part", true);
    harness.world.refuses_odd.store(true, Ordering::SeqCst);
    let of_trace_1 = |completeness, is_sent: bool| {
        let mut built = trace(1);
        built.completeness = completeness;
        built.sent_while_running.extend(is_sent.then_some(built.spans[0].span_id));
        let spans = usize::from(completeness == Completeness::Whole);
        Finished::new(built.info.trace_id, completeness, spans, 1000, &Arc::default(), move || built.clone())
    };
    let mut queue = VecDeque::from([Arc::new(of_trace_1(Completeness::Running, false))]);
    harness.outbox.export(&mut queue, Urgency::Flush);
    harness.settle(Urgency::Flush);
    assert_eq!(harness.world.calls.load(Ordering::SeqCst), 1);
    assert_eq!(harness.tally.all_dropped(), 0);
    harness.world.refuses_odd.store(false, Ordering::SeqCst);
    let mut queue = VecDeque::from([Arc::new(of_trace_1(Completeness::Whole, true))]);
    harness.outbox.export(&mut queue, Urgency::Flush);
    harness.settle(Urgency::Flush);
    assert_eq!(harness.world.spans.load(Ordering::SeqCst), 1);
    assert_eq!(harness.tally.delivered_spans.load(Ordering::SeqCst), 1);
}
