//! What a span that has not started yet takes down. Of the feature `disabled` there is none, so that a builder has
//! nothing to hold and nothing to drop.

#[cfg(feature = "disabled")]
pub(super) use off::Recording;
#[cfg(not(feature = "disabled"))]
pub(super) use on::Recording;

#[cfg(not(feature = "disabled"))]
mod on {
    use crate::buffer::record::Section;
    use crate::context::{Context, Mode, attach, current};
    use crate::recorder::{DrawnTrace, OpenSpan, Payload, Recorder};
    use crate::runtime::{is_off, runtime};

    pub(in crate::api) struct Recording {
        recorder: &'static Recorder,
        payload: Payload,
        drawn: Option<DrawnTrace>,
        is_recorded: bool,
        /// Where the span belongs, when that was chosen.
        chosen: Option<Context>,
        experiment: Option<Box<str>>,
    }

    impl Recording {
        pub(in crate::api) fn begin(name: &str, by: &dyn Fn() -> String) -> Option<Self> {
            let recorder = runtime(by).map(|runtime| &runtime.recorder).filter(|_| !is_off())?;
            let mut drawn = None;
            let is_recorded = is_recorded(recorder, &current(), &mut drawn);
            let mut payload = Payload::new(recorder.limits());
            // Whatever becomes of the span: another place for it may be chosen later.
            payload.texts(Section::Name, &[name]);
            Some(Self { recorder, payload, drawn, is_recorded, chosen: None, experiment: None })
        }

        /// Where values are taken down, unless nothing is.
        pub(in crate::api) fn payload(&mut self) -> Option<&mut Payload> {
            self.is_recorded.then_some(&mut self.payload)
        }

        /// The span belongs below this context, whatever is current.
        pub(in crate::api) fn choose(&mut self, outer: Context) {
            // In a value's own code that we run, and in a scope that is kept out, nothing is traced, whatever is asked for.
            if !matches!(current().mode(), Mode::Silent | Mode::Paused) {
                self.drawn = None;
                self.is_recorded = is_recorded(self.recorder, &outer, &mut self.drawn);
                self.chosen = Some(outer);
            }
        }

        /// The experiment of the trace, when the span begins one.
        pub(in crate::api) fn experiment(&mut self, name: &str) {
            self.experiment = Some(name.trim()).filter(|name| !name.is_empty()).map(Box::from);
        }

        pub(in crate::api) fn start(self) -> OpenSpan {
            self.start_below().0
        }

        /// The span, and its parent or zero.
        pub(in crate::api) fn start_below(self) -> (OpenSpan, u64) {
            let Self { recorder, payload, drawn, is_recorded, chosen, experiment } = self;
            let outer = chosen.unwrap_or_else(current);
            if !is_recorded {
                // Decided when the builder was made; what it should have taken down is not there.
                let silent = match (outer.mode(), drawn) {
                    (Mode::Silent | Mode::Unsampled | Mode::Paused, _) => outer,
                    (_, Some(drawn)) => drawn.unsampled(&outer),
                    (_, None) => outer.outside().with_mode(Mode::Unsampled),
                };
                return (OpenSpan::silent(silent), 0);
            }
            let attached = chosen.map(attach);
            let mut payload = Some(payload);
            let span = recorder.start(None, drawn, &mut |filled| {
                payload.take().into_iter().for_each(|all| filled.absorb(all));
            });
            drop(attached);
            if let Some(name) = experiment
                && span.is_root()
                && span.records()
            {
                recorder.update_trace(&span.inside, |payload| payload.texts(Section::Experiment, &[&name]));
            }
            // What the span left as it was is still not what the caller has.
            let span = if span.enters() || chosen.is_none() { span } else { OpenSpan::silent(outer) };
            (span, if span.records() && !span.is_root() { outer.span } else { 0 })
        }
    }

    fn is_recorded(recorder: &Recorder, outer: &Context, drawn: &mut Option<DrawnTrace>) -> bool {
        match outer.mode() {
            Mode::Recording | Mode::InLostSpan | Mode::Remote => true,
            Mode::Silent | Mode::Unsampled | Mode::Paused => false,
            // The loss of this span is counted when it starts.
            Mode::Lost => true,
            // Drawn now, so that nothing is taken down for a trace that is not sampled.
            Mode::Outside => drawn.insert(recorder.draw(outer)).is_sampled,
        }
    }
}

#[cfg(feature = "disabled")]
mod off {
    use crate::context::Context;
    use crate::recorder::{OpenSpan, Payload};

    pub(in crate::api) enum Recording {}

    impl Recording {
        pub(in crate::api) fn begin(_name: &str, _by: &dyn Fn() -> String) -> Option<Self> {
            None
        }

        pub(in crate::api) fn payload(&mut self) -> Option<&mut Payload> {
            match *self {}
        }

        pub(in crate::api) fn choose(&mut self, _outer: Context) {
            match *self {}
        }

        pub(in crate::api) fn experiment(&mut self, _name: &str) {
            match *self {}
        }

        pub(in crate::api) fn start(self) -> OpenSpan {
            match self {}
        }

        pub(in crate::api) fn start_below(self) -> (OpenSpan, u64) {
            match self {}
        }
    }
}
