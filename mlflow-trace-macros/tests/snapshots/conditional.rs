// #[mlflow::trace]
// fn f(a: A, #[cfg(unix)] b: B) { a; }

fn f(a: A, #[cfg(unix)] b: B) {
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
                #[cfg(unix)]
                (&&&&::mlflow::__private::Value(&b)).mlflow_input(inputs, "b");
            },
        )
    };
    ::mlflow::__private::run_unit(
        off,
        span,
        move || -> () {
            #[allow(clippy::shadow_same)]
            let a = a;
            #[cfg(unix)]
            #[allow(clippy::shadow_same)]
            let b = b;
            {
                a;
            }
        },
        ::mlflow::__private::Unit,
    )
}
