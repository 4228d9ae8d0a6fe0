//! Traces and folders for tests.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::config::Experiment;
use crate::model::{
    Completeness, Cost, Event, Json, Link, SizeStats, Span, SpanId, SpanType, Status, StatusCode, TokenUsage,
    Trace, TraceId, TraceInfo, keys, span_json,
};
use crate::store::{Batch, StoreError, StoreWriter};

/// A folder that is removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("mlflow-trace-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The trace with this number: a root, a retriever, two model calls and a tool; 240 tokens in, 60 out.
pub(crate) fn trace_with(number: u64) -> Trace {
    let trace_id = TraceId::from_u128(0xfeed_0000_0000_0000_0000 + u128::from(number) + 1).unwrap();
    let start = 1_790_000_000_000_000_000 + number * 1_000_000_000;
    let span = |id: u64, parent: u64, name: &str, span_type: SpanType| Span {
        trace_id,
        span_id: SpanId::from_u64(id).unwrap(),
        parent_id: SpanId::from_u64(parent),
        name: name.to_owned(),
        span_type: span_type.clone(),
        start_unix_nanos: start + id * 1_000_000,
        end_unix_nanos: start + id * 1_000_000 + 50_000_000,
        status: Status { code: StatusCode::Ok, message: String::new() },
        attributes: vec![
            (keys::TRACE_REQUEST_ID.to_owned(), Json::string(&trace_id.to_string())),
            (keys::SPAN_TYPE.to_owned(), Json::string(span_type.as_str())),
            (
                keys::SPAN_INPUTS.to_owned(),
                Json::from_valid(format!("{{\"question\": \"Grüße {number}?\"}}")),
            ),
            (keys::SPAN_OUTPUTS.to_owned(), Json::from_valid("[1, 2.5, \"drei\"]".to_owned())),
        ],
        events: Vec::new(),
        links: Vec::new(),
    };
    let mut spans = vec![
        span(1, 0, "answer", SpanType::Agent),
        span(2, 1, "retrieve", SpanType::Retriever),
        span(3, 1, "chat", SpanType::ChatModel),
        span(4, 1, "lookup", SpanType::Tool),
        span(5, 1, "chat again", SpanType::ChatModel),
    ];
    for index in [2, 4] {
        spans[index].attributes.extend(model_call());
    }
    let mut link = Link::new(trace_id, SpanId::from_u64(2).unwrap());
    spans[2].links = vec![link.clone()];
    link.attributes = vec![("why".to_owned(), Json::from_valid("[1, \"ü\"]".to_owned()))];
    spans[2].links.push(link);
    spans[3].status = Status { code: StatusCode::Error, message: "LookupError: no such row".to_owned() };
    spans[3].events = vec![Event {
        name: "exception".to_owned(),
        time_unix_nanos: start + 30_000_000,
        attributes: vec![
            ("exception.message".to_owned(), Json::string("no such row")),
            ("exception.type".to_owned(), Json::string("LookupError")),
        ],
    }];
    let mut info = TraceInfo::new(trace_id);
    info.name = "answer".to_owned();
    info.start_unix_nanos = spans[0].start_unix_nanos;
    info.duration_nanos = Some(50_000_000);
    info.request_preview = Some(format!("Grüße {number}?"));
    info.response_preview = Some("[1, 2.5, \"drei\"]".to_owned());
    info.client_request_id = Some(format!("req-{number}"));
    info.session = Some(format!("session-{}", number % 7));
    info.token_usage = Some(TokenUsage::new(240, 60).cache_read(20));
    info.cost = Some(Cost::new(0.25, 0.5));
    info.tags.insert("tier".to_owned(), "gold".to_owned());
    info.metadata.insert(keys::META_SCHEMA_VERSION.to_owned(), "3".to_owned());
    info.metadata.insert(keys::META_TRACE_USER.to_owned(), "u-17".to_owned());
    let stats = SizeStats::new(spans.iter().map(|span| span_json(span).len()).collect(), 500);
    info.metadata.insert(keys::META_SIZE_STATS.to_owned(), stats.to_json());
    info.metadata.insert(keys::META_SIZE_BYTES.to_owned(), stats.total_bytes().to_string());
    Trace::new(info, spans, Completeness::Whole)
}

/// What a call of a model carries: 120 tokens in, 30 out, model and cost.
pub(super) fn model_call() -> [(String, Json); 4] {
    [
        (keys::TOKEN_USAGE, r#"{"input_tokens": 120, "output_tokens": 30, "total_tokens": 150, "cache_read_input_tokens": 10}"#),
        (keys::LLM_MODEL, r#""gpt-4o-mini""#),
        (keys::LLM_PROVIDER, r#""openai""#),
        (keys::LLM_COST, r#"{"input_cost": 0.125, "output_cost": 0.25, "total_cost": 0.375}"#),
    ]
    .map(|(key, json)| (key.to_owned(), Json::from_valid(json.to_owned())))
}

/// Opens a database with a short patience.
pub(crate) fn open(path: &Path) -> Result<StoreWriter, StoreError> {
    StoreWriter::open(path, "/artifacts/mlruns", Duration::from_millis(300))
}

/// Writes traces to the default experiment of a database that is opened for it.
pub(crate) fn write(path: &Path, traces: &[Trace]) -> Result<Batch, StoreError> {
    open(path)?.write(traces.iter(), &Experiment::Default)
}

/// A text that SQLite answers with, for looking behind the scenes.
pub(super) fn ask(path: &Path, sql: &str) -> String {
    let connection = rusqlite::Connection::open(path).unwrap();
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let cells = (0..columns).map(|index| {
            Ok(match row.get::<_, rusqlite::types::Value>(index)? {
                rusqlite::types::Value::Null => "NULL".to_owned(),
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Real(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                rusqlite::types::Value::Blob(_) => "a blob".to_owned(),
            })
        });
        Ok(cells.collect::<rusqlite::Result<Vec<_>>>()?.join(" "))
    });
    rows.unwrap().map(|row| row.unwrap()).collect::<Vec<_>>().join("\n")
}
