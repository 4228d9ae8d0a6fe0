// #[mlflow::trace]
// fn f(a: A) -> impl Stream<Item = u32> + Send { a.stream() }

fn f(a: A) -> impl Stream<Item = u32> + Send {
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
    let value = ::mlflow::__private::run_open(
        span,
        move || {
            #[allow(clippy::shadow_same)]
            let a = a;
            {
                const _: () = ();
                a.stream()
            }
        },
    );
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
