//! What the feature `disabled` leaves: functions as they were, closures that run, no thread and no file.

use mlflow::prelude::*;

#[mlflow::trace(span_type = "TOOL", attributes(twice = number * 2), skip(secret))]
fn doubled(number: u32, secret: &str) -> u32 {
    let _ = secret;
    number * 2
}

#[mlflow::trace]
async fn awaited(number: u32) -> Result<u32, String> {
    Ok(number + 1)
}

struct Agent {
    id: u32,
}

#[mlflow::trace(span_type = "AGENT", skip(secret))]
impl Agent {
    const fn new(id: u32) -> Self {
        Self { id }
    }

    fn step(&mut self, #[mlflow(redact)] by: u32, secret: &str) -> u32 {
        let _ = secret;
        self.id += by;
        self.id
    }

    #[mlflow::trace(name = "own", inputs(by), output = |id| id + 1, root, err = "debug")]
    async fn later(&self, #[mlflow(debug)] by: u32) -> Result<u32, String> {
        Ok(self.id + by)
    }

    #[mlflow(skip)]
    fn left_out(&self, #[mlflow(skip)] by: u32) -> u32 {
        self.id + by
    }
}

/// Nothing that is written in the options runs.
#[mlflow::trace(
    parent = panics::<mlflow::SpanHandle>(),
    sampling_ratio = panics::<f64>(),
    experiment = panics::<String>(),
    links = panics::<[mlflow::SpanHandle; 1]>(),
    inputs(n = panics::<u32>())
)]
fn chosen() -> u32 {
    3
}

#[allow(dead_code, reason = "only the options name it")]
fn panics<T>() -> T {
    panic!("an option was computed")
}

/// What only options name is no dead code.
#[deny(warnings)]
mod named_by_options_alone {
    use mlflow::SpanType;

    const NAME: &str = "named";
    const VERSION: u32 = 3;
    const SHARE: f64 = 0.5;

    struct Total;

    impl Total {
        const KIND: &str = "KIND";
        fn add(sum: &mut u32, number: &u32) {
            *sum += number;
        }
    }

    fn count<T>(sum: &mut usize, _item: &T) {
        *sum += 1;
    }

    #[mlflow::trace(name = NAME, span_type = SpanType::Llm, attributes(version = VERSION), sampling_ratio = SHARE)]
    pub(super) fn constants(n: u32) -> u32 {
        n
    }

    #[mlflow::trace(output_reducer = count, span_type = Total::KIND)]
    pub(super) fn generic_reducer(n: u32) -> impl Iterator<Item = u32> {
        0..n
    }

    #[mlflow::trace(output_reducer = Total::add)]
    pub(super) fn reducer(n: u32) -> Result<Box<dyn Iterator<Item = u32>>, String> {
        #![expect(clippy::unnecessary_wraps, reason = "stands where only an attribute may")]
        Ok(Box::new(0..n))
    }

    #[mlflow::trace(output_reducer = Total::add)]
    pub(super) async fn later(n: u32) -> Option<Box<dyn Iterator<Item = u32>>> {
        Some(Box::new(0..n))
    }
}

#[mlflow::trace(output_reducer = |sum: &mut u32, n: &u32| *sum += n)]
fn counted(up_to: u32) -> impl Iterator<Item = u32> {
    0..up_to
}

/// One test alone: it counts the threads of its process.
#[tokio::test]
async fn everything_runs_and_nothing_is_recorded() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("disabled");
    std::fs::create_dir_all(&folder).unwrap();
    std::env::set_current_dir(&folder).unwrap();
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let before = threads();

    // As without the attribute, a function is a plain function.
    let pointer: fn(u32, &str) -> u32 = doubled;
    assert_eq!(pointer(4, "hush"), 8);
    assert_eq!(awaited(4).await, Ok(5));
    let mut agent = Agent::new(1);
    let pointer: fn(&mut Agent, u32, &str) -> u32 = Agent::step;
    assert_eq!((pointer(&mut agent, 2, "hush"), agent.later(1).await, agent.left_out(1)), (3, Ok(4), 4));
    assert_eq!(chosen(), 3);
    assert_eq!(
        mlflow::span("by hand").attribute("k", 1).inputs(&2).run(|span| {
            span.set_attribute("k", 5);
            span.set_outputs(6);
            7
        }),
        7
    );
    assert_eq!(mlflow::span("by hand").run_async(async |_| 8).await, 8);
    assert_eq!(awaited(1).in_current_span().await, Ok(2));
    assert_eq!(counted(3).count(), 3);
    let of_options =
        (named_by_options_alone::constants(3), named_by_options_alone::generic_reducer(3).count());
    assert_eq!(of_options, (3, 3));
    assert_eq!(named_by_options_alone::reducer(3).unwrap().count(), 3);
    assert_eq!(named_by_options_alone::later(3).await.unwrap().count(), 3);
    assert_eq!(mlflow::trace_iterator(0..3).name("by hand").inputs(1).count(), 3);
    mlflow::current_span().add_event("nothing", [("key", 1)]);
    mlflow::update_current_trace().user("u").tag("k", "v");
    let span = mlflow::span("detached").parent(&mlflow::current_span()).start_detached();
    assert_eq!((span.run(|| 9), awaited(2).in_span(&span).await), (9, Ok(3)));
    span.end_at(std::time::UNIX_EPOCH);
    assert!(mlflow::log_trace("whole").request(1).log().is_none());
    assert_eq!(mlflow::context().session("s").user("u").tag("k", "v").run(|| 9), 9);
    let parent = "00-00000000000000000000000000000abc-0000000000000def-01";
    let _context = mlflow::propagation::attach(&[("traceparent", parent)]);
    let parent = mlflow::propagation::extract(&[("traceparent", parent)]);
    assert!(!parent.is_some() && mlflow::propagation::headers().count() == 0);
    assert_eq!(awaited(1).with_context(parent).await, Ok(2));
    assert_eq!(awaited(1).with_context(mlflow::context().enabled(true)).await, Ok(2));
    mlflow::enable();
    let guard = mlflow::init().experiment("none").start();
    assert!(guard.is_ok());

    assert!(mlflow::last_trace_id().is_none());
    assert!(mlflow::active_trace_id().is_none());
    #[cfg(any(feature = "http", feature = "sqlite"))]
    {
        let id = "tr-00000000000000000000000000000007".parse().unwrap();
        let search = mlflow::client::Search::new();
        assert_eq!(mlflow::get_trace(id), Ok(None));
        assert!(mlflow::search_traces(&search).unwrap().traces.is_empty());
        assert!(mlflow::search_sessions(&search).unwrap().is_empty());
    }
    let report = mlflow::flush();
    assert_eq!((report.delivered_spans(), report.pending_spans(), report.dropped_spans()), (0, 0, 0));
    drop(guard);
    assert_eq!(threads(), before, "a thread was started");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "a file was made");
}
