//! What a payload is made of: sections, each with a tag and fields.

/// What a section of a payload says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Section {
    /// One argument: name, tape.
    Input = 1,
    /// All inputs: tape. Replaces the arguments.
    Inputs,
    /// The return value: tape.
    Returned,
    /// Outputs that were set by hand: tape. Beats the return value.
    Outputs,
    /// key, tape
    Attribute,
    /// name, then pairs of key and tape, closed by an empty key
    Event,
    /// type, message, stack trace
    Exception,
    /// message; the span failed
    Failed,
    /// set by hand: code byte as text ("OK", "ERROR", "UNSET"), message
    Status,
    /// name
    Name,
    /// text
    SpanType,
    /// nothing; the future was dropped before it ended
    Cancelled,
    /// what, why: a value could not be recorded
    Problem,
    /// key, value
    TraceTag,
    /// key, value
    TraceMetadata,
    /// text
    Session,
    /// text
    User,
    /// text
    ClientRequestId,
    /// text
    RequestPreview,
    /// text
    ResponsePreview,
    /// how much the span matters: MLflow's number as text
    LogLevel,
    /// trace id, span id
    Link,
    /// name; the trace goes there
    Experiment,
    /// nothing; the span is that of a stream
    Stream,
    /// number; the value before it is the item of a stream that has this number
    Chunk,
    /// how many items were left out; the outputs are the stream's items
    Chunks,
    /// nothing; the stream was dropped before its end
    StoppedEarly,
    /// nothing; the future was dropped before it was polled
    NeverPolled,
    /// nanoseconds since 1970; the span started then, whenever the record was made
    StartedAt,
    /// nanoseconds since 1970; the span ended then
    EndedAt,
    /// nanoseconds since 1970, then as [`Event`](Self::Event)
    EventAt,
    /// trace id, span id, then pairs of key and tape
    LinkWith,
    /// key, value: holds where nothing else was said
    FallbackTag,
    /// key, value: holds where nothing else was said
    FallbackMetadata,
    /// how the trace ends: MLflow's word
    TraceState,
    /// name, version: a prompt of the registry was used
    Prompt,
    /// key, value, route: a tag of a trace that may have been delivered
    TagSet,
    /// key, route: a tag of such a trace that goes
    TagDeleted,
    /// id, kind, size, content type: content that a value refers to and that is stashed
    Attached,
    /// id, bytes: such content, in a journal alone
    AttachedContent,
    /// route, then JSON: an assessment of a trace is logged, changed or deleted
    Assessment,
    /// tape; the value of the assessment before it
    AssessmentValue,
}

impl Section {
    const ALL: [Self; 42] = [
        Self::Input,
        Self::Inputs,
        Self::Returned,
        Self::Outputs,
        Self::Attribute,
        Self::Event,
        Self::Exception,
        Self::Failed,
        Self::Status,
        Self::Name,
        Self::SpanType,
        Self::Cancelled,
        Self::Problem,
        Self::TraceTag,
        Self::TraceMetadata,
        Self::Session,
        Self::User,
        Self::ClientRequestId,
        Self::RequestPreview,
        Self::ResponsePreview,
        Self::LogLevel,
        Self::Link,
        Self::Experiment,
        Self::Stream,
        Self::Chunk,
        Self::Chunks,
        Self::StoppedEarly,
        Self::NeverPolled,
        Self::StartedAt,
        Self::EndedAt,
        Self::EventAt,
        Self::LinkWith,
        Self::FallbackTag,
        Self::FallbackMetadata,
        Self::TraceState,
        Self::Prompt,
        Self::TagSet,
        Self::TagDeleted,
        Self::Attached,
        Self::AttachedContent,
        Self::Assessment,
        Self::AssessmentValue,
    ];

    pub(super) fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.get(usize::from(byte).checked_sub(1)?).copied()
    }
}
