// #[mlflow::trace]
// fn f() {}

fn f() {
    let span = {
        static MLFLOW_CALLSITE: ::mlflow::__private::Callsite = ::mlflow::__private::Callsite::new(
            "f",
            "f",
            ::mlflow::__private::SpanType::Unknown,
            "",
        );
        ::mlflow::__private::start_bare(&MLFLOW_CALLSITE)
    };
    ::mlflow::__private::run_unit(span, move || -> () { {} }, ::mlflow::__private::Unit)
}
