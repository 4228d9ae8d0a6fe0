// #[mlflow::trace]
// fn f<'a>(a: &'a A) -> Pin<Box<dyn Future<Output = R> + Send + 'a>> { Box::pin(async move { a.run().await }) }

fn f<'a>(a: &'a A) -> Pin<Box<dyn Future<Output = R> + Send + 'a>> {
    Box::pin(async move {
        let off = ::mlflow::__private::is_off();
        let span = if off {
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
                },
            )
        };
        let body = move || async move {
            #[allow(unreachable_code, clippy::diverging_sub_expression)]
            if false {
                let returned: R = loop {};
                return returned;
            }
            {
                const _: () = ();
                a.run().await
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
    })
}
