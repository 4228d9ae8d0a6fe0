// #[mlflow::trace]
// fn f((a, _): (A, B), Pair { c, .. }: Pair, ref d: D, _: E) { use_all(a, c, d); }

fn f(__arg0: (A, B), __arg1: Pair, __arg2: D, __arg3: E) {
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
                #[allow(unused_variables, clippy::pattern_type_mismatch)]
                let (a, _) = &__arg0;
                #[allow(unused_variables, clippy::pattern_type_mismatch)]
                let Pair { c, .. } = &__arg1;
                #[allow(unused_variables, clippy::pattern_type_mismatch)]
                let d = &__arg2;
                (&&&&::mlflow::__private::Value(&a)).mlflow_input(inputs, "a");
                (&&&&::mlflow::__private::Value(&c)).mlflow_input(inputs, "c");
                (&&&&::mlflow::__private::Value(&d)).mlflow_input(inputs, "d");
            },
        )
    };
    ::mlflow::__private::run_unit(
        off,
        span,
        move || -> () {
            let __arg0 = __arg0;
            let (a, _) = __arg0;
            let __arg1 = __arg1;
            let Pair { c, .. } = __arg1;
            let __arg2 = __arg2;
            let ref d = __arg2;
            let __arg3 = __arg3;
            {
                use_all(a, c, d);
            }
        },
        ::mlflow::__private::Unit,
    )
}
