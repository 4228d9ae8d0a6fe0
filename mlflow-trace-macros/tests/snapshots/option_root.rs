// #[mlflow::trace(root, sampling_ratio = 0.1, experiment = "bot")]
// async fn f() {}

async fn f() {
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
            choices.root();
            choices.sampling_ratio(0.1);
            choices.experiment(&("bot"));
        },
        |_| {},
    );
    let body = move || async move {
        #[allow(unreachable_code, clippy::diverging_sub_expression)]
        if false {
            return;
        }
        {}
    };
    if span.is_nothing() {
        let body = ::mlflow::__private::pin!(::mlflow::__private::call(body));
        body.await
    } else {
        let body = ::mlflow::__private::pin!(::mlflow::__private::some(body));
        ::mlflow::__private::run_async_unit(span, body, ::mlflow::__private::Unit).await
    }
}
