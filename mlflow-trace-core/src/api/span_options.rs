//! What can be said about a span before it starts, beyond its type and values: where it belongs, when it began, how
//! much it matters, what it has to do with; and the start of a span that no block surrounds.

use std::time::{SystemTime, UNIX_EPOCH};

use super::{DetachedSpan, SpanBuilder, SpanHandle};
use crate::buffer::record::Section;
use crate::context::{Mode, current};
use crate::model::{Json, LinkTarget, LogLevel, clamp_nanos, keys};

impl SpanBuilder {
    /// Makes the span a child of this one, whatever is current; a handle from outside of all spans changes nothing.
    ///
    /// Say it before the values: what was said of a span in a trace that is not sampled is not kept.
    ///
    /// ```
    /// let request = mlflow_trace_core::current_span();
    /// std::thread::spawn(move || mlflow_trace_core::span("work").parent(&request).run(|_| {}));
    /// ```
    #[inline]
    pub fn parent(mut self, parent: &SpanHandle) -> Self {
        if let Some(recording) = &mut self.recording
            && parent.context().mode() != Mode::Outside
        {
            recording.choose(parent.context());
        }
        self
    }

    /// Begins a trace with the span, whatever is current. Say it before the values, as [`parent`](Self::parent).
    #[inline]
    pub fn root(mut self) -> Self {
        if let Some(recording) = &mut self.recording {
            recording.choose(current().outside());
        }
        self
    }

    /// Names the experiment of the trace, when the span begins one.
    #[inline]
    pub fn experiment(mut self, name: &str) -> Self {
        if let Some(recording) = &mut self.recording {
            recording.experiment(name);
        }
        self
    }

    /// Says when the span began; else it begins when it starts. A moment before 1970 counts as 1970.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// let began = SystemTime::now() - Duration::from_secs(2);
    /// let span = mlflow_trace_core::span("download").start_time(began).start_detached();
    /// span.end_at(began + Duration::from_millis(1500));
    /// ```
    #[inline]
    pub fn start_time(self, time: SystemTime) -> Self {
        self.fill(|payload| payload.number(Section::StartedAt, unix_nanos(time)))
    }

    /// Sets how much the span matters; else its type decides.
    #[inline]
    pub fn log_level(self, level: LogLevel) -> Self {
        self.fill(|payload| payload.texts(Section::LogLevel, &[level.number()]))
    }

    /// Sets a sentence about the span, which is shown beside it (`mlflow.spanDescription`).
    #[inline]
    pub fn description(self, text: &str) -> Self {
        self.fill(|payload| payload.text_value(Section::Attribute, Some(keys::SPAN_DESCRIPTION), text))
    }

    /// Links a span that this one has to do with: a handle, a [`Link`](crate::Link), a pair of ids.
    #[inline]
    pub fn link(self, target: impl LinkTarget) -> Self {
        self.fill(|payload| target.link().iter().for_each(|link| payload.link(link)))
    }

    /// Starts the span without making it current anywhere. It ends where [`DetachedSpan::end`] is called, in whatever
    /// thread or task, or where it is dropped.
    ///
    /// It is a child of what is current here, unless [`parent`](Self::parent) or [`root`](Self::root) says otherwise.
    ///
    /// ```
    /// let upload = mlflow_trace_core::span("upload").inputs("a.txt").start_detached();
    /// std::thread::spawn(move || {
    ///     upload.run(|| mlflow_trace_core::span("part").run(|_| {}));
    ///     upload.set_outputs(1);
    ///     upload.end();
    /// });
    /// ```
    #[inline]
    pub fn start_detached(self) -> DetachedSpan {
        DetachedSpan::new(self.recording)
    }

    /// A value that is JSON already.
    pub(super) fn json(self, key: &str, value: &Json) -> Self {
        self.fill(|payload| payload.json(Section::Attribute, Some(key), value))
    }
}

/// As MLflow keeps times.
pub(super) fn unix_nanos(time: SystemTime) -> u64 {
    clamp_nanos(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos())
}
