//! Prints the traced function: a static that describes it, a call that starts the span and reads the
//! arguments, and a call that runs the body and looks at what it returned. All else lies behind the one
//! doc-hidden module that the generated code names.

mod calls;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{FnArg, ReturnType, Signature};

use crate::args::Options;
use crate::function::Function;
use crate::inputs::Inputs;
use crate::returned::{self, Returned};
use crate::shape::{BoxedFuture, Shape};

// Input:
//     fn f(&self, a: A, mut b: B) -> R { BODY }
//
// Output:
//     fn f(&self, a: A, b: B) -> R {
//         let span = { static CALLSITE: … = …; start(&CALLSITE, |inputs| …) };
//         run(span, move || -> R { let _ = &self; let a = a; let mut b = b; { BODY } }, |outcome, returned| …)
//     }
pub(crate) fn expand(options: &Options, function: Function, shape: &Shape, inputs: &Inputs) -> TokenStream {
    let Function { attributes, visibility, mut signature, body } = function;
    let returned = match shape {
        Shape::BoxedFuture(boxed) => boxed.output.clone(),
        Shape::Sync | Shape::Async => returned::of(&signature.output),
    };
    let parts = Parts::new(options, &signature, inputs, &returned);
    let traced = match shape {
        Shape::Sync => parts.sync_body(&signature, &body),
        Shape::Async => parts.async_body(&signature, &body),
        Shape::BoxedFuture(boxed) => parts.boxed_future(&signature, boxed),
    };
    let parameters = signature.inputs.iter_mut().filter_map(|argument| match argument {
        FnArg::Typed(argument) => Some(argument),
        FnArg::Receiver(_) => None,
    });
    for (argument, parameter) in parameters.zip(&inputs.0) {
        *argument = parameter.written.clone();
    }
    // The braces stand where the user's do, so that lints about the whole function point at it.
    let mut braces = Group::new(Delimiter::Brace, traced);
    braces.set_span(body.span());
    quote_spanned!(at()=> #(#attributes)* #visibility #signature #braces)
}

/// Names that only we see: variables of generated code are invisible to the user's, and the other way round.
fn at() -> Span {
    Span::mixed_site()
}

/// The pieces that every shape is put together from.
struct Parts {
    door: TokenStream,
    start: TokenStream,
    moving: TokenStream,
    /// The variables that move, unless one of them is conditional.
    moved: Vec<Ident>,
    outcome: Outcome,
}

/// What tells how a call ended.
enum Outcome {
    /// A closure that looks at what was returned.
    Told(TokenStream),
    /// One of two constants, since the function returns nothing.
    Unit(TokenStream),
}

impl Parts {
    fn new(options: &Options, signature: &Signature, inputs: &Inputs, returned: &Returned) -> Self {
        let door = match &options.path_of_crate {
            Some(path) => quote_spanned!(at()=> #path::__private),
            None => quote_spanned!(at()=> ::mlflow::__private),
        };
        Self {
            start: calls::start(&door, options, signature, inputs),
            moving: calls::moving(signature, inputs),
            moved: if inputs.0.iter().all(|parameter| parameter.conditions.is_empty()) {
                inputs.0.iter().flat_map(|parameter| parameter.moved.clone()).collect()
            } else {
                Vec::new()
            },
            outcome: match returned {
                Returned::Nothing if options.skip_output => Outcome::Unit(quote_spanned!(at()=> #door::Bare)),
                Returned::Nothing if options.output.is_none() => {
                    Outcome::Unit(quote_spanned!(at()=> #door::Unit))
                }
                _ => Outcome::Told(calls::outcome(&door, options)),
            },
            door,
        }
    }

    fn sync_body(&self, signature: &Signature, body: &Group) -> TokenStream {
        let Self { door, start, moving, outcome, .. } = self;
        let body = nested(body);
        let returned =
            returned::of_closure(&returned::of(&signature.output), place_of_return_type(signature));
        let body = quote_spanned!(at()=> move || #returned { #moving #body });
        let call = match outcome {
            Outcome::Told(outcome) => quote_spanned!(at()=> #door::run(span, #body, #outcome)),
            Outcome::Unit(outcome) => quote_spanned!(at()=> #door::run_unit(span, #body, #outcome)),
        };
        quote_spanned! {at()=>
            let span = #start;
            #call
        }
    }

    // Output:
    //     let (span, (a, b)) = { let (a, b) = (a, b); (…, (a, b)) };
    //     let body = move || async move { let a = a; let mut b = b; { BODY } };
    //     if span.is_nothing() {
    //         made(body).await
    //     } else {
    //         let body = pin!(Some(made(body)));
    //         run_async(span, body, |outcome, returned| …).await
    //     }
    fn async_body(&self, signature: &Signature, body: &Group) -> TokenStream {
        let Self { start, moving, moved, .. } = self;
        let body = nested(body);
        let returned = returned::of(&signature.output);
        let known = returned::of_block(&returned, place_of_return_type(signature));
        let never = matches!(returned, Returned::Never)
            .then(|| quote_spanned!(at()=> ; #[allow(clippy::empty_loop)] loop {}));
        let awaited = self.awaited(&quote_spanned!(at()=> async move { #known #moving #body }));
        // A variable that is borrowed keeps its room in the future, even after it has moved on. So the arguments are read
        // in a block of their own, which they enter and leave by value.
        let started = if moved.is_empty() {
            quote_spanned!(at()=> let span = #start;)
        } else {
            quote_spanned! {at()=>
                #[allow(clippy::used_underscore_binding)]
                let (span, (#(#moved,)*)) = {
                    let (#(#moved,)*) = (#(#moved,)*);
                    (#start, (#(#moved,)*))
                };
            }
        };
        quote_spanned! {at()=>
            #started
            #awaited #never
        }
    }

    // Input:
    //     Box::pin(async move { STATEMENTS })
    //
    // Output:
    //     Box::pin(async move { let span = …; let body = move || async move { { STATEMENTS } }; if … })
    fn boxed_future(&self, signature: &Signature, boxed: &BoxedFuture) -> TokenStream {
        let Self { start, .. } = self;
        let BoxedFuture { pin, block, output } = boxed;
        let known = returned::of_block(output, place_of_return_type(signature));
        let block = nested(block);
        let awaited = self.awaited(&quote_spanned!(at()=> async move { #known #block }));
        quote_spanned! {at()=>
            #pin(async move {
                let span = #start;
                #awaited
            })
        }
    }

    /// The future of the body stays pinned where it is made, in an `Option` that is emptied inside the span. Where
    /// nothing is recorded, nothing stands around it.
    fn awaited(&self, body: &TokenStream) -> TokenStream {
        let Self { door, outcome, .. } = self;
        let call = match outcome {
            Outcome::Told(outcome) => quote_spanned!(at()=> #door::run_async(span, body, #outcome)),
            Outcome::Unit(outcome) => quote_spanned!(at()=> #door::run_async_unit(span, body, #outcome)),
        };
        quote_spanned! {at()=>
            let body = move || #body;
            if span.is_nothing() {
                #door::made(body).await
            } else {
                let body = #door::pin!(#door::Some(#door::made(body)));
                #call.await
            }
        }
    }
}

/// The body as a block inside the generated one.
///
/// A block around one short expression looks like needless braces to the compiler, which then blames the user for
/// them; an item in it stops that, and silences nothing that the user wrote.
fn nested(body: &Group) -> TokenStream {
    let one_expression = !body.stream().is_empty()
        && !body
            .stream()
            .into_iter()
            .any(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ';'));
    if !one_expression {
        return body.to_token_stream();
    }
    let body_tokens = body.stream();
    let mut block = Group::new(
        Delimiter::Brace,
        quote_spanned! {at()=>
            const _: () = ();
            #body_tokens
        },
    );
    block.set_span(body.span());
    block.into_token_stream()
}

/// Where the compiler is to say "because of return type".
fn place_of_return_type(signature: &Signature) -> Span {
    match &signature.output {
        ReturnType::Default => signature.ident.span(),
        ReturnType::Type(_, ty) => ty.span(),
    }
}
