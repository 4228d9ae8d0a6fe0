// #[mlflow::trace(attributes(steps = self.steps))]
// fn f(&mut self, by: u32) -> &mut u32 { self.steps += by; &mut self.steps }

fn f(&mut self, by: u32) -> &mut u32 {
    let off = ::mlflow::__private::is_off();
    let span = if off {
        ::mlflow::__private::Span::OFF
    } else {
        #[allow(unused_variables, clippy::shadow_same)]
        let by = by;
        ::mlflow::__private::start(
            {
                static MLFLOW_CALLSITE: ::mlflow::__private::Callsite = ::mlflow::__private::Callsite::new(
                    "f",
                    "f",
                    ::mlflow::__private::SpanType::Unknown,
                    "",
                );
                &MLFLOW_CALLSITE
            },
            &mut |inputs| {
                #[allow(unused_imports)]
                use ::mlflow::__private::by_type::*;
                (&&&&::mlflow::__private::Value(&by)).mlflow_input(inputs, "by");
                (&&&&::mlflow::__private::Value(&(self.steps)))
                    .mlflow_attribute(inputs, "steps");
            },
        )
    };
    ::mlflow::__private::run(
        off,
        span,
        move || -> &mut u32 {
            #[allow(clippy::shadow_same)]
            let by = by;
            {
                self.steps += by;
                &mut self.steps
            }
        },
        |outcome, returned| {
            #[allow(unused_imports)]
            use ::mlflow::__private::by_type::*;
            match (&::mlflow::__private::Returned(returned)).mlflow_split() {
                ::mlflow::__private::Result::Ok(value) => {
                    (&&&&::mlflow::__private::Value(value)).mlflow_output(outcome)
                }
                ::mlflow::__private::Result::Err(error) => {
                    (&&&&&&::mlflow::__private::ErrorValue(error)).mlflow_record(outcome)
                }
            }
        },
    )
}
