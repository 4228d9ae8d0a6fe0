// #[mlflow::trace(crate = renamed::library)]
// fn f(a: A) {}

fn f(a: A) {
    let span = {
        static MLFLOW_CALLSITE: renamed::library::__private::Callsite = renamed::library::__private::Callsite::new(
            "f",
            "f",
            renamed::library::__private::SpanType::Unknown,
            "",
        );
        renamed::library::__private::start(
            &MLFLOW_CALLSITE,
            |inputs| {
                #[allow(unused_imports)]
                use renamed::library::__private::{
                    ValueDebug as _, ValueOpaque as _, ValueSerialize as _,
                };
                (&&&renamed::library::__private::Value(&a)).mlflow_input(inputs, "a");
            },
        )
    };
    renamed::library::__private::run(
        span,
        move || -> () {
            #[allow(clippy::shadow_same)]
            let a = a;
            {}
        },
        |outcome, returned| {
            #[allow(unused_imports)]
            use renamed::library::__private::{
                ErrorChain as _, ErrorDebug as _, ErrorDisplay as _, ErrorOpaque as _,
                ErrorRef as _, ErrorSyncRef as _, Result, ReturnedResult as _,
                ReturnedValue as _, ValueDebug as _, ValueOpaque as _,
                ValueSerialize as _,
            };
            match (&renamed::library::__private::Returned(returned)).mlflow_split() {
                Result::Ok(value) => {
                    (&&&renamed::library::__private::Value(value)).mlflow_output(outcome)
                }
                Result::Err(error) => {
                    (&&&&&&renamed::library::__private::ErrorValue(error))
                        .mlflow_record(outcome)
                }
            }
        },
    )
}
