//! The scripted server as an OTLP receiver, or as the least of an MLflow server, that counts what it has taken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::otlp_body::{SentSpan, spans_of};
use super::{Authority, Received, Reply, Scripted};

/// What becomes of a request for spans.
pub(crate) enum Verdict {
    Take,
    /// Takes the spans and answers this.
    TakeAnd(Reply),
    /// Takes nothing and answers this.
    Refuse(Reply),
}

/// The receiver.
pub(crate) struct Receiver {
    pub(crate) server: Scripted,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    spans: Vec<SentSpan>,
    /// Requests with spans so far.
    requests: usize,
    /// The trace ids of MLflow's infos, with their numbers of spans.
    infos: Vec<String>,
    problems: Vec<String>,
    /// Experiments that were made.
    experiments: Vec<String>,
}

/// Decides on the n-th request with spans, from 0.
type Judge = Box<dyn FnMut(usize, &Received) -> Verdict + Send>;

impl Receiver {
    /// Takes everything.
    pub(crate) fn willing() -> Self {
        Self::judging(|_, _| Verdict::Take)
    }

    /// Answers requests with spans as `judge` says.
    pub(crate) fn judging(judge: impl FnMut(usize, &Received) -> Verdict + Send + 'static) -> Self {
        let (taken, script) = script(Box::new(judge));
        Self { server: Scripted::start(script), taken }
    }

    /// At this address, such as that of one which has ended.
    pub(crate) fn at(address: &str) -> Self {
        let (taken, script) = script(Box::new(|_, _| Verdict::Take));
        Self { server: Scripted::start_on(address, script), taken }
    }

    /// The same, with this pause before each answer.
    pub(crate) fn at_slowly(address: &str, pause: Duration) -> Self {
        let judge = move |_: usize, _: &Received| Verdict::TakeAnd(Reply::status(200).after(pause));
        let (taken, script) = script(Box::new(judge));
        Self { server: Scripted::start_on(address, script), taken }
    }

    /// By TLS; `clients` issued the certificates that clients must show.
    pub(crate) fn with_tls(authority: &Authority, clients: Option<&Authority>) -> Self {
        let (taken, script) = script(Box::new(|_, _| Verdict::Take));
        Self { server: Scripted::start_tls(authority, clients, script), taken }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    fn look<T>(&self, look: impl FnOnce(&Taken) -> T) -> T {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(taken.problems.is_empty(), "what came is not as it should be: {:?}", taken.problems);
        look(&taken)
    }

    /// All spans that were taken, in their order.
    #[track_caller]
    pub(crate) fn spans(&self) -> Vec<SentSpan> {
        self.look(|taken| taken.spans.clone())
    }

    /// How often each trace has come: its root's spans.
    #[track_caller]
    pub(crate) fn traces(&self) -> BTreeMap<String, usize> {
        let mut traces = BTreeMap::new();
        for span in self.spans().into_iter().filter(|span| span.parent.is_empty()) {
            *traces.entry(span.trace).or_default() += 1;
        }
        traces
    }

    /// The traces of which an MLflow server was told that they are complete, each once.
    #[track_caller]
    pub(crate) fn infos(&self) -> Vec<String> {
        self.look(|taken| taken.infos.clone())
    }

    /// Fails unless so many traces have come, each whole and once.
    #[track_caller]
    pub(crate) fn assert_has_once(&self, traces: usize) {
        let spans = self.spans();
        let different: BTreeSet<_> = spans.iter().map(|span| (&span.trace, &span.id)).collect();
        assert_eq!(different.len(), spans.len(), "spans came twice");
        let has = self.traces();
        assert_eq!(has.len(), traces, "traces that came");
        assert_eq!(spans.len(), traces * 5, "spans that came");
    }

    /// Waits until so many traces have come.
    #[track_caller]
    pub(crate) fn wait_for_traces(&self, count: usize, limit: Duration) {
        let end = Instant::now() + limit;
        while self.traces().len() < count {
            let came = self.traces().len();
            assert!(Instant::now() < end, "{came} of {count} traces came within {limit:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Requests with spans, taken or not.
    pub(crate) fn attempts(&self) -> usize {
        self.look(|taken| taken.requests)
    }
}

fn script(mut judge: Judge) -> (Arc<Mutex<Taken>>, impl FnMut(&Received) -> Reply + Send) {
    let taken: Arc<Mutex<Taken>> = Arc::default();
    let of_script = Arc::clone(&taken);
    let script = move |request: &Received| {
        let mut taken = of_script.lock().unwrap_or_else(PoisonError::into_inner);
        let path = request.path.split('?').next().unwrap_or_default();
        match (request.method.as_str(), path) {
            ("POST", path) if path.ends_with("/v1/traces") => {
                let number = taken.requests;
                taken.requests += 1;
                match judge(number, request) {
                    Verdict::Refuse(reply) => reply,
                    Verdict::Take => taken.take(request, Reply::status(200)),
                    Verdict::TakeAnd(reply) => taken.take(request, reply),
                }
            }
            ("GET", "/version") => Reply::text("3.17.2"),
            ("GET", "/api/2.0/mlflow/experiments/get-by-name") => taken.find_experiment(request),
            ("GET", "/api/2.0/mlflow/experiments/get") => experiment("0", "Default"),
            ("POST", "/api/2.0/mlflow/experiments/create") => taken.make_experiment(request),
            ("POST", "/api/3.0/mlflow/traces") => taken.take_info(request),
            _ => Reply::status(404),
        }
    };
    (taken, script)
}

impl Taken {
    fn take(&mut self, request: &Received, reply: Reply) -> Reply {
        match spans_of(request) {
            Ok(spans) => self.spans.extend(spans),
            Err(problem) => self.problems.push(problem),
        }
        reply
    }

    fn find_experiment(&self, request: &Received) -> Reply {
        let name = request.path.split_once("experiment_name=").map_or("", |(_, name)| name);
        match self.experiments.iter().position(|known| known == name) {
            Some(index) => experiment(&(index + 1).to_string(), name),
            None => {
                Reply::json(r#"{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "no such experiment"}"#)
                    .with_status(404)
            }
        }
    }

    fn make_experiment(&mut self, request: &Received) -> Reply {
        let body: serde_json::Value = serde_json::from_slice(&request.plain_body()).unwrap_or_default();
        self.experiments.push(body["name"].as_str().unwrap_or_default().to_owned());
        Reply::json(format!(r#"{{"experiment_id": "{}"}}"#, self.experiments.len()))
    }

    fn take_info(&mut self, request: &Received) -> Reply {
        let body: serde_json::Value = serde_json::from_slice(&request.plain_body()).unwrap_or_default();
        let info = &body["trace"]["trace_info"];
        let Some(id) = info["trace_id"].as_str() else {
            self.problems.push(format!("an info without an id: {body}"));
            return Reply::status(400);
        };
        if info["state"] != "IN_PROGRESS" {
            self.infos.push(id.to_owned());
        }
        Reply::json(body.to_string())
    }
}

fn experiment(id: &str, name: &str) -> Reply {
    let experiment = serde_json::json!({"experiment": {
        "experiment_id": id, "name": name, "lifecycle_stage": "active", "artifact_location": "",
    }});
    Reply::json(experiment.to_string())
}
