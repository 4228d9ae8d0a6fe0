// #[mlflow::trace(span_type = SpanType::custom(MINE))]
// fn f() {}

fn f() {
    ::mlflow::__private::run_bare_unit(
        {
            static MLFLOW_CALLSITE: ::mlflow::__private::Callsite = ::mlflow::__private::Callsite::new(
                "f",
                "f",
                ::mlflow::__private::ConstSpanType::new(SpanType::custom(MINE)).get(),
                "",
            );
            &MLFLOW_CALLSITE
        },
        move || -> () { {} },
        ::mlflow::__private::Unit,
    )
}
