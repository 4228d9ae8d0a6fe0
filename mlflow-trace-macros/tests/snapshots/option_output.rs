// #[mlflow::trace(output = |value| value.len())]
// fn f(a: A) -> Result<String, E> { a.into() }

fn f(a: A) -> Result<String, E> {
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
    ::mlflow::__private::run(
        off,
        span,
        move || -> Result<String, E> {
            #[allow(clippy::shadow_same)]
            let a = a;
            {
                const _: () = ();
                a.into()
            }
        },
        |outcome, returned| {
            #[allow(unused_imports)]
            use ::mlflow::__private::by_type::*;
            match (&::mlflow::__private::Returned(returned)).mlflow_split() {
                ::mlflow::__private::Result::Ok(value) => {
                    if let ::mlflow::__private::Option::Some(mapped) = ::mlflow::__private::mapped(
                        outcome,
                        value,
                        |value| value.len(),
                    ) {
                        (&&&&::mlflow::__private::Value(&mapped)).mlflow_output(outcome);
                    }
                }
                ::mlflow::__private::Result::Err(error) => {
                    (&&&&&&::mlflow::__private::ErrorValue(error)).mlflow_record(outcome)
                }
            }
        },
    )
}
