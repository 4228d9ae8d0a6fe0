// #[mlflow::trace]
// fn f(#[mlflow(skip)] a: A, #[mlflow(debug)] b: B, #[mlflow(redact)] c: C) {}

fn f(a: A, b: B, c: C) {
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
                inputs.debug("b", &b);
                inputs.redacted("c");
            },
        )
    };
    ::mlflow::__private::run_unit(
        off,
        span,
        move || -> () {
            #[allow(clippy::shadow_same)]
            let a = a;
            #[allow(clippy::shadow_same)]
            let b = b;
            #[allow(clippy::shadow_same)]
            let c = c;
            {}
        },
        ::mlflow::__private::Unit,
    )
}
