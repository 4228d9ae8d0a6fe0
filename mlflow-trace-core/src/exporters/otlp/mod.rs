//! An OTLP receiver: one try to deliver some traces, in as many requests as its bounds ask for.
//!
//! How a request gets there, and what an answer means, is the transport's: HTTP or gRPC. Which answers are worth another
//! try is what the OTLP specification says ("OTLP/HTTP Response", "OTLP/gRPC Response"), but that a key or token which is
//! refused keeps traces too: it is mended by people, and traces wait for them.

#[cfg(feature = "grpc")]
mod grpc;
mod http;
#[cfg(feature = "grpc")]
mod status;
mod transport;
mod verdict;

use std::borrow::Cow;
use std::ops::Range;
use std::time::Instant;

pub(super) use self::transport::{Receiver, Transport, transport};
pub(super) use self::verdict::Verdict;
use super::{Cause, Failure, Fate, Parcel, Sender, Sent};
use crate::config::{OtlpDestination, OtlpProfile, OtlpProtocol, OtlpSignal};
use crate::error::Error;
use crate::model::Trace;
use crate::wire::otlp::{Batch, Encoding, Form, Profile, ValueForm, again, encode};

/// The instrumentation scope, as MLflow's Python client names it to other backends.
const SCOPE: &str = "mlflow.tracing.provider";

/// Sends to one OTLP receiver.
pub(crate) struct OtlpSender {
    transport: Box<dyn Transport>,
    encoding: Encoding,
    max_request_bytes: usize,
}

impl OtlpSender {
    /// A sender to this destination. Nothing is sent yet.
    ///
    /// # Errors
    /// When the connection has what can't be used.
    pub(crate) fn new(destination: &OtlpDestination) -> Result<Self, Error> {
        let receiver = Receiver {
            signal: OtlpSignal::Traces,
            connection: &destination.connection,
            path: &destination.path,
            protocol: destination.protocol,
            gzip: destination.gzip,
        };
        Ok(Self {
            transport: transport(&receiver)?,
            encoding: encoding(destination),
            max_request_bytes: destination.max_request_bytes,
        })
    }

    /// Sends these traces, of which `first` is the number of the first, in batches of at most so many bytes.
    fn deliver(
        &mut self,
        traces: &[&Trace],
        first: usize,
        most: usize,
        deadline: Instant,
        progress: &mut Progress,
    ) {
        let mut begin = 0;
        for batch in encode(traces, &self.encoding, most) {
            let before = begin;
            begin += batch.spans;
            if progress.is_stopped {
                progress.later(first + batch.traces.start..first + batch.traces.end);
                continue;
            }
            let verdict = self.transport.post(&batch.body, deadline, &mut progress.sent);
            // What is sent once more is what this request had: of a trace that went in several, these spans alone.
            let again = || again(traces, &batch, before);
            self.book(verdict, &batch, again, first, deadline, progress);
        }
    }

    fn book<'t>(
        &mut self,
        verdict: Verdict,
        batch: &Batch,
        again: impl FnOnce() -> Vec<Cow<'t, Trace>>,
        first: usize,
        deadline: Instant,
        progress: &mut Progress,
    ) {
        let whole = first + batch.traces.start..first + batch.traces.end;
        match verdict {
            Verdict::Taken { refused: refused_spans, message } => {
                // Which of the spans it was is not said.
                let refused_spans = refused_spans.min(batch.spans as u64);
                progress.refuse_some(whole, refused_spans);
                if refused_spans > 0 {
                    progress.fail(Failure {
                        cause: Cause::Rejected,
                        sentence: format!("it refused {refused_spans} spans and says: {message}"),
                    });
                }
            }
            Verdict::Later(failure) => {
                progress.is_stopped = true;
                progress.later(whole);
                progress.fail(failure);
            }
            // Smaller requests, as long as there is something to split.
            Verdict::TooLarge(_) if batch.spans > 1 => {
                let most = (batch.body.len() / 2).max(1);
                self.deliver(&borrowed(&again()), whole.start, most, deadline, progress);
            }
            // One bad trace is not to cost its neighbours: halves, until it stands alone.
            Verdict::Refused(failure) if batch.traces.len() > 1 && failure.cause == Cause::Rejected => {
                let again = again();
                let (left, right) = again.split_at(again.len() / 2);
                let most = self.max_request_bytes;
                self.deliver(&borrowed(left), whole.start, most, deadline, progress);
                self.deliver(&borrowed(right), whole.start + left.len(), most, deadline, progress);
            }
            Verdict::TooLarge(failure) | Verdict::Refused(failure) => {
                progress.refuse_some(whole, batch.spans as u64);
                progress.fail(failure);
            }
        }
    }
}

