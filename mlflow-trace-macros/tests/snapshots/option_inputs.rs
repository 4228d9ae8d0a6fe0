// #[mlflow::trace(inputs(a, total = a + b))]
// fn f(a: u32, b: u32) -> u32 { a * b }

fn f(a: u32, b: u32) -> u32 {
    let off = ::mlflow::__private::is_off();
    let span = if off {
        ::mlflow::__private::Span::OFF
    } else {
        #[allow(unused_variables, clippy::shadow_same)]
        let a = a;
        #[allow(unused_variables, clippy::shadow_same)]
        let b = b;
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
                (&&&&::mlflow::__private::Value(&(a + b))).mlflow_input(inputs, "total");
            },
        )
    };
    ::mlflow::__private::run(
        off,
        span,
        move || -> u32 {
            #[allow(clippy::shadow_same)]
            let a = a;
            let _ = &a;
            #[allow(clippy::shadow_same)]
            let b = b;
            let _ = &b;
            {
                const _: () = ();
                a * b
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
