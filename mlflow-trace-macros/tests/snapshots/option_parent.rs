// #[mlflow::trace(parent = span)]
// fn f(span: &SpanHandle) {}

fn f(span: &SpanHandle) {
    let span = ::mlflow::__private::start_with(
        {
            static MLFLOW_CALLSITE: ::mlflow::__private::Callsite = ::mlflow::__private::Callsite::new(
                "f",
                "f",
                ::mlflow::__private::SpanType::Unknown,
                "",
            );
            &MLFLOW_CALLSITE
        },
        |choices| {
            choices.parent(&(span));
        },
        |inputs| {
            #[allow(unused_imports)]
            use ::mlflow::__private::by_type::*;
            (&&&&::mlflow::__private::Value(&span)).mlflow_input(inputs, "span");
        },
    );
    ::mlflow::__private::run_unit(
        false,
        span,
        move || -> () {
            #[allow(clippy::shadow_same)]
            let span = span;
            let _ = &span;
            {}
        },
        ::mlflow::__private::Unit,
    )
}
