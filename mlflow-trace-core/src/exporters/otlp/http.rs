//! OTLP by HTTP.

use std::time::{Duration, Instant};

use super::verdict::judge;
use super::{Receiver, Transport, Verdict, form};
use crate::config::{OtlpSignal, Secret};
use crate::error::Error;
use crate::exporters::Sent;
use crate::http::{Client, Method, Request};
use crate::wire::otlp::Form;

/// Posts to one path.
pub(super) struct HttpTransport {
    client: Client,
    signal: OtlpSignal,
    path: Secret,
    form: Form,
    gzip: bool,
    timeout: Duration,
}

impl HttpTransport {
    pub(super) fn new(receiver: &Receiver<'_>) -> Result<Self, Error> {
        Ok(Self {
            client: Client::new(receiver.connection)?,
            signal: receiver.signal,
            path: receiver.path.clone(),
            form: form(receiver.protocol),
            gzip: receiver.gzip,
            timeout: receiver.connection.timeout,
        })
    }
}

impl Transport for HttpTransport {
    fn post(&mut self, body: &[u8], deadline: Instant, sent: &mut Sent) -> Verdict {
        let within = deadline.saturating_duration_since(Instant::now()).min(self.timeout);
        let content_type = match self.form {
            Form::Protobuf => "application/x-protobuf",
            Form::Json => "application/json",
        };
        let request = Request {
            method: Method::Post,
            path: self.path.reveal(),
            content_type: Some(content_type),
            headers: &[],
            body,
            gzip: self.gzip,
            within,
        };
        sent.requests += 1;
        let result = self.client.send(&request);
        if let Ok(answer) = &result {
            sent.bytes += answer.sent_bytes;
            sent.pause = sent.pause.max(answer.retry_after);
        }
        judge(self.client.base(), self.signal, result)
    }
}
