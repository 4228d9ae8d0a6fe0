//! Outboxes with senders that do as they are told.

mod assessments;
mod parts_and_tags;

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Instant;

use super::*;
use crate::exporters::{Cause, DropReason, Failure, Fate, Parcel, Sent};
use crate::model::{Completeness, Span, SpanId, SpanType, Status, TraceId, TraceInfo};

fn trace(number: u64) -> Trace {
    let trace_id = TraceId::from_u128(u128::from(number) + 1).unwrap();
    let span = Span {
        trace_id,
        span_id: SpanId::from_u64(number + 1).unwrap(),
        parent_id: None,
        name: format!("span {number}"),
        span_type: SpanType::Unknown,
        start_unix_nanos: 1,
        end_unix_nanos: 2,
        status: Status::default(),
        attributes: Vec::new(),
        events: Vec::new(),
        links: Vec::new(),
    };
    Trace::new(TraceInfo::new(trace_id), vec![span], Completeness::Whole)
}

fn finished(number: u64) -> Arc<Finished> {
    let (built, id) = (trace(number), TraceId::from_u128(u128::from(number) + 1).unwrap());
    Arc::new(Finished::new(id, Completeness::Whole, 1, 1000, &Arc::default(), move || built.clone()))
}

/// What the senders of a test have in common.
#[derive(Default)]
struct World {
    /// Numbers of the traces that arrived, in their order.
    arrived: Mutex<Vec<u64>>,
    /// Spans that arrived.
    spans: AtomicUsize,
    is_down: AtomicBool,
    refuses_odd: AtomicBool,
    panics: AtomicBool,
    /// Trace 0 is never taken, whatever becomes of the others.
    never_takes_the_first: AtomicBool,
    /// While this is held, the sender hangs.
    hang: Mutex<()>,
    calls: AtomicUsize,
    asks_for_millis: AtomicU64,
}

struct Scripted(Arc<World>);

impl Sender for Scripted {
    fn send(&mut self, parcels: &[Parcel], _deadline: Instant) -> Sent {
        let world = &self.0;
        world.calls.fetch_add(1, Ordering::SeqCst);
        drop(world.hang.lock());
        assert!(!world.panics.swap(false, Ordering::SeqCst), "as it was told to");
        if world.is_down.load(Ordering::SeqCst) {
            let asked = world.asks_for_millis.load(Ordering::SeqCst);
            return Sent {
                fates: vec![Fate::Later; parcels.len()],
                pause: (asked > 0).then(|| Duration::from_millis(asked)),
                failure: Some(Failure { cause: Cause::Unreachable, sentence: "nobody is there".to_owned() }),
                ..Sent::default()
            };
        }
        let fate = |parcel: &Parcel| {
            let number = u64::try_from(parcel.trace.info.trace_id.to_u128()).unwrap() - 1;
            if number == 0 && world.never_takes_the_first.load(Ordering::SeqCst) {
                return Fate::Later;
            }
            if number % 2 == 1 && world.refuses_odd.load(Ordering::SeqCst) {
                return Fate::Refused;
            }
            world.arrived.lock().unwrap().push(number);
            world.spans.fetch_add(parcel.trace.unsent_spans().count(), Ordering::SeqCst);
            Fate::Delivered { refused_spans: 0 }
        };
        Sent { fates: parcels.iter().map(fate).collect(), requests: 1, ..Sent::default() }
    }

    fn check(&mut self, _deadline: Instant) -> Result<String, Failure> {
        Ok(String::new())
    }
}

struct Harness {
    world: Arc<World>,
    outbox: Outbox,
    tally: Arc<Tally>,
    woken: mpsc::Receiver<()>,
    folder: std::path::PathBuf,
}