fn borrowed<'t>(traces: &'t [Cow<'_, Trace>]) -> Vec<&'t Trace> {
    traces.iter().map(|trace| &**trace).collect()
}

/// What became of the traces so far.
struct Progress {
    sent: Sent,
    /// How many spans each of the traces has to send.
    spans: Vec<u64>,
    /// The destination can't take anything at the moment.
    is_stopped: bool,
}

impl Progress {
    fn later(&mut self, traces: Range<usize>) {
        for fate in self.sent.fates.get_mut(traces).unwrap_or_default() {
            *fate = Fate::Later;
        }
    }

    /// Counts refused spans on these traces, on each as many as it has.
    fn refuse_some(&mut self, traces: Range<usize>, mut spans: u64) {
        let fates = self.sent.fates.get_mut(traces.clone()).unwrap_or_default();
        for (fate, has) in fates.iter_mut().zip(self.spans.get(traces).unwrap_or_default()) {
            if let Fate::Delivered { refused_spans } = fate {
                let more = spans.min(has.saturating_sub(*refused_spans));
                *refused_spans += more;
                spans -= more;
            }
        }
    }

    /// A trace of which nothing was taken is refused.
    fn finish(mut self) -> Sent {
        for (fate, has) in self.sent.fates.iter_mut().zip(&self.spans) {
            if matches!(*fate, Fate::Delivered { refused_spans } if *has > 0 && refused_spans >= *has) {
                *fate = Fate::Refused;
            }
        }
        self.sent
    }

    fn fail(&mut self, failure: Failure) {
        self.sent.failure.get_or_insert(failure);
    }
}

/// OTLP knows attributes alone; they hold the references.
const NO_PLACE_FOR_ATTACHMENTS: &str = "an OTLP receiver has no place for attachments, so it gets references to them and no content; an MLflow server or a \
     local file beside it keeps them, and MLFLOW_TRACE_EXTRACT_ATTACHMENTS=false leaves encoded content in its value.";

impl Sender for OtlpSender {
    fn send(&mut self, parcels: &[Parcel], deadline: Instant) -> Sent {
        let traces: Vec<&Trace> = parcels.iter().map(|parcel| &parcel.trace).collect();
        let fates = vec![Fate::Delivered { refused_spans: 0 }; parcels.len()];
        let spans = traces.iter().map(|trace| trace.unsent_spans().count() as u64).collect();
        let mut progress = Progress { sent: Sent { fates, ..Sent::default() }, spans, is_stopped: false };
        self.deliver(&traces, 0, self.max_request_bytes, deadline, &mut progress);
        if traces.iter().any(|trace| !trace.attachments.is_empty()) {
            progress.sent.remarks.push(NO_PLACE_FOR_ATTACHMENTS.to_owned());
        }
        progress.finish()
    }

    fn check(&mut self, deadline: Instant) -> Result<String, Failure> {
        // An export of nothing: every receiver knows it, and nothing is left behind.
        let body: &[u8] = match self.encoding.form {
            Form::Protobuf => b"",
            Form::Json => br#"{"resourceSpans":[]}"#,
        };
        match self.transport.post(body, deadline, &mut Sent::default()) {
            Verdict::Taken { .. } => Ok("it takes spans".to_owned()),
            Verdict::Later(failure) | Verdict::TooLarge(failure) | Verdict::Refused(failure) => Err(failure),
        }
    }
}

/// How requests of this protocol are written.
pub(super) fn form(protocol: OtlpProtocol) -> Form {
    match protocol {
        OtlpProtocol::HttpJson => Form::Json,
        _ => Form::Protobuf,
    }
}

fn encoding(destination: &OtlpDestination) -> Encoding {
    Encoding {
        form: form(destination.protocol),
        values: ValueForm::JsonText,
        profile: match destination.profile {
            OtlpProfile::Mlflow => Profile::Mlflow,
            OtlpProfile::GenAi => Profile::GenAi,
            OtlpProfile::Both => Profile::Both,
        },
        max_attribute_bytes: destination.max_attribute_bytes,
        resource: destination.resource.clone(),
        scope: SCOPE,
        tags_on_root: true,
    }
}
