//! The thread that sends the reports.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::{Shared, State, unix_nanos_now};
use crate::config::{MetricsDestination, OtlpSignal};
use crate::error::Error;
use crate::exporters::otlp::{Receiver, Transport, Verdict, form, transport};
use crate::exporters::voice::Voice;
use crate::exporters::{Cause, Failure, Sent, Urgency};
use crate::wire::otlp::{Header, encode_durations};

/// Points of one request; a point has about a kilobyte.
const MOST_POINTS: usize = 500;
/// How long all requests of one report may take, beside the time-out of each.
const ONE_REPORT: Duration = Duration::from_secs(30);

/// Starts the thread.
pub(super) fn start(shared: Arc<Shared>) -> std::io::Result<()> {
    std::thread::Builder::new().name("mlflow-trace-met".to_owned()).spawn(move || {
        (shared.settings.prepare_thread)();
        Reporter { shared, transport: None, voice: Voice::new() }.run();
    })?;
    Ok(())
}

struct Reporter {
    shared: Arc<Shared>,
    transport: Option<Box<dyn Transport>>,
    voice: Voice,
}

/// The variable that names a receiver of every signal.
const GENERAL_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

impl Reporter {
    fn run(mut self) {
        let interval = self.shared.settings.destination.interval;
        let mut next_at = Instant::now() + interval;
        while let Some((bodies, deadline)) = self.next(next_at) {
            // A mistake of ours costs a report, never the thread.
            let outcome = catch_unwind(AssertUnwindSafe(|| self.send(bodies, deadline)));
            let outcome = outcome.unwrap_or_else(|_| {
                self.transport = None;
                Err("a mistake of this library's ended the report".to_owned())
            });
            let mut state = self.shared.state();
            let in_flight = std::mem::take(&mut state.in_flight);
            if outcome.is_err() {
                state.news += in_flight;
                state.has_failed = true;
            }
            drop(state);
            if let Err(sentence) = outcome {
                self.say(&sentence);
            }
            next_at = Instant::now() + interval;
            (self.shared.settings.wake)();
        }
    }

    /// Waits until a report is due and writes it; nothing once the process ends and nothing is left to say.
    fn next(&self, next_at: Instant) -> Option<(Vec<Vec<u8>>, Instant)> {
        let shared = &self.shared;
        let mut state = shared.state();
        loop {
            let now = Instant::now();
            let is_wanted = state.is_awaited() && state.news > 0;
            if state.urgency == Urgency::Final && !is_wanted {
                return None;
            }
            if (is_wanted || next_at <= now) && !state.durations.is_empty() {
                state.in_flight = std::mem::take(&mut state.news);
                return Some((self.write(&state), state.last_moment.unwrap_or(now + ONE_REPORT)));
            }
            let pause = next_at.saturating_duration_since(now).max(Duration::from_millis(1));
            state = shared.changed.wait_timeout(state, pause).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn write(&self, state: &State) -> Vec<Vec<u8>> {
        let destination = &self.shared.settings.destination;
        let header = Header {
            resource: &destination.resource,
            start_unix_nanos: self.shared.start_unix_nanos,
            now_unix_nanos: unix_nanos_now(),
        };
        let form = form(destination.protocol);
        let points = state.durations.points();
        points.chunks(MOST_POINTS).map(|points| encode_durations(form, &header, points)).collect()
    }

    /// Sends one report; why it did not arrive.
    fn send(&mut self, bodies: Vec<Vec<u8>>, deadline: Instant) -> Result<(), String> {
        let destination = &self.shared.settings.destination;
        let transport = match &mut self.transport {
            Some(transport) => transport,
            None => self.transport.insert(open(destination).map_err(|error| error.to_string())?),
        };
        for body in bodies {
            match transport.post(&body, deadline, &mut Sent::default()) {
                Verdict::Taken { refused: 0, .. } => {}
                Verdict::Taken { refused, message } => {
                    return Err(format!("it refused {refused} points and says: {message}"));
                }
                // The general endpoint was set for traces, and who is there takes nothing else.
                Verdict::Refused(failure) if is_for_traces_alone(destination, &failure) => {}
                Verdict::Later(failure) | Verdict::TooLarge(failure) | Verdict::Refused(failure) => {
                    return Err(failure.sentence);
                }
            }
        }
        Ok(())
    }

    fn say(&mut self, sentence: &str) {
        self.voice.say(&format!(
            "metrics: {sentence} The next report has the same and more; OTEL_METRICS_EXPORTER=none switches metrics off."
        ));
    }
}

fn open(destination: &MetricsDestination) -> Result<Box<dyn Transport>, Error> {
    transport(&Receiver {
        signal: OtlpSignal::Metrics,
        connection: &destination.connection,
        path: &destination.path,
        protocol: destination.protocol,
        gzip: destination.gzip,
    })
}

/// Whether the receiver was named for all signals and takes no metrics, which is its right.
fn is_for_traces_alone(destination: &MetricsDestination, failure: &Failure) -> bool {
    failure.cause == Cause::Misaddressed && destination.connection.address_from == GENERAL_ENDPOINT
}

/// Reports nothing, to see whether the receiver is there.
///
/// # Errors
/// Why it does not take metrics.
pub(crate) fn check_metrics(destination: &MetricsDestination, deadline: Instant) -> Result<String, Failure> {
    let unusable = |error: Error| Failure { cause: Cause::Unreachable, sentence: error.to_string() };
    let header = Header { resource: &destination.resource, start_unix_nanos: 0, now_unix_nanos: 0 };
    let body = encode_durations(form(destination.protocol), &header, &[]);
    match open(destination).map_err(unusable)?.post(&body, deadline, &mut Sent::default()) {
        Verdict::Taken { .. } => Ok("it takes metrics".to_owned()),
        Verdict::Refused(failure) if is_for_traces_alone(destination, &failure) => {
            Ok("it takes no metrics, so durations are not reported".to_owned())
        }
        Verdict::Later(failure) | Verdict::TooLarge(failure) | Verdict::Refused(failure) => Err(failure),
    }
}
