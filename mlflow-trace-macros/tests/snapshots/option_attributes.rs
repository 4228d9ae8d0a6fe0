// #[mlflow::trace(attributes(model = a.model, "dotted.key" = 1 + 2))]
// fn f(a: A) {}

fn f(a: A) {
    let span = {
        static MLFLOW_CALLSITE: ::mlflow::__private::Callsite = ::mlflow::__private::Callsite::new(
            "f",
            "f",
            ::mlflow::__private::SpanType::Unknown,
            "",
        );
        ::mlflow::__private::start(
            &MLFLOW_CALLSITE,
            |inputs| {
                #[allow(unused_imports)]
                use ::mlflow::__private::{
                    ValueDebug as _, ValueOpaque as _, ValueSerialize as _,
                };
                (&&&::mlflow::__private::Value(&a)).mlflow_input(inputs, "a");
                (&&&::mlflow::__private::Value(&(a.model)))
                    .mlflow_attribute(inputs, "model");
                (&&&::mlflow::__private::Value(&(1 + 2)))
                    .mlflow_attribute(inputs, "dotted.key");
            },
        )
    };
    ::mlflow::__private::run(
        span,
        move || -> () {
            #[allow(clippy::shadow_same)]
            let a = a;
            {}
        },
        |outcome, returned| {
            #[allow(unused_imports)]
            use ::mlflow::__private::{
                ErrorChain as _, ErrorDebug as _, ErrorDisplay as _, ErrorOpaque as _,
                ErrorRef as _, ErrorSyncRef as _, Result, ReturnedResult as _,
                ReturnedValue as _, ValueDebug as _, ValueOpaque as _,
                ValueSerialize as _,
            };
            match (&::mlflow::__private::Returned(returned)).mlflow_split() {
                Result::Ok(value) => {
                    (&&&::mlflow::__private::Value(value)).mlflow_output(outcome)
                }
                Result::Err(error) => {
                    (&&&&&&::mlflow::__private::ErrorValue(error)).mlflow_record(outcome)
                }
            }
        },
    )
}
