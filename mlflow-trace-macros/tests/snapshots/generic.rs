// #[mlflow::trace]
// fn f<'a, T: Debug, const N: usize>(items: &'a [T; N]) -> Option<&'a T> where T: Ord { items.iter().max() }

fn f<'a, T: Debug, const N: usize>(items: &'a [T; N]) -> Option<&'a T>
where
    T: Ord,
{
    let off = ::mlflow::__private::is_off();
    let span = if off {
        ::mlflow::__private::Span::OFF
    } else {
        #[allow(unused_variables, clippy::shadow_same)]
        let items = items;
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
                (&&&&::mlflow::__private::Value(&items)).mlflow_input(inputs, "items");
            },
        )
    };
    ::mlflow::__private::run(
        off,
        span,
        move || -> Option<&'_ T> {
            #[allow(clippy::shadow_same)]
            let items = items;
            {
                const _: () = ();
                items.iter().max()
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
