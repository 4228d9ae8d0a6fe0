// #[mlflow::trace(name = NAME)]
// fn f() {}

fn f() {
    ::mlflow::__private::run_bare_unit(
        {
            static MLFLOW_CALLSITE: ::mlflow::__private::Callsite = ::mlflow::__private::Callsite::new(
                NAME,
                "f",
                ::mlflow::__private::SpanType::Unknown,
                "",
            );
            &MLFLOW_CALLSITE
        },
        move || -> () { {} },
        ::mlflow::__private::Unit,
    )
}
