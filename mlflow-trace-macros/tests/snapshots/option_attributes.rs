// #[mlflow::trace(attributes(model = a.model, "dotted.key" = 1 + 2))]
// fn f(a: A) {}

fn f(a: A) {
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
                (&&&&::mlflow::__private::Value(&(a.model)))
                    .mlflow_attribute(inputs, "model");
                (&&&&::mlflow::__private::Value(&(1 + 2)))
                    .mlflow_attribute(inputs, "dotted.key");
            },
        )
    };
    ::mlflow::__private::run_unit(
        off,
        span,
        move || -> () {
            #[allow(clippy::shadow_same)]
            let a = a;
            let _ = &a;
            {}
        },
        ::mlflow::__private::Unit,
    )
}
