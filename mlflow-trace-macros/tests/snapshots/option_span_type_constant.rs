// #[mlflow::trace(span_type = SpanType::custom(MINE))]
// fn f() {}

fn f() {
    let span = {
        static MLFLOW_CALLSITE: ::mlflow::__private::Callsite = ::mlflow::__private::Callsite::new(
            "f",
            "f",
            SpanType::custom(MINE),
            "",
        );
        ::mlflow::__private::start(&MLFLOW_CALLSITE, |_| {})
    };
    ::mlflow::__private::run(
        span,
        move || -> () { {} },
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
