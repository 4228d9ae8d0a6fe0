// #[mlflow::trace(links = spans)]
// fn f(spans: &[Link]) {}

fn f(spans: &[Link]) {
    let off = ::mlflow::__private::is_off();
    let span = if off {
        ::mlflow::__private::Span::OFF
    } else {
        #[allow(unused_variables, clippy::shadow_same)]
        let spans = spans;
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
                (&&&&::mlflow::__private::Value(&spans)).mlflow_input(inputs, "spans");
                inputs.links_of(&spans);
            },
        )
    };
    ::mlflow::__private::run_unit(
        off,
        span,
        move || -> () {
            #[allow(clippy::shadow_same)]
            let spans = spans;
            let _ = &spans;
            {}
        },
        ::mlflow::__private::Unit,
    )
}
