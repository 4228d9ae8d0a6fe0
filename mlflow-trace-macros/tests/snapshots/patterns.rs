// #[mlflow::trace]
// fn f((a, _): (A, B), Pair { c, .. }: Pair, ref d: D, _: E) { use_all(a, c, d); }

fn f(__arg0: (A, B), __arg1: Pair, __arg2: D, __arg3: E) {
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
                #[allow(unused_variables, clippy::pattern_type_mismatch)]
                let (a, _) = &__arg0;
                (&&&::mlflow::__private::Value(&a)).mlflow_input(inputs, "a");
                #[allow(unused_variables, clippy::pattern_type_mismatch)]
                let Pair { c, .. } = &__arg1;
                (&&&::mlflow::__private::Value(&c)).mlflow_input(inputs, "c");
                #[allow(unused_variables, clippy::pattern_type_mismatch)]
                let d = &__arg2;
                (&&&::mlflow::__private::Value(&d)).mlflow_input(inputs, "d");
            },
        )
    };
    ::mlflow::__private::run(
        span,
        move || -> () {
            let __arg0 = __arg0;
            let (a, _) = __arg0;
            let __arg1 = __arg1;
            let Pair { c, .. } = __arg1;
            let __arg2 = __arg2;
            let ref d = __arg2;
            let __arg3 = __arg3;
            {
                use_all(a, c, d);
            }
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
