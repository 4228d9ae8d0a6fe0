// #[mlflow::trace(crate = renamed::library)]
// fn f(a: A) {}

fn f(a: A) {
    let off = renamed::library::__private::is_off();
    let span = if off {
        renamed::library::__private::Span::OFF
    } else {
        renamed::library::__private::start(
            {
                static MLFLOW_CALLSITE: renamed::library::__private::Callsite = renamed::library::__private::Callsite::new(
                    "f",
                    "f",
                    renamed::library::__private::SpanType::Unknown,
                    "",
                );
                &MLFLOW_CALLSITE
            },
            &mut |inputs| {
                #[allow(unused_imports)]
                use renamed::library::__private::by_type::*;
                (&&&&renamed::library::__private::Value(&a)).mlflow_input(inputs, "a");
            },
        )
    };
    renamed::library::__private::run_unit(
        off,
        span,
        move || -> () {
            #[allow(clippy::shadow_same)]
            let a = a;
            {}
        },
        renamed::library::__private::Unit,
    )
}
