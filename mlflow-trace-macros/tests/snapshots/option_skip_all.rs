// #[mlflow::trace(skip_all)]
// fn f(a: A, b: B) {}

fn f(a: A, b: B) {
    ::mlflow::__private::run_bare_unit(
        {
            static MLFLOW_CALLSITE: ::mlflow::__private::Callsite = ::mlflow::__private::Callsite::new(
                "f",
                "f",
                ::mlflow::__private::SpanType::Unknown,
                "",
            );
            &MLFLOW_CALLSITE
        },
        move || -> () {
            #[allow(clippy::shadow_same)]
            let a = a;
            #[allow(clippy::shadow_same)]
            let b = b;
            {}
        },
        ::mlflow::__private::Unit,
    )
}
