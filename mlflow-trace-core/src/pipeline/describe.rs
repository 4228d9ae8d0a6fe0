//! What MLflow keeps about a trace as a whole, worked out from its spans and from what the program said.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::Arc;

use crate::buffer::record::{Section, Sections};
use crate::config::{Attachments, TraceBounds};
use crate::model::{
    LinkedPrompt, Role, SizeStats, Span, StatusCode, TraceInfo, TraceState, keys, preview, shorten,
    total_cost, total_usage, with_linked_prompts,
};
use crate::policy::processing::Processing;
use crate::policy::{PriceTable, Redactor};

/// Where traces come from: the same for all traces of a process.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Source {
    /// The user that runs the program (`mlflow.user`).
    pub(crate) user: String,
    /// The program (`mlflow.source.name`).
    pub(crate) name: String,
    /// The commit, branch and remote of the working directory's git repository; empty where there is none.
    pub(crate) git_commit: String,
    pub(crate) git_branch: String,
    pub(crate) git_repo_url: String,
    /// The run that they belong to (`mlflow.sourceRun`).
    pub(crate) run_id: Option<String>,
    /// What is kept out of all of them.
    pub(crate) redactors: Vec<Redactor>,
    /// What calls to language models cost.
    pub(crate) prices: PriceTable,
    /// What the program does to their spans, before anything is kept out.
    pub(crate) processing: Arc<Processing>,
    /// How long they may stay open, and how many.
    pub(crate) bounds: TraceBounds,
    /// What becomes of binary content in values.
    pub(crate) attachments: Attachments,
}

impl Source {
    /// What is known of the program, for a journal.
    pub(super) fn texts(&self) -> [&str; 6] {
        let run = self.run_id.as_deref().unwrap_or_default();
        [&self.user, &self.name, &self.git_commit, &self.git_branch, &self.git_repo_url, run]
    }

    /// The same rules with what a journal says about its program.
    pub(super) fn of_journal(&self, texts: Vec<String>) -> Option<Self> {
        let [user, name, git_commit, git_branch, git_repo_url, run] = texts.try_into().ok()?;
        Some(Self {
            user,
            name,
            git_commit,
            git_branch,
            git_repo_url,
            run_id: Some(run).filter(|run| !run.is_empty()),
            redactors: self.redactors.clone(),
            prices: self.prices.clone(),
            processing: Arc::clone(&self.processing),
            bounds: self.bounds,
            attachments: self.attachments,
        })
    }

    /// The same with what the testing kit adds for a capture.
    pub(super) fn on_route(self: &Arc<Self>, route: u32) -> Arc<Self> {
        #[cfg(feature = "testing")]
        if route != 0
            && let Some(scoped) = crate::policy::processing::scoped::of(route)
        {
            let (processing, redactors) = scoped.after(&self.processing, &self.redactors);
            return Arc::new(Self { processing, redactors, ..Self::clone(self) });
        }
        let _ = route;
        Arc::clone(self)
    }
}

/// When it was said, and its section.
type Note = (u64, Box<[u8]>);

/// What the program said about a trace: of each thing the last word, with its time, since threads are read one after
/// the other.
#[derive(Clone, Default)]
pub(super) struct TraceNotes {
    /// By what the note is about: its tag, and its key if it has one.
    notes: BTreeMap<Box<[u8]>, Note>,
    bytes: usize,
}

impl TraceNotes {
    pub(super) fn take(&mut self, time: u64, payload: &[u8]) {
        let mut fields = Sections::new(payload);
        let tag = fields.tag();
        let about = match tag {
            Some(tag) if is_keyed(tag) => 5 + fields.bytes().len(),
            // Of these each is a thing of its own.
            Some(Section::Prompt) => payload.len(),
            _ => 1,
        };
        let mut about = Cow::Borrowed(payload.get(..about).unwrap_or(payload));
        // However it is said, it is about the same tag.
        if matches!(tag, Some(Section::TagSet | Section::TagDeleted))
            && let Some(first) = about.to_mut().first_mut()
        {
            *first = Section::TraceTag as u8;
        }
        match self.notes.get_mut(&*about) {
            Some((last, _)) if *last > time => {}
            Some((last, note)) => {
                self.bytes = self.bytes + payload.len() - note.len();
                (*last, *note) = (time, payload.into());
            }
            None => {
                self.bytes += about.len() + payload.len() + 96;
                self.notes.insert(about.into(), (time, payload.into()));
            }
        }
    }

    /// Takes all that others know.
    pub(super) fn take_all(&mut self, others: &Self) {
        others.notes.values().for_each(|(time, payload)| self.take(*time, payload));
    }

