// #[mlflow::trace]
// fn f(a: A, mut b: B) -> R { a.with(b) }

fn f(a: A, b: B) -> R {
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
                (&&&&::mlflow::__private::Value(&b)).mlflow_input(inputs, "b");
            },
        )
    };
    ::mlflow::__private::run(
        off,
        span,
        move || -> R {
            #[allow(clippy::shadow_same)]
            let a = a;
            #[allow(clippy::shadow_same)]
            let mut b = b;
            {
                const _: () = ();
                a.with(b)
            }
        },
        |outcome, returned| {
            #[allow(unused_imports)]
            use ::mlflow::__private::by_type::*;
            match (&::mlflow::__private::Returned(returned)).mlflow_split() {
                ::mlflow::__private::Result::Ok(value) => {
                    (&&&&::mlflow::__private::Value(value)).mlflow_output(outcome)
                }
                ::mlflow::__private::Result::Err(error) => {
                    (&&&&&&::mlflow::__private::ErrorValue(error)).mlflow_record(outcome)
                }
            }
        },
    )
}
