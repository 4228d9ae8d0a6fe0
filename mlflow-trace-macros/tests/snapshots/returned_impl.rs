// #[mlflow::trace]
// fn f(n: u32) -> Result<impl Iterator<Item = u32>, E> { Ok(0..n) }

fn f(n: u32) -> Result<impl Iterator<Item = u32>, E> {
    let off = ::mlflow::__private::is_off();
    let span = if off {
        ::mlflow::__private::Span::OFF
    } else {
        #[allow(unused_variables, clippy::shadow_same)]
        let n = n;
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
                (&&&&::mlflow::__private::Value(&n)).mlflow_input(inputs, "n");
            },
        )
    };
    let value = ::mlflow::__private::run_open(
        span,
        move || -> Result<_, E> {
            #[allow(clippy::shadow_same)]
            let n = n;
            {
                const _: () = ();
                Ok(0..n)
            }
        },
    );
    match value {
        ::mlflow::__private::Result::Ok(value) => {
            ::mlflow::__private::Result::Ok({
                ::mlflow::__private::iterator::<
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
