// #[mlflow::trace]
// fn f() -> ! { loop {} }

fn f() -> ! {
    ::mlflow::__private::run_bare(
        {
            static MLFLOW_CALLSITE: ::mlflow::__private::Callsite = ::mlflow::__private::Callsite::new(
                "f",
                "f",
                ::mlflow::__private::SpanType::Unknown,
                "",
            );
            &MLFLOW_CALLSITE
        },
        move || -> ! {
            {
                const _: () = ();
                loop {}
            }
        },
        |outcome, returned| {
            #[allow(unused_imports)]
            use ::mlflow::__private::by_type::*;
            match (&::mlflow::__private::Returned(returned)).mlflow_split() {
                ::mlflow::__private::Result::Ok(value) => {
                    (&&&&::mlflow::__private::Value(value)).mlflow_output(outcome)
                }
                ::mlflow::__private::Result::Err(error) => {
                    (&&&&&&::mlflow::__private::ErrorValue(error)).mlflow_record(outcome)
                }
            }
        },
    )
}
