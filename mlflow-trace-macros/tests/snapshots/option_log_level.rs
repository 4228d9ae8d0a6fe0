// #[mlflow::trace(log_level = "WARNING")]
// fn f() {}

fn f() {
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
                inputs.log_level("30");
            },
        )
    };
    ::mlflow::__private::run_unit(
        off,
        span,
        move || -> () { {} },
        ::mlflow::__private::Unit,
    )
}
