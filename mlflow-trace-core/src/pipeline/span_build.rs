//! One span out of its records.

use super::attached::{NOT_RECORDED, Noted, TraceAttachments};
use super::records::{Said, SpanRecord};
use crate::buffer::Callsite;
use crate::buffer::record::{Section, Sections};
use crate::buffer::tape::to_json;
use crate::model::{
    Event, Json, Link, LinkedPrompt, Span, SpanId, SpanType, Status, StatusCode, TraceId, keys, push_string,
    with_linked_prompts,
};

/// The span. `wall_offset` turns the records' times into wall time.
pub(super) fn build_span(
    record: &SpanRecord,
    said: &[Said<'_>],
    trace_id: TraceId,
    wall_offset: u64,
    attachments: &mut TraceAttachments,
) -> Option<Span> {
    let mut draft = Draft::new(record.callsite, trace_id, wall_offset);
    // What was said after the end has no effect, whichever log was read first.
    let last = if record.has_ended() { record.end } else { u64::MAX };
    for said in said.iter().filter(|said| said.time <= last) {
        draft.take(*said, attachments);
    }
    let start = draft.started_at.unwrap_or_else(|| record.start.saturating_add(wall_offset));
    let end = draft.ended_at.unwrap_or_else(|| record.end.saturating_add(wall_offset));
    let noted = std::mem::take(&mut draft.noted);
    let mut span = draft.finish(Span {
        trace_id,
        span_id: SpanId::from_u64(record.id)?,
        parent_id: SpanId::from_u64(record.parent),
        name: String::new(),
        span_type: SpanType::Unknown,
        start_unix_nanos: start,
        end_unix_nanos: end.max(start),
        status: Status::default(),
        attributes: Vec::new(),
        events: Vec::new(),
        links: Vec::new(),
    });
    attachments.resolve(&mut span, &noted);
    Some(span)
}

/// The log level of a span with an exception, at least.
const RAISED: i64 = 40;

/// A span while its records are read.
struct Draft {
    wall_offset: u64,
    name: String,
    span_type: SpanType,
    function: Option<&'static str>,
    arguments: Option<String>,
    inputs: Option<Json>,
    returned: Option<Json>,
    /// The items of a stream, as far as they are kept.
    chunks: Chunks,
    outputs: Option<Json>,
    attributes: Vec<(String, Json)>,
    events: Vec<Event>,
    links: Vec<Link>,
    prompts: Vec<LinkedPrompt>,
    log_level: Option<i64>,
    /// Where the program said when it was.
    started_at: Option<u64>,
    ended_at: Option<u64>,
    status_by_hand: Status,
    failure: Option<String>,
    /// Content beside the records.
    noted: Vec<Noted>,
}

impl Draft {
    fn new(callsite: Option<&'static Callsite>, trace_id: TraceId, wall_offset: u64) -> Self {
        let mut attributes = Vec::with_capacity(8);
        let mut add = |key: &str, text: &str| attributes.push((key.to_owned(), Json::string(text)));
        add(keys::TRACE_REQUEST_ID, &trace_id.to_string());
        add(keys::SPAN_TYPE, "UNKNOWN");
        if let Some(description) =
            callsite.map(|callsite| callsite.description).filter(|text| !text.is_empty())
        {
            add(keys::SPAN_DESCRIPTION, description);
        }
        Self {
            wall_offset,
            name: callsite.map_or_else(String::new, |callsite| callsite.name.to_owned()),
            span_type: callsite.map_or(SpanType::Unknown, |callsite| callsite.span_type.clone()),
            function: callsite.map(|callsite| callsite.function),
            // A function without arguments has the inputs `{}`, as in Python.
            arguments: callsite.map(|_| String::from("{")),
            inputs: None,
            returned: None,
            chunks: Chunks::default(),
            outputs: None,
            attributes,
            events: Vec::new(),
            links: Vec::new(),
            prompts: Vec::new(),
            log_level: None,
            started_at: None,
            ended_at: None,
            status_by_hand: Status::default(),
            failure: None,
            noted: Vec::new(),
        }
    }

    fn take(&mut self, said: Said<'_>, attachments: &mut TraceAttachments) {
        let time = said.time;
        let mut fields = Sections::new(said.payload);
        while let Some(tag) = fields.tag() {
            match tag {
                Section::Input => {
                    let name = fields.text();
                    let value = to_json(fields.bytes());
                    let arguments = self.arguments.get_or_insert_with(|| String::from("{"));
                    if arguments.len() > 1 {
                        arguments.push_str(", ");
                    }
                    push_string(arguments, &name);
                    arguments.push_str(": ");
                    arguments.push_str(&value);
                }
                Section::Inputs => self.inputs = Some(json(&mut fields)),
                Section::Returned => self.returned = Some(json(&mut fields)),
                Section::Outputs => self.outputs = Some(json(&mut fields)),
                Section::Attribute => {
                    let key = fields.text();
                    let value = json(&mut fields);
                    self.set_attribute(key, value);
                }
                Section::Event => {
                    let name = fields.text();
                    let attributes = attributes_in(fields.bytes());
                    self.add_event(time, name, attributes);
                }
                Section::EventAt => {
                    let (time_unix_nanos, name) = (fields.number(), fields.text());
                    let attributes = attributes_in(fields.bytes());
                    self.push_event(Event { name, time_unix_nanos, attributes });
                }
                Section::Exception => {
                    let (kind, message, trace) = (fields.text(), fields.text(), fields.text());
                    let mut attributes = vec![
                        ("exception.message".to_owned(), Json::string(&message)),
                        ("exception.type".to_owned(), Json::string(&kind)),
                    ];
                    if !trace.is_empty() {
                        attributes.push(("exception.stacktrace".to_owned(), Json::string(&trace)));
                    }
                    self.add_event(time, "exception".to_owned(), attributes);
                }
                Section::Failed => self.failure = Some(fields.text()),
                Section::Status => {
                    let code = match fields.bytes() {
                        b"OK" => StatusCode::Ok,
                        b"ERROR" => StatusCode::Error,
                        _ => StatusCode::Unset,
                    };
                    self.status_by_hand = Status { code, message: fields.text() };
                }
                Section::Name => self.name = fields.text(),
                Section::SpanType => self.span_type = SpanType::from(fields.text()),
                Section::Cancelled => {
                    self.failure = Some("cancelled: the future was dropped before it ended".to_owned());
                    self.set_attribute(keys::CANCELLED.to_owned(), Json::from_valid("true".to_owned()));
                }
                // A future that was never polled, below which there is something: else there is no such span.
                Section::NeverPolled => {
                    self.failure = Some("cancelled: the future was dropped before it was polled".to_owned());
                    self.set_attribute(keys::CANCELLED.to_owned(), Json::from_valid("true".to_owned()));
                }
                Section::StoppedEarly => {
                    self.set_attribute(keys::CANCELLED.to_owned(), Json::from_valid("true".to_owned()));
                }
                // As Python, which names no function for a generator.
                Section::Stream => self.function = None,
                Section::Chunk => {
                    let number = fields.number();
                    if let Some(value) = self.returned.take() {
                        self.add_chunk(time, number, &value);
                    }
                }
                Section::Chunks => {
                    self.chunks.are_outputs = true;
                    let left_out = fields.number();
                    if left_out > 0 {
                        let count = Json::from_valid(left_out.to_string());
                        self.set_attribute(keys::CHUNKS_LEFT_OUT.to_owned(), count);
                    }
                }
                Section::Problem => {
                    let (what, why) = (Json::string(&fields.text()), Json::string(&fields.text()));
                    let attributes = vec![("value".to_owned(), what), ("reason".to_owned(), why)];
                    self.add_event(time, NOT_RECORDED.to_owned(), attributes);
                }
                Section::LogLevel => self.log_level = fields.text().parse().ok(),
                Section::Link | Section::LinkWith => {
                    let (trace_id, span_id) = (fields.text(), fields.text());
                    let attributes = match tag {
                        Section::LinkWith => attributes_in(fields.bytes()),
                        _ => Vec::new(),
                    };
                    let span_id = u64::from_str_radix(&span_id, 16).ok().and_then(SpanId::from_u64);
                    let link = trace_id.parse().ok().zip(span_id).map(|(trace, span)| Link::new(trace, span));
                    self.links.extend(link.map(|link| Link { attributes, ..link }));
                }
                Section::StartedAt => {
                    let time = fields.number();
                    self.started_at = Some(time);
                    // Python's note to itself, which it leaves in the span.
                    self.set_attribute(keys::SPAN_START_TIME.to_owned(), Json::from_valid(time.to_string()));
                }
                Section::EndedAt => self.ended_at = Some(fields.number()),
                Section::Prompt => {
                    self.prompts.push(LinkedPrompt { name: fields.text(), version: fields.text() });
                }
                Section::Attached => self.noted.push(Noted::read(&mut fields)),
                Section::AttachedContent => attachments.add_content(&mut fields),
                // Sections of traces do not occur here.
                _ => return,
            }
        }
    }

    fn set_attribute(&mut self, key: String, value: Json) {
        match key.as_str() {
            keys::SPAN_INPUTS => self.inputs = Some(value),
            keys::SPAN_OUTPUTS => self.outputs = Some(value),
            keys::SPAN_TYPE => {
                if let Some(text) = value.to_value().as_str() {
                    self.span_type = SpanType::from(text.to_owned());
                }
            }
            keys::SPAN_LOG_LEVEL if value.to_value().is_i64() => {
                self.log_level = value.to_value().as_i64();
            }
            keys::TRACE_REQUEST_ID => {}
            _ => match self.attributes.iter_mut().find(|(known, _)| *known == key) {
                Some((_, known)) => *known = value,
                None => self.attributes.push((key, value)),
            },
        }
    }

    fn add_chunk(&mut self, time: u64, number: u64, value: &Json) {
        let attributes = vec![(keys::CHUNK_VALUE.to_owned(), Json::string(&value.to_ascii()))];
        self.add_event(time, format!("{}{number}", keys::CHUNK_EVENT), attributes);
        let separator = if self.chunks.list.is_empty() { "[" } else { ", " };
        self.chunks.list.push_str(separator);
        self.chunks.list.push_str(value.as_str());
    }

    fn add_event(&mut self, time: u64, name: String, attributes: Vec<(String, Json)>) {
        let time_unix_nanos = time.saturating_add(self.wall_offset);
        self.push_event(Event { name, time_unix_nanos, attributes });
    }

    /// As Python: an exception raises what was chosen until then, and a choice beats what the type stands for.
    fn push_event(&mut self, event: Event) {
        if event.name == "exception" {
            self.log_level = Some(self.log_level.map_or(RAISED, |level| level.max(RAISED)));
        }
        self.events.push(event);
    }

    fn finish(mut self, mut span: Span) -> Span {
        if !self.prompts.is_empty() {
            let linked = with_linked_prompts(None, std::mem::take(&mut self.prompts));
            self.set_attribute(keys::LINKED_PROMPTS.to_owned(), Json::from_valid(linked));
        }
        let inputs = self.inputs.or_else(|| {
            self.arguments.map(|mut arguments| {
                arguments.push('}');
                Json::from_valid(arguments)
            })
        });
        self.attributes[1].1 = Json::string(self.span_type.as_str());
        let of_type = if self.span_type.is_info_level() { 20 } else { 10 };
        let log_level = self.log_level.unwrap_or(of_type);
        let mut add = |key: &str, value: Option<Json>| {
            if let Some(value) = value
                && !self.attributes.iter().any(|(known, _)| known == key)
            {
                self.attributes.push((key.to_owned(), value));
            }
        };
        add(keys::SPAN_FUNCTION_NAME, self.function.map(Json::string));
        add(keys::SPAN_INPUTS, inputs);
        add(keys::SPAN_OUTPUTS, self.outputs.or(self.returned).or_else(|| self.chunks.into_outputs()));
        add(keys::SPAN_LOG_LEVEL, Some(Json::from_valid(log_level.to_string())));
        span.status = match (self.failure, self.status_by_hand.code) {
            (Some(message), _) => Status { code: StatusCode::Error, message },
            (None, StatusCode::Error) => self.status_by_hand,
            // As Python: a span that ends without an error ends well.
            (None, _) => Status { code: StatusCode::Ok, message: String::new() },
        };
        span.name = self.name;
        span.span_type = self.span_type;
        span.attributes = self.attributes;
        span.events = self.events;
        span.links = self.links;
        span
    }
}

/// The items of a stream as a list of JSON, without its end.
#[derive(Default)]
struct Chunks {
    list: String,
    are_outputs: bool,
}

impl Chunks {
    fn into_outputs(mut self) -> Option<Json> {
        let end = if self.list.is_empty() { "[]" } else { "]" };
        self.list.push_str(end);
        self.are_outputs.then(|| Json::from_valid(self.list))
    }
}

fn json(fields: &mut Sections<'_>) -> Json {
    Json::from_valid(to_json(fields.bytes()))
}

/// The attributes of an event or a link.
fn attributes_in(payload: &[u8]) -> Vec<(String, Json)> {
    let mut fields = Sections::new(payload);
    let mut attributes = Vec::new();
    while let Some(tag) = fields.tag() {
        match tag {
            Section::Attribute => {
                let key = fields.text();
                attributes.push((key, json(&mut fields)));
            }
            // A value that failed: it says so itself.
            Section::Problem => {
                let _ = (fields.bytes(), fields.bytes());
            }
            _ => break,
        }
    }
    attributes
}
