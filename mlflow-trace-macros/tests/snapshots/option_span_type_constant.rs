// #[mlflow::trace(span_type = SpanType::custom(MINE))]
// fn f() {}

fn f() {
    let span = {
        static MLFLOW_CALLSITE: ::mlflow::__private::Callsite = ::mlflow::__private::Callsite::new(
            "f",
            "f",
            ::mlflow::__private::ConstSpanType::new(SpanType::custom(MINE)).get(),
            "",
        );
        ::mlflow::__private::start_bare(&MLFLOW_CALLSITE)
    };
    ::mlflow::__private::run_unit(span, move || -> () { {} }, ::mlflow::__private::Unit)
}
