// #[mlflow::trace]
// async fn f() -> ! { loop { pause().await; } }

async fn f() -> ! {
    let span = ::mlflow::__private::start_bare({
        static MLFLOW_CALLSITE: ::mlflow::__private::Callsite = ::mlflow::__private::Callsite::new(
            "f",
            "f",
            ::mlflow::__private::SpanType::Unknown,
            "",
        );
        &MLFLOW_CALLSITE
    });
    let body = move || async move {
        #[allow(unreachable_code, clippy::diverging_sub_expression)]
        if false {
            return;
        }
        {
            const _: () = ();
            loop {
                pause().await;
            }
        }
    };
    if span.is_nothing() {
        let body = ::mlflow::__private::pin!(::mlflow::__private::call(body));
        body.await
    } else {
        let body = ::mlflow::__private::pin!(::mlflow::__private::some(body));
        ::mlflow::__private::run_async(
                span,
                body,
                |outcome, returned| {
                    #[allow(unused_imports)]
                    use ::mlflow::__private::by_type::*;
                    match (&::mlflow::__private::Returned(returned)).mlflow_split() {
                        ::mlflow::__private::Result::Ok(value) => {
                            (&&&&::mlflow::__private::Value(value))
                                .mlflow_output(outcome)
                        }
                        ::mlflow::__private::Result::Err(error) => {
                            (&&&&&&::mlflow::__private::ErrorValue(error))
                                .mlflow_record(outcome)
                        }
                    }
                },
            )
            .await
    };
    #[allow(clippy::empty_loop)] loop {}
}