impl Harness {
    fn new(name: &str, has_disk: bool) -> Self {
        let folder = std::env::temp_dir().join(format!("mlflow-trace-outbox-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        Self::within(folder, has_disk)
    }

    fn within(folder: std::path::PathBuf, has_disk: bool) -> Self {
        Self::with_room(folder, has_disk.then_some(1 << 20))
    }

    fn with_room(folder: std::path::PathBuf, room: Option<u64>) -> Self {
        let (world, tally) = (Arc::new(World::default()), Arc::new(Tally::new("the place")));
        let (wake, woken) = mpsc::channel();
        let settings = OutboxSettings {
            experiment: Experiment::Default,
            takes_running_parts: true,
            takes_tags: true,
            most_traces: 4,
            most_bytes: 1 << 20,
            most_memory: 20_000,
            most_spans: 1000,
            hide: Box::new(str::to_owned),
            spool: room.map(|room| Spool::new(&folder, "the place", room)),
            spool_place: folder.display().to_string(),
            give_up_after: Duration::from_secs(60),
            prepare: None,
            wake: Arc::new(move || wake.send(()).unwrap_or_default()),
            prepare_thread: || {},
        };
        let of_sender = Arc::clone(&world);
        let make = Box::new(move || Ok(Box::new(Scripted(Arc::clone(&of_sender))) as Box<dyn Sender>));
        let outbox = Outbox::new(settings, Arc::clone(&tally), make);
        Self { world, outbox, tally, woken, folder }
    }

    fn push(&mut self, numbers: std::ops::Range<u64>, urgency: Urgency) {
        let mut queue: VecDeque<_> = numbers.map(finished).collect();
        self.outbox.export(&mut queue, urgency);
        assert!(queue.is_empty());
    }

    /// Calls as the worker does until everything is settled.
    fn settle(&mut self, urgency: Urgency) {
        let start = Instant::now();
        while self.outbox.unsettled() > 0 {
            assert!(start.elapsed() < Duration::from_secs(20), "{:?}", self.tally);
            self.push(0..0, urgency);
            let _ = self.woken.recv_timeout(Duration::from_millis(20));
        }
    }

    /// Calls as the worker does until nothing waits on disk.
    fn empty_disk(&mut self, urgency: Urgency) {
        let start = Instant::now();
        while self.on_disk() > 0 {
            assert!(start.elapsed() < Duration::from_secs(20), "{:?}", self.tally);
            self.push(0..0, urgency);
            let _ = self.woken.recv_timeout(Duration::from_millis(20));
        }
    }

    fn arrived(&self) -> Vec<u64> {
        self.world.arrived.lock().unwrap().clone()
    }

    fn on_disk(&self) -> u64 {
        self.tally.spooled_traces.load(Ordering::SeqCst)
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        // Ends the thread.
        self.push(0..0, Urgency::Final);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn traces_arrive_in_their_order_and_are_counted() {
    let mut harness = Harness::new("order", true);
    harness.push(0..10, Urgency::Flush);
    harness.settle(Urgency::Flush);
    assert_eq!(harness.arrived(), (0..10).collect::<Vec<_>>());
    assert_eq!(harness.tally.delivered_traces.load(Ordering::SeqCst), 10);
    assert_eq!(harness.tally.queued_spans.load(Ordering::SeqCst), 0);
}

#[test]
fn what_is_not_taken_lies_on_disk_and_arrives_once_when_the_destination_is_back() {
    let mut harness = Harness::new("outage", true);
    harness.world.is_down.store(true, Ordering::SeqCst);
    harness.push(0..3, Urgency::Flush);
    harness.settle(Urgency::Flush);
    harness.push(3..9, Urgency::Relaxed);
    assert_eq!((harness.on_disk(), harness.outbox.unsettled()), (9, 0));
    assert_eq!(harness.tally.last_failure().as_deref(), Some("nobody is there"));
    harness.world.is_down.store(false, Ordering::SeqCst);
    harness.empty_disk(Urgency::Relaxed);
    assert_eq!(harness.arrived(), (0..9).collect::<Vec<_>>());
    assert!(harness.tally.all_dropped() == 0 && harness.tally.last_failure().is_none());
}

#[test]
fn a_flush_asks_a_destination_that_was_gone_at_once() {
    let mut harness = Harness::new("flush", true);
    harness.world.is_down.store(true, Ordering::SeqCst);
    harness.world.asks_for_millis.store(60_000, Ordering::SeqCst);
    harness.push(0..1, Urgency::Flush);
    harness.settle(Urgency::Flush);
    harness.push(0..0, Urgency::Relaxed);
    harness.world.is_down.store(false, Ordering::SeqCst);
    let start = Instant::now();
    harness.push(1..2, Urgency::Flush);
    harness.settle(Urgency::Flush);
    assert_eq!(harness.arrived(), [0, 1]);
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_destination_that_never_answers_leaves_nothing_in_memory_alone() {
    let mut harness = Harness::new("hangs", true);
    let world = Arc::clone(&harness.world);
    let hang = world.hang.lock().unwrap();
    harness.push(0..6, Urgency::Relaxed);
    std::thread::sleep(WINDOW + Duration::from_millis(50));
    harness.push(6..8, Urgency::Relaxed);
    assert_eq!(harness.on_disk(), 8);
    drop(hang);
    harness.settle(Urgency::Flush);
    assert_eq!(harness.arrived(), (0..8).collect::<Vec<_>>(), "and none arrives twice");
    assert_eq!(harness.on_disk(), 0);
}

#[test]
fn what_the_process_leaves_on_disk_is_delivered_by_the_next_one() {
    let mut harness = Harness::new("next", true);
    harness.world.is_down.store(true, Ordering::SeqCst);
    harness.push(0..5, Urgency::Final);
    harness.settle(Urgency::Final);
    assert_eq!((harness.on_disk(), harness.tally.all_dropped()), (5, 0));
    // The thread of the first lets its files go.
    let folder = harness.folder.clone();
    harness.push(0..0, Urgency::Final);
    harness.outbox.shared.state().shelf = shelf::Shelf::new(None);
    let mut next = Harness::within(folder, true);
    next.push(5..6, Urgency::Flush);
    next.settle(Urgency::Flush);
    let start = Instant::now();
    while next.arrived().len() < 6 && start.elapsed() < Duration::from_secs(20) {
        let _ = next.woken.recv_timeout(Duration::from_millis(20));
    }
    let mut arrived = next.arrived();
    arrived.sort_unstable();
    assert_eq!(arrived, (0..6).collect::<Vec<_>>());
}

#[test]
fn without_a_disk_the_newest_are_dropped_beyond_the_memory_and_counted() {
    let mut harness = Harness::new("memory", false);
    harness.world.is_down.store(true, Ordering::SeqCst);
    harness.push(0..50, Urgency::Relaxed);
    let dropped = harness.tally.dropped(DropReason::QueueFull);
    assert!((20..45).contains(&dropped), "{dropped}");
    harness.world.is_down.store(false, Ordering::SeqCst);
    harness.settle(Urgency::Flush);
    assert_eq!(harness.arrived(), (0..50 - dropped).collect::<Vec<_>>());
}

#[test]
fn without_a_disk_the_end_of_the_process_counts_what_is_lost() {
    let mut harness = Harness::new("end", false);
    harness.world.is_down.store(true, Ordering::SeqCst);
    harness.push(0..3, Urgency::Final);
    harness.settle(Urgency::Final);
    assert_eq!(harness.tally.dropped(DropReason::OutOfTime), 3);
}

#[test]
fn a_refused_trace_costs_its_neighbours_nothing() {
    let mut harness = Harness::new("refused", true);
    harness.world.refuses_odd.store(true, Ordering::SeqCst);
    harness.push(0..6, Urgency::Flush);
    harness.settle(Urgency::Flush);
    assert_eq!(harness.arrived(), [0, 2, 4]);
    assert_eq!(harness.tally.dropped(DropReason::Refused), 3);
}

#[test]
fn one_trace_that_is_never_taken_holds_up_no_other_and_is_given_up_in_the_end() {
    let mut harness = Harness::new("poison", true);
    harness.world.never_takes_the_first.store(true, Ordering::SeqCst);
    let start = Instant::now();
    let mut next = 0;
    while harness.tally.dropped(DropReason::Refused) == 0 {
        assert!(start.elapsed() < Duration::from_secs(60), "{:?}", harness.tally);
        // There are always others that are taken.
        harness.push(next..next + 3, Urgency::Relaxed);
        next += 3;
        let _ = harness.woken.recv_timeout(Duration::from_millis(200));
    }
    harness.settle(Urgency::Flush);
    assert_eq!(harness.arrived(), (1..next).collect::<Vec<_>>());
    assert_eq!(harness.tally.dropped(DropReason::Refused), 1);
}

#[test]
fn a_mistake_of_ours_costs_what_was_being_sent_and_no_more() {
    let mut harness = Harness::new("panic", true);
    harness.world.panics.store(true, Ordering::SeqCst);
    harness.push(0..2, Urgency::Flush);
    harness.settle(Urgency::Flush);
    harness.push(2..4, Urgency::Flush);
    harness.settle(Urgency::Flush);
    assert_eq!(harness.arrived(), [2, 3]);
    assert_eq!(harness.tally.dropped(DropReason::Internal), 2);
}

#[test]
fn an_unwritable_disk_keeps_traces_in_memory() {
    let folder = std::env::temp_dir().join(format!("mlflow-trace-outbox-file-{}", std::process::id()));
    std::fs::write(&folder, "a file where a folder should be").unwrap();
    let mut harness = Harness::within(folder.clone(), true);
    harness.world.is_down.store(true, Ordering::SeqCst);
    harness.push(0..3, Urgency::Flush);
    std::thread::sleep(WINDOW);
    harness.push(3..4, Urgency::Relaxed);
    harness.world.is_down.store(false, Ordering::SeqCst);
    harness.settle(Urgency::Flush);
    std::fs::remove_file(&folder).unwrap();
    assert_eq!(harness.arrived(), [0, 1, 2, 3]);
}
