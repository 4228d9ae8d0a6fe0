// #[mlflow::trace]
// async fn f() -> ! { loop { pause().await; } }

async fn f() -> ! {
    let mut span = ::mlflow::__private::async_span({
        static MLFLOW_CALLSITE: ::mlflow::__private::Callsite = ::mlflow::__private::Callsite::new(
            "f",
            "f",
            ::mlflow::__private::SpanType::Unknown,
            "",
        );
        ::mlflow::__private::start(&MLFLOW_CALLSITE, |_| {})
    });
    let body = ::mlflow::__private::pin!(
        async move { #[allow(unreachable_code, clippy::diverging_sub_expression)] if
        false { return; } { const _ : () = (); loop { pause(). await; } } }
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
        .await;
    #[allow(clippy::empty_loop)] loop {}
}
