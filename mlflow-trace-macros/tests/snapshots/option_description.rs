// #[mlflow::trace(description = "A sentence.")]
// fn f() {}

fn f() {
    ::mlflow::__private::run_bare_unit(
        {
            static MLFLOW_CALLSITE: ::mlflow::__private::Callsite = ::mlflow::__private::Callsite::new(
                "f",
                "f",
                ::mlflow::__private::SpanType::Unknown,
                "A sentence.",
            );
            &MLFLOW_CALLSITE
        },
        move || -> () { {} },
        ::mlflow::__private::Unit,
    )
}
