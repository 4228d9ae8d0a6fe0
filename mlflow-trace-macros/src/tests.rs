//! What the attribute prints, on tokens: the whole of it for one function of each shape, so that a change of the
//! generated code shows itself.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::traced;

fn expanded(options: TokenStream, item: TokenStream) -> TokenStream {
    traced(options, item, false)
}

/// Fails with both texts when they differ in more than white space.
#[track_caller]
fn assert_prints(printed: &TokenStream, expected: &TokenStream) {
    assert_eq!(printed.to_string(), expected.to_string());
}

#[test]
fn a_function_runs_inside_two_calls() {
    let printed = expanded(
        quote!(name = "named", span_type = "LLM", attributes(n = b + 1), skip(x)),
        quote! {
            /// Documented.
            pub fn f(&self, a: A, mut b: B, (x, y): (X, Y), _: G) -> R {
                let c = a;
                c
            }
        },
    );
    let expected = quote! {
        /// Documented.
        pub fn f(&self, a: A, b: B, (x, y): (X, Y), __arg4: G) -> R {
            let off = ::mlflow::__private::is_off();
            let span = if off { ::mlflow::__private::Span::OFF } else { ::mlflow::__private::start({
                static MLFLOW_CALLSITE: ::mlflow::__private::Callsite = ::mlflow::__private::Callsite::new(
                    "named", "f", ::mlflow::__private::SpanType::custom("LLM"), ""
                );
                &MLFLOW_CALLSITE }, &mut |inputs| {
                    #[allow(unused_imports)]
                    use ::mlflow::__private::by_type::*;
                    (&&&&::mlflow::__private::Value(&a)).mlflow_input(inputs, "a");
                    (&&&&::mlflow::__private::Value(&b)).mlflow_input(inputs, "b");
                    (&&&&::mlflow::__private::Value(&y)).mlflow_input(inputs, "y");
                    (&&&&::mlflow::__private::Value(&(b + 1))).mlflow_attribute(inputs, "n");}) };
            ::mlflow::__private::run(
                off,
                span,
                move || -> R {
                    #[allow(clippy::shadow_same)] let a = a;
                    #[allow(clippy::shadow_same)] let mut b = b;
                    let _ = &b;
                    #[allow(clippy::shadow_same)] let x = x;
                    #[allow(clippy::shadow_same)] let y = y;
                    let __arg4 = __arg4;
                    {
                        let c = a;
                        c
                    }
                },
                |outcome, returned| {
                    #[allow(unused_imports)]
                    use ::mlflow::__private::by_type::*;
                    match (&::mlflow::__private::Returned(returned)).mlflow_split() {
                        ::mlflow::__private::Result::Ok(value) => (&&&&::mlflow::__private::Value(value)).mlflow_output(outcome),
                        ::mlflow::__private::Result::Err(error) => (&&&&&&::mlflow::__private::ErrorValue(error)).mlflow_record(outcome),
                    }
                }
            )
        }
    };
    assert_prints(&printed, &expected);
}

#[test]
fn an_async_function_runs_as_a_block_inside_itself() {
    let printed = expanded(
        quote!(skip_all, skip_output, crate = other::path),
        quote! { async fn f(a: A) -> Result<impl T, E> { a.b().await; } },
    );
    let expected = quote! {
        async fn f(a: A) -> Result<impl T, E> {
            #[allow(clippy::used_underscore_binding)]
            let (span, (a,)) = {
                let (a,) = (a,);
                (other::path::__private::start_bare({
                    static MLFLOW_CALLSITE: other::path::__private::Callsite = other::path::__private::Callsite::new(
                        "f", "f", other::path::__private::SpanType::Unknown, ""
                    );
                    &MLFLOW_CALLSITE }), (a,))
            };
            let body = move || async move {
                #[allow(unreachable_code, clippy::diverging_sub_expression)]
                if false {
                    let returned: Result<_, E> = loop {};
                    return returned;
                }
                #[allow(clippy::shadow_same)] let a = a;
                { a.b().await; }
            };
            if span.is_nothing() {
                let body = other::path::__private::pin!(other::path::__private::call(body));
                body.await
            } else {
            let body = other::path::__private::pin!(other::path::__private::some(body));
            other::path::__private::run_async(
                span,
                body,
                |outcome, returned| {
                    #[allow(unused_imports)]
                    use other::path::__private::by_type::*;
                    match (&other::path::__private::Returned(returned)).mlflow_split() {
                        other::path::__private::Result::Ok(_) => {},
                        other::path::__private::Result::Err(error) => (&&&&&&other::path::__private::ErrorValue(error)).mlflow_record(outcome),
                    }
                }
            ).await
            }
        }
    };
    assert_prints(&printed, &expected);
}

