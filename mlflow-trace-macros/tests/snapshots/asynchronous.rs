// #[mlflow::trace]
// async fn f(a: A, mut b: B) -> Result<R, E> { a.with(b).await }

async fn f(a: A, b: B) -> Result<R, E> {
    let off = ::mlflow::__private::is_off();
    #[allow(clippy::used_underscore_binding)]
    let (span, (a, b)) = {
        let (a, b) = (a, b);
        (
            if off {
                ::mlflow::__private::Span::OFF
            } else {
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
                        (&&&&::mlflow::__private::Value(&a)).mlflow_input(inputs, "a");
                        (&&&&::mlflow::__private::Value(&b)).mlflow_input(inputs, "b");
                    },
                )
            },
            (a, b),
        )
    };
    let body = move || async move {
        #[allow(unreachable_code, clippy::diverging_sub_expression)]
        if false {
            let returned: Result<R, E> = loop {};
            return returned;
        }
        #[allow(clippy::shadow_same)]
        let a = a;
        #[allow(clippy::shadow_same)]
        let mut b = b;
        {
            const _: () = ();
            a.with(b).await
        }
    };
    if off || span.is_nothing() {
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
    }
}