    /// The tags that are to be set, and the keys of those that are to go.
    pub(super) fn tag_changes(&self) -> (BTreeMap<String, String>, BTreeSet<String>) {
        let (mut set, mut deleted) = (BTreeMap::new(), BTreeSet::new());
        for (_, payload) in self.notes.values() {
            let mut fields = Sections::new(payload);
            let tag = fields.tag();
            let key = first_chars(fields.text(), keys::MAX_TAG_KEY);
            if tag == Some(Section::TagDeleted) {
                deleted.insert(key);
            } else {
                set.insert(key, first_chars(fields.text(), keys::MAX_TAG_VALUE));
            }
        }
        (set, deleted)
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Fills in the whole of the info. `open_root` is the root when it has not ended; `span_sizes` are those of the spans as the
/// program made them, before anything was worked out.
pub(super) fn describe(
    info: &mut TraceInfo,
    spans: &[Span],
    open_root: Option<&Span>,
    notes: &TraceNotes,
    lost_spans: u64,
    source: &Source,
    span_sizes: Vec<usize>,
) {
    if let Some(root) = open_root.or_else(|| spans.iter().find(|span| span.parent_id.is_none())) {
        describe_root(info, root);
    }
    if open_root.is_some() {
        info.state = TraceState::InProgress;
        info.duration_nanos = None;
    }
    info.token_usage = total_usage(spans);
    info.cost = total_cost(spans);
    let said = [
        (keys::META_SCHEMA_VERSION, "3"),
        (keys::META_USER, &source.user),
        (keys::META_SOURCE_NAME, &source.name),
        (keys::META_SOURCE_TYPE, "LOCAL"),
        (keys::META_GIT_COMMIT, &source.git_commit),
        (keys::META_GIT_BRANCH, &source.git_branch),
        (keys::META_GIT_REPO_URL, &source.git_repo_url),
    ];
    for (key, value) in said {
        info.metadata.insert(key.to_owned(), value.to_owned());
    }
    if let Some(run) = &source.run_id {
        info.metadata.insert(keys::META_SOURCE_RUN.to_owned(), run.clone());
    }
    take_notes(info, notes);
    if lost_spans > 0 {
        info.metadata.insert(keys::META_LOST_SPANS.to_owned(), lost_spans.to_string());
    }
    clip(&mut info.metadata, keys::MAX_METADATA_KEY, keys::MAX_METADATA_VALUE);
    clip(&mut info.tags, keys::MAX_TAG_KEY, keys::MAX_TAG_VALUE);
    add_size_stats(info, span_sizes);
}

fn describe_root(info: &mut TraceInfo, root: &Span) {
    info.name.clone_from(&root.name);
    info.start_unix_nanos = root.start_unix_nanos;
    info.duration_nanos = Some(root.end_unix_nanos.saturating_sub(root.start_unix_nanos));
    info.state = if root.status.code == StatusCode::Error { TraceState::Error } else { TraceState::Ok };
    let (inputs, outputs) = (root.inputs(), root.outputs());
    info.request_preview = inputs.map(|json| preview(json.as_str(), Role::User));
    info.response_preview = outputs.map(|json| preview(json.as_str(), Role::Assistant));
    for (key, json) in [(keys::META_TRACE_INPUTS, inputs), (keys::META_TRACE_OUTPUTS, outputs)] {
        let text = json.map_or_else(String::new, |json| shorten(json.as_str(), keys::MAX_METADATA_VALUE));
        info.metadata.insert(key.to_owned(), text);
    }
}

/// Whether there may be many notes of the kind, each under a key.
fn is_keyed(tag: Section) -> bool {
    use Section::{FallbackMetadata, FallbackTag, TagDeleted, TagSet, TraceMetadata, TraceTag};
    matches!(tag, TraceTag | TraceMetadata | FallbackTag | FallbackMetadata | TagSet | TagDeleted)
}

fn take_notes(info: &mut TraceInfo, notes: &TraceNotes) {
    let (mut more_tags, mut more_metadata) = (BTreeMap::new(), BTreeMap::new());
    let mut prompts = Vec::new();
    let mut in_order: Vec<&Note> = notes.notes.values().collect();
    in_order.sort_by_key(|(time, _)| *time);
    for (_, payload) in in_order {
        let mut fields = Sections::new(payload);
        while let Some(tag) = fields.tag() {
            match tag {
                Section::TraceTag => {
                    let key = fields.text();
                    info.tags.insert(key, fields.text());
                }
                Section::TagSet => {
                    let key = fields.text();
                    info.tags.insert(key, fields.text());
                    let _route = fields.bytes();
                }
                Section::TagDeleted => {
                    info.tags.remove(&fields.text());
                    let _route = fields.bytes();
                }
                Section::Prompt => prompts.push(LinkedPrompt { name: fields.text(), version: fields.text() }),
                // An open trace stays one, whatever was said.
                Section::TraceState => match (info.state, fields.text().as_str()) {
                    (TraceState::InProgress, _) => {}
                    (_, "OK") => info.state = TraceState::Ok,
                    (_, "ERROR") => info.state = TraceState::Error,
                    _ => {}
                },
                Section::TraceMetadata => {
                    let key = fields.text();
                    info.metadata.insert(key, fields.text());
                }
                Section::FallbackTag => {
                    let key = fields.text();
                    more_tags.insert(key, fields.text());
                }
                Section::FallbackMetadata => {
                    let key = fields.text();
                    more_metadata.insert(key, fields.text());
                }
                Section::Session => info.session = Some(first_chars(fields.text(), keys::MAX_SESSION)),
                Section::User => {
                    info.metadata.insert(keys::META_TRACE_USER.to_owned(), fields.text());
                }
                Section::Experiment => {
                    info.experiment = Some(first_chars(fields.text(), keys::MAX_EXPERIMENT));
                }
                Section::ClientRequestId => {
                    info.client_request_id = Some(first_chars(fields.text(), keys::MAX_CLIENT_REQUEST_ID));
                }
                Section::RequestPreview => {
                    info.request_preview = Some(shorten(&fields.text(), keys::MAX_PREVIEW));
                }
                Section::ResponsePreview => {
                    info.response_preview = Some(shorten(&fields.text(), keys::MAX_PREVIEW));
                }
                // Sections of spans do not occur here.
                _ => break,
            }
        }
    }
    if !prompts.is_empty() {
        let linked = with_linked_prompts(info.tags.get(keys::LINKED_PROMPTS).map(String::as_str), prompts);
        info.tags.insert(keys::LINKED_PROMPTS.to_owned(), linked);
    }
    // A session may also be given as the metadata that it is in MLflow.
    if let Some(session) = info.metadata.remove(keys::META_TRACE_SESSION) {
        info.session = Some(first_chars(session, keys::MAX_SESSION));
    }
    let more_session = more_metadata.remove(keys::META_TRACE_SESSION);
    info.session = info.session.take().or(more_session.map(|text| first_chars(text, keys::MAX_SESSION)));
    for (key, value) in more_tags {
        info.tags.entry(key).or_insert(value);
    }
    for (key, value) in more_metadata {
        info.metadata.entry(key).or_insert(value);
    }
    // The name belongs to the root, the place of the spans to the store.
    for key in [keys::TAG_TRACE_NAME, keys::TAG_SPANS_LOCATION, keys::TAG_ARTIFACT_LOCATION] {
        info.tags.remove(key);
    }
}

fn clip(map: &mut BTreeMap<String, String>, max_key: usize, max_value: usize) {
    let is_long = |key: &str, value: &str| key.len() > max_key || value.len() > max_value;
    if map.iter().any(|(key, value)| is_long(key, value)) {
        *map = std::mem::take(map)
            .into_iter()
            .map(|(key, value)| (first_chars(key, max_key), first_chars(value, max_value)))
            .collect();
    }
}

fn first_chars(mut text: String, max: usize) -> String {
    if text.len() > max
        && let Some((end, _)) = text.char_indices().nth(max)
    {
        text.truncate(end);
    }
    text
}

fn add_size_stats(info: &mut TraceInfo, sizes: Vec<usize>) {
    let info_size = info_size(info);
    let stats = SizeStats::new(sizes, info_size);
    info.metadata.insert(keys::META_SIZE_BYTES.to_owned(), stats.total_bytes().to_string());
    info.metadata.insert(keys::META_SIZE_STATS.to_owned(), stats.to_json());
}

/// About the size of the info's JSON.
fn info_size(info: &TraceInfo) -> usize {
    let maps = info.metadata.iter().chain(&info.tags).map(|(key, value)| key.len() + value.len() + 8);
    let previews = [&info.request_preview, &info.response_preview];
    let mut frame = String::new();
    // Writing into a String can't fail.
    let _ = write!(frame, "{}{}", info.trace_id, info.name);
    300 + frame.len()
        + maps.sum::<usize>()
        + previews.iter().filter_map(|text| text.as_ref()).map(String::len).sum::<usize>()
}