#[test]
fn a_boxed_future_is_traced_inside_its_box() {
    let printed = expanded(
        quote!(skip_output),
        quote! {
            fn f<'async_trait>(a: A, __arg1: (B, C), unused: &D) -> ::core::pin::Pin<Box<dyn Future<Output = R>>> {
                Box::pin(async move {
                    let a = a;
                    let (b, _) = { let __arg1 = __arg1; __arg1 };
                    format!("{a}{b:?}")
                })
            }
        },
    )
    .to_string();
    let start = quote! {
        Box::pin(async move {
            let off = ::mlflow::__private::is_off();
            let span = if off { ::mlflow::__private::Span::OFF } else { ::mlflow::__private::start({
                static MLFLOW_CALLSITE: ::mlflow::__private::Callsite = ::mlflow::__private::Callsite::new(
                    "f", "f", ::mlflow::__private::SpanType::Unknown, ""
                );
                &MLFLOW_CALLSITE }, &mut |inputs| {
                    #[allow(unused_imports)]
                    use ::mlflow::__private::by_type::*;
                    #[allow(unused_variables, clippy::pattern_type_mismatch)] let (b, _) = &__arg1;
                    (&&&&::mlflow::__private::Value(&a)).mlflow_input(inputs, "a");
                    (&&&&::mlflow::__private::Value(&b)).mlflow_input(inputs, "b");}) };
            let body = move || async move {
                #[allow(unreachable_code, clippy::diverging_sub_expression)]
                if false {
                    let returned: R = loop {};
                    return returned;
                }
                {
                    let a = a;
                    let (b, _) = { let __arg1 = __arg1; __arg1 };
                    format!("{a}{b:?}")
                }
            };
            if off || span.is_nothing() {
                let body = ::mlflow::__private::pin!(::mlflow::__private::call(body));
                body.await
            } else {
                let body = ::mlflow::__private::pin!(::mlflow::__private::some(body));
                ::mlflow::__private::run_async(span, body,)
            }
        })
    }
    .to_string();
    let start = start.trim_end_matches(['}', ')', ' ', ',']);
    assert!(printed.contains(start), "{printed}\n\nshould hold\n\n{start}");
}

#[test]
fn a_stream_in_a_box_in_a_result_is_wrapped_or_ends_the_span() {
    let printed = expanded(
        quote!(skip_output),
        quote! { fn f(a: A) -> Result<Pin<Box<dyn Stream<Item = T> + Send>>, E> { made(a) } },
    )
    .to_string();
    let value = quote!(let value = ::mlflow::__private::run_open(span, move ||));
    let ok = quote! {
        match value {
            ::mlflow::__private::Result::Ok(value) => ::mlflow::__private::Result::Ok({
                if span.is_nothing() {
                    value
                } else {
                    ::mlflow::__private::Box::pin(::mlflow::__private::stream::<T, _, _>(span, value, false,))
                }
            })
        }
    };
    let error = quote!((&&&&&&::mlflow::__private::ErrorValue(error)).mlflow_record(outcome));
    for part in [value, ok, error] {
        let part = part.to_string();
        let part = part.trim_end_matches(['}', ')', ' ', ';']);
        assert!(printed.contains(part), "{printed}\n\nshould hold\n\n{part}");
    }
}

