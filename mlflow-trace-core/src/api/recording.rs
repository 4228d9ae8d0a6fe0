//! What a span that has not started yet takes down. Of the feature `disabled` there is none, so that a builder has
//! nothing to hold and nothing to drop.

#[cfg(feature = "disabled")]
pub(super) use off::Recording;
#[cfg(not(feature = "disabled"))]
pub(super) use on::Recording;

#[cfg(not(feature = "disabled"))]
mod on {
    use crate::buffer::record::Section;
    use crate::context::{Context, Mode, current};
    use crate::recorder::{DrawnTrace, OpenSpan, Payload, Recorder};
    use crate::runtime::{is_off, runtime};

    pub(in crate::api) struct Recording {
        recorder: &'static Recorder,
        payload: Payload,
        drawn: Option<DrawnTrace>,
        is_recorded: bool,
    }

    impl Recording {
        pub(in crate::api) fn begin(name: &str, by: &dyn Fn() -> String) -> Option<Self> {
            let recorder = runtime(by).map(|runtime| &runtime.recorder).filter(|_| !is_off())?;
            let outer = current();
            let mut drawn = None;
            let is_recorded = match outer.mode() {
                Mode::Recording | Mode::InLostSpan => true,
                Mode::Silent | Mode::Unsampled => false,
                // The loss of this span is counted when it starts.
                Mode::Lost => true,
                // Drawn now, so that nothing is taken down for a trace that is not sampled.
                Mode::Outside => drawn.insert(recorder.draw(&outer)).is_sampled,
            };
            let mut payload = Payload::new(recorder.limits());
            if is_recorded {
                payload.texts(Section::Name, &[name]);
            }
            Some(Self { recorder, payload, drawn, is_recorded })
        }

        /// Where values are taken down, unless nothing is.
        pub(in crate::api) fn payload(&mut self) -> Option<&mut Payload> {
            self.is_recorded.then_some(&mut self.payload)
        }

        pub(in crate::api) fn start(self) -> OpenSpan {
            let Self { recorder, payload, drawn, is_recorded } = self;
            if !is_recorded {
                // Decided when the builder was made; what it should have taken down is not there.
                let outer = current();
                let is_silent = outer.mode() == Mode::Silent;
                return OpenSpan::silent(if is_silent { outer } else { Context::UNSAMPLED });
            }
            let mut payload = Some(payload);
            recorder.start(None, drawn, &mut |filled| {
                payload.take().into_iter().for_each(|all| filled.absorb(all));
            })
        }
    }
}

#[cfg(feature = "disabled")]
mod off {
    use crate::recorder::{OpenSpan, Payload};

    pub(in crate::api) enum Recording {}

    impl Recording {
        pub(in crate::api) fn begin(_name: &str, _by: &dyn Fn() -> String) -> Option<Self> {
            None
        }

        pub(in crate::api) fn payload(&mut self) -> Option<&mut Payload> {
            match *self {}
        }

        pub(in crate::api) fn start(self) -> OpenSpan {
            match self {}
        }
    }
}
