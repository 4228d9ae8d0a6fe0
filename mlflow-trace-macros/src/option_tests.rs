//! What the options print, on tokens, and what is taken off an item however it is printed.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

use crate::traced;

fn expanded(options: TokenStream, item: TokenStream) -> String {
    traced(options, item, false).to_string()
}

#[track_caller]
fn assert_holds(printed: &str, part: &TokenStream) {
    assert!(printed.contains(&part.to_string()), "{printed}\n\nshould hold\n\n{part}");
}

#[test]
fn a_choice_of_the_trace_goes_through_a_door_of_its_own() {
    let printed = expanded(
        quote!(skip_all, parent = p, sampling_ratio = 0.5, experiment = "e"),
        quote! { fn f(p: &P) { p; } },
    );
    assert_holds(
        &printed,
        &quote! {
            ::mlflow::__private::start_with(
                {
                    static MLFLOW_CALLSITE: ::mlflow::__private::Callsite = ::mlflow::__private::Callsite::new(
                        "f", "f", ::mlflow::__private::SpanType::Unknown, ""
                    );
                    &MLFLOW_CALLSITE
                },
                |choices| {
                    choices.parent(&(p));
                    choices.sampling_ratio(0.5);
                    choices.experiment(&("e"));
                },
                |_| {}
            )
        },
    );
}

#[test]
fn a_constant_of_self_is_written_down_with_each_span() {
    let printed = expanded(
        quote!(name = Self::NAME, span_type = KIND),
        quote! {
            fn f(&self) {}
        },
    );
    assert_holds(&printed, &quote!(inputs.name(const { Self::NAME });));
    assert_holds(
        &printed,
        &quote!(Callsite::new("f", "f", ::mlflow::__private::ConstSpanType::new(KIND).get(), "")),
    );
}

#[test]
fn output_and_err_change_how_the_outcome_is_told_and_nothing_else() {
    let printed = expanded(quote!(output = |v| v.len(), err = "debug"), quote! { fn f() -> R { g() } });
    assert_holds(
        &printed,
        &quote! {
            match (&::mlflow::__private::Returned(returned)).mlflow_split() {
                ::mlflow::__private::Result::Ok(value) => if let ::mlflow::__private::Option::Some(mapped) =
                    ::mlflow::__private::mapped(outcome, value, |v| v.len())
                {
                    (&&&&::mlflow::__private::Value(&mapped)).mlflow_output(outcome);
                },
                ::mlflow::__private::Result::Err(error) => outcome.error_debug(error),
            }
        },
    );
}

#[test]
fn options_of_arguments_are_gone_from_whatever_is_printed() {
    let item = quote! {
        fn f<F: Fn(u8)>(#[mlflow(skip)] a: A, #[cfg(any())] #[mlflow(debug)] b: B, #[mlflow] c: F) {
            ours!(#[mlflow(skip)]);
        }
    };
    let plain = quote! {
        fn f<F: Fn(u8)>(a: A, #[cfg(any())] b: B, c: F) {
            ours!(#[mlflow(skip)]);
        }
    };
    let with_errors = expanded(quote!(nmae = 1), item);
    assert!(with_errors.starts_with(&plain.to_string()), "{with_errors}");
    let off = quote! { fn f(#[mlflow(skip)] a: A, #[mlflow(redact)] (b, _): B) {} };
    assert_eq!(traced(quote!(), off, true).to_string(), quote! { fn f(a: A, (b, _): B) {} }.to_string());
}

#[test]
fn an_impl_hands_the_attribute_on() {
    let printed = expanded(
        quote!(span_type = "TOOL", skip(key), attributes(a = 1, b = 2), err = "debug"),
        quote! {
            #[outer]
            unsafe impl<T> Trait for S<T> where T: Clone {
                #![allow(unused)]
                const C: [u8; 2] = { [1, 2] };
                type Item = T;
                /// Documented.
                pub async fn all(&self, key: K) { key }
                #[mlflow::trace(name = "own", attributes(b = 3), err = "ignore")]
                #[inline]
                fn own(self) { self. }
                #[mlflow(skip)]
                fn left_out(#[mlflow(redact)] a: A) {}
                const fn constant() {}
                fn declared();
                a_macro! { fn not_seen() {} }
            }
        },
    );
    let expected = quote! {
        #[outer]
        unsafe impl<T> Trait for S<T> where T: Clone {
            #![allow(unused)]
            const C: [u8; 2] = { [1, 2] };
            type Item = T;
            #[doc = r" Documented."]
            #[::mlflow::trace(span_type = "TOOL", err = "debug", attributes("a" = 1, "b" = 2), skip(key))]
            pub async fn all(&self, key: K) { key }
            #[inline]
            #[::mlflow::trace(
                name = "own", attributes(b = 3), err = "ignore", span_type = "TOOL", attributes("a" = 1)
            )]
            fn own(self) { self. }
            fn left_out(a: A) {}
            const fn constant() {}
            fn declared();
            a_macro! { fn not_seen() {} }
        }
    };
    assert_eq!(printed, expected.to_string());
}

#[test]
fn an_impl_with_errors_stays_and_shows_each_once() {
    let printed = traced(
        quote!(name = "n"),
        quote! {
            impl S {
                #[mlflow::trace(nmae = 1)]
                fn f(#[mlflow(skip)] a: A) {}
                #[mlflow(hide)]
                fn g() {}
            }
        },
        false,
    );
    let plain = quote! { impl S { fn f(a: A) {} fn g() {} } };
    assert!(printed.to_string().starts_with(&plain.to_string()), "{printed}");
    let errors = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "compile_error");
    assert_eq!(printed.into_iter().filter(errors).count(), 2);
}

/// Each token as text, with the place of its first letter.
fn places(tokens: TokenStream, found: &mut Vec<(String, usize, usize)>) {
    for token in tokens {
        let start = token.span().start();
        match token {
            TokenTree::Group(group) => {
                found.push(("group".to_owned(), start.line, start.column));
                places(group.stream(), found);
            }
            other => found.push((other.to_string(), start.line, start.column)),
        }
    }
}

/// An editor completes what stands at the cursor by the places of the tokens, while the body is no valid code.
#[test]
fn a_body_that_is_half_typed_keeps_its_tokens_and_their_places() {
    for source in [
        "fn f(&self, text: &str) -> usize { let found = self.; text. }",
        "async fn f(a: u32) { match a { 1 => , } a.b().await. }",
        "fn f() { loop { if let Some(x) = }",
        "fn f() { a b c (d. }",
    ] {
        // Where even the braces don't match there is no token stream, and the editor mends them first.
        let Ok(item) = source.parse::<TokenStream>() else { continue };
        let Some(TokenTree::Group(body)) = item.clone().into_iter().last() else { panic!("{source}") };
        let (mut written, mut printed) = (Vec::new(), Vec::new());
        places(body.stream(), &mut written);
        let traced = traced(quote!(name = "n"), item, false);
        assert!(!traced.to_string().contains("compile_error"), "{traced}");
        places(traced, &mut printed);
        assert!(written.len() > 5);
        let is_there = printed.windows(written.len()).any(|window| window == written);
        assert!(is_there, "{printed:?}\n\nshould hold\n\n{written:?}");
    }
}
