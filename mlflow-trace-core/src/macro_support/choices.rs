//! Which trace a span belongs to, where the attribute chooses it: off the ordinary way, so that spans without a choice
//! pay nothing for it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::span::{Inputs, Span};
use crate::api::{DetachedSpan, SpanHandle};
use crate::buffer::Callsite;
use crate::buffer::record::Section;
use crate::context::{Context, Mode, attach, current};
use crate::policy::sampler::Sampler;
use crate::recorder::{Fill, OpenSpan, panic_text};
use crate::runtime::{is_off, runtime};

/// What the options chose.
#[derive(Debug, Default)]
pub struct Choices {
    parent: Option<Context>,
    is_root: bool,
    sampler: Option<Sampler>,
    experiment: Option<String>,
}

impl Choices {
    /// The span becomes a child of this one, if there is one.
    pub fn parent<P: ParentSpan + ?Sized>(&mut self, parent: &P) {
        self.parent = parent.handle().map(SpanHandle::context);
    }

    /// The span begins a trace.
    pub fn root(&mut self) {
        self.is_root = true;
    }

    /// The share of traces that is kept, when the span begins one. What is no number chooses nothing.
    pub fn sampling_ratio(&mut self, ratio: impl Into<f64>) {
        let ratio = ratio.into();
        self.sampler = (!ratio.is_nan()).then(|| Sampler::new(ratio));
    }

    /// The experiment of the trace, when the span begins one.
    pub fn experiment<T: AsRef<str> + ?Sized>(&mut self, name: &T) {
        self.experiment = Some(name.as_ref().trim()).filter(|name| !name.is_empty()).map(str::to_owned);
    }

    /// The context that the span starts in, for a caller in `caller`.
    fn outer(&self, caller: Context) -> Context {
        match self.parent {
            _ if self.is_root => caller.outside(),
            // A handle from outside of all spans stands for no parent.
            Some(parent) if parent.mode() != Mode::Outside => parent,
            _ => caller,
        }
    }
}

/// What may be given as `parent`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no parent of a span",
    label = "expected a `SpanHandle`, or an `Option` of one",
    note = "`mlflow::current_span()` gives the handle of the span that is current"
)]
pub trait ParentSpan {
    /// The span's handle, if there is a parent.
    fn handle(&self) -> Option<&SpanHandle>;
}

impl ParentSpan for SpanHandle {
    fn handle(&self) -> Option<&SpanHandle> {
        Some(self)
    }
}

impl ParentSpan for DetachedSpan {
    fn handle(&self) -> Option<&SpanHandle> {
        Some(self)
    }
}

impl<P: ParentSpan> ParentSpan for Option<P> {
    fn handle(&self) -> Option<&SpanHandle> {
        self.as_ref().and_then(P::handle)
    }
}

impl<P: ParentSpan + ?Sized> ParentSpan for &P {
    fn handle(&self) -> Option<&SpanHandle> {
        P::handle(self)
    }
}

/// As [`start`](super::start), in the trace that `choose` says. Neither closure is called when tracing is off.
pub fn start_with(
    callsite: &'static Callsite,
    choose: impl FnOnce(&mut Choices),
    inputs: impl FnOnce(&mut Inputs<'_>),
) -> Span {
    if is_off() {
        return Span::OFF;
    }
    let (mut choose, mut inputs) = (Some(choose), Some(inputs));
    let mut choose = |choices: &mut Choices| choose.take().into_iter().for_each(|choose| choose(choices));
    start_chosen(callsite, &mut choose, &mut |payload| {
        if let Some(inputs) = inputs.take() {
            inputs(&mut Inputs(payload));
        }
    })
}

fn start_chosen(callsite: &'static Callsite, choose: &mut dyn FnMut(&mut Choices), fill: Fill<'_>) -> Span {
    let by = || format!("the first call of the traced function `{}`", callsite.function);
    let Some(runtime) = runtime(&by).filter(|_| !is_off()) else { return Span::OFF };
    let recorder = &runtime.recorder;
    let caller = current();
    if matches!(caller.mode(), Mode::Silent | Mode::Paused) {
        // A value's own code that we run, or a scope that is kept out: nothing in it is traced, whatever it asks for.
        return Span::OFF;
    }
    let mut choices = Choices::default();
    let panic = catch_unwind(AssertUnwindSafe(|| choose(&mut choices))).err();
    let outer = choices.outer(caller);
    let begins_trace = outer.mode() == Mode::Outside;
    let drawn = begins_trace.then(|| match choices.sampler {
        Some(sampler) => recorder.draw_with(&outer, sampler),
        None => recorder.draw(&outer),
    });
    let attached = attach(outer);
    let span = recorder.start(Some(callsite), drawn, &mut |payload| {
        // The options are computed where the function was called.
        let _caller = attach(caller);
        if let Some(panic) = &panic {
            let why = format!("its own code panicked: {}", panic_text(&**panic));
            payload.texts(Section::Problem, &["the choice of a trace", &why]);
        }
        fill(payload);
    });
    drop(attached);
    if begins_trace
        && span.records()
        && let Some(name) = &choices.experiment
    {
        recorder.update_trace(&span.inside, |payload| payload.texts(Section::Experiment, &[name]));
    }
    // What the span left as it was is still not what the caller has.
    Span(if span.enters() { span } else { OpenSpan::silent(outer) })
}
