// #[mlflow::trace]
// async fn f(a: A) -> Result<BoxStream<'static, u32>, E> { Ok(a.stream()) }

async fn f(a: A) -> Result<BoxStream<'static, u32>, E> {
    let off = ::mlflow::__private::is_off();
    #[allow(clippy::used_underscore_binding)]
    let (span, (a,)) = {
        let (a,) = (a,);
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
                    },
                )
            },
            (a,),
        )
    };
    let body = move || async move {
        #[allow(unreachable_code, clippy::diverging_sub_expression)]
        if false {
            let returned: Result<BoxStream<'static, u32>, E> = loop {};
            return returned;
        }
        #[allow(clippy::shadow_same)]
        let a = a;
        {
            const _: () = ();
            Ok(a.stream())
        }
    };
    let value = if span.is_nothing() {
        ::mlflow::__private::call(body).await
    } else {
        let body = ::mlflow::__private::pin!(::mlflow::__private::some(body));
        ::mlflow::__private::run_open_async(span, body).await
    };
    match value {
        ::mlflow::__private::Result::Ok(value) => {
            ::mlflow::__private::Result::Ok({
                if span.is_nothing() {
                    value
                } else {
                    ::mlflow::__private::Box::pin(
                        ::mlflow::__private::stream::<
                            u32,
                            _,
                            _,
                        >(
                            span,
                            value,
                            true,
                            |outcome, returned| {
                                #[allow(unused_imports)]
                                use ::mlflow::__private::by_type::*;
                                match (&::mlflow::__private::Returned(returned))
                                    .mlflow_split()
                                {
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
                        ),
                    )
                }
            })
        }
        ::mlflow::__private::Result::Err(error) => {
            ::mlflow::__private::end(
                span,
                |outcome| {
                    #[allow(unused_imports)]
                    use ::mlflow::__private::by_type::*;
                    #[allow(unused_variables)]
                    let error = &error;
                    (&&&&&&::mlflow::__private::ErrorValue(error)).mlflow_record(outcome)
                },
            );
            ::mlflow::__private::Result::Err(error)
        }
    }
}
