// #[mlflow::trace]
// async fn f(a: A, #[cfg(unix)] b: B) { a.await; }

async fn f(a: A, #[cfg(unix)] b: B) {
    let mut span = ::mlflow::__private::async_span({
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
                #[cfg(unix)]
                (&&&::mlflow::__private::Value(&b)).mlflow_input(inputs, "b");
            },
        )
    });
    let body = ::mlflow::__private::pin!(
        async move { #[allow(unreachable_code, clippy::diverging_sub_expression)] if
        false { return; } #[allow(clippy::shadow_same)] let a = a; #[cfg(unix)]
        #[allow(clippy::shadow_same)] let b = b; { a. await; } }
    );
    ::mlflow::__private::run_async(
            &mut span,
            body,
            |outcome, returned| {
                #[allow(unused_imports)]
                use ::mlflow::__private::{
                    ErrorChain as _, ErrorDebug as _, ErrorDisplay as _,
                    ErrorOpaque as _, ErrorRef as _, ErrorSyncRef as _, Result,
                    ReturnedResult as _, ReturnedValue as _, ValueDebug as _,
                    ValueOpaque as _, ValueSerialize as _,
                };
                match (&::mlflow::__private::Returned(returned)).mlflow_split() {
                    Result::Ok(value) => {
                        (&&&::mlflow::__private::Value(value)).mlflow_output(outcome)
                    }
                    Result::Err(error) => {
                        (&&&&&&::mlflow::__private::ErrorValue(error))
                            .mlflow_record(outcome)
                    }
                }
            },
        )
        .await
}