#[test]
fn a_pattern_that_leaves_parts_behind_moves_in_as_a_whole() {
    let printed =
        expanded(quote!(), quote! { fn f(Pair { a: mut x, .. }: Pair, ref y: Y) { x; } }).to_string();
    for part in [
        quote!(fn f(__arg0: Pair, __arg1: Y)),
        quote!(#[allow(unused_variables, clippy::pattern_type_mismatch)] let Pair { a: x, .. } = &__arg0;),
        quote!((&&&&::mlflow::__private::Value(&x)).mlflow_input(inputs, "x");),
        quote!(let __arg0 = __arg0; let Pair { a: mut x, .. } = __arg0; let __arg1 = __arg1; let ref y = __arg1;),
    ] {
        assert!(printed.contains(&part.to_string()), "{printed}\n\nshould hold\n\n{part}");
    }
}

/// How many `compile_error!` calls stand in the tokens.
fn errors_in(tokens: &TokenStream) -> usize {
    let is_error = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "compile_error");
    tokens.clone().into_iter().filter(is_error).count()
}

#[test]
fn whatever_is_wrong_the_item_comes_first_and_every_error_after_it() {
    for (options, item, errors) in [
        (
            quote!(nmae = "a", skip(b), skip_all = 1),
            quote!(
                fn f(a: u32) {}
            ),
            3,
        ),
        (
            quote!(name = "", name = "b"),
            quote!(
                const fn f() {}
            ),
            2,
        ),
        (
            quote!(level = 1),
            quote!(
                struct S;
            ),
            2,
        ),
        (
            quote!(),
            quote!(
                fn f();
            ),
            1,
        ),
        (
            quote!(),
            quote!(
                fn f(a: u32, ...) {}
            ),
            1,
        ),
        (
            quote!(),
            quote!(
                extern "C" {
                    fn f();
                }
            ),
            1,
        ),
        (
            quote!(name = ),
            quote!(
                macro_rules! m {
                    () => {};
                }
            ),
            2,
        ),
        (
            quote!(= = =),
            quote!(
                fn f() {}
            ),
            1,
        ),
    ] {
        let printed = expanded(options.clone(), item.clone());
        assert!(printed.to_string().starts_with(&item.to_string()), "{printed}");
        assert_eq!(errors_in(&printed), errors, "{options}: {printed}");
    }
}

#[test]
fn disabled_leaves_the_function_as_it_was_and_still_checks_the_options() {
    let item = quote! { async fn f(mut a: A, (b, _): (B, C)) -> R { #![allow(unused)] a } };
    let printed = traced(quote!(name = "named", skip(a), attributes(k = a)), item.clone(), true);
    assert_prints(&printed, &item);
    assert_eq!(errors_in(&traced(quote!(skip(c)), item, true)), 1);
}

#[test]
fn a_body_that_no_parser_of_ours_knows_goes_through() {
    let printed = expanded(quote!(), quote! { fn f() { syntax of => a later @ year; } });
    assert_eq!(errors_in(&printed), 0);
    assert!(printed.to_string().contains("syntax of => a later @ year ;"));
}

/// Tokens stand for the time that the compiler needs for each annotated function.
#[test]
fn the_generated_code_stays_small() {
    fn tokens(stream: TokenStream) -> usize {
        let count = |token| match token {
            TokenTree::Group(group) => 2 + tokens(group.stream()),
            _ => 1,
        };
        stream.into_iter().map(count).sum()
    }
    let size = |item| tokens(expanded(quote!(), item));
    let none = size(quote!(
        fn f() {
            1;
        }
    ));
    let one = size(quote!(
        fn f(a: A) -> B {
            1
        }
    ));
    let three = size(quote!(
        fn f(a: A, b: B, c: C) -> B {
            1
        }
    ));
    assert!(none <= 110, "a function without arguments takes {none} tokens");
    assert!(one <= 355, "a function with an argument and a result takes {one} tokens");
    assert!(three - one <= 100, "two more arguments take {} tokens", three - one);
}
