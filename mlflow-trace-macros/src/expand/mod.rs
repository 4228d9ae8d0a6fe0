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
    let parts = Parts::new(options, &signature, inputs);
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
    outcome: TokenStream,
}

impl Parts {
    fn new(options: &Options, signature: &Signature, inputs: &Inputs) -> Self {
        let door = match &options.path_of_crate {
            Some(path) => quote_spanned!(at()=> #path::__private),
            None => quote_spanned!(at()=> ::mlflow::__private),
        };
        Self {
            start: calls::start(&door, options, &signature.ident, inputs),
            moving: calls::moving(signature, inputs),
            moved: if inputs.0.iter().all(|parameter| parameter.conditions.is_empty()) {
                inputs.0.iter().flat_map(|parameter| parameter.moved.clone()).collect()
            } else {
                Vec::new()
            },
            outcome: calls::outcome(&door, options),
            door,
        }
    }

    fn sync_body(&self, signature: &Signature, body: &Group) -> TokenStream {
        let Self { door, start, moving, outcome, .. } = self;
        let body = nested(body);
        let returned =
            returned::of_closure(&returned::of(&signature.output), place_of_return_type(signature));
        quote_spanned! {at()=>
            let span = #start;
            #door::run(span, move || #returned { #moving #body }, #outcome)
        }
    }

    // Output:
    //     let mut span = async_span(…);
    //     let body = pin!(async move { let a = a; let mut b = b; { BODY } });
    //     run_async(&mut span, body, |outcome, returned| …).await
    fn async_body(&self, signature: &Signature, body: &Group) -> TokenStream {
        let Self { door, start, moving, moved, outcome } = self;
        let body = nested(body);
        let returned = returned::of(&signature.output);
        let known = returned::of_block(&returned, place_of_return_type(signature));
        let never = matches!(returned, Returned::Never)
            .then(|| quote_spanned!(at()=> ; #[allow(clippy::empty_loop)] loop {}));
        // A variable that is borrowed keeps its room in the future, even after it has moved on. So the arguments are read
        // in a block of their own, which they enter and leave by value.
        let started = if moved.is_empty() {
            quote_spanned!(at()=> let mut span = #door::async_span(#start);)
        } else {
            quote_spanned! {at()=>
                #[allow(clippy::used_underscore_binding)]
                let (mut span, (#(#moved,)*)) = {
                    let (#(#moved,)*) = (#(#moved,)*);
                    (#door::async_span(#start), (#(#moved,)*))
                };
            }
        };
        quote_spanned! {at()=>
            #started
            let body = #door::pin!(async move { #known #moving #body });
            #door::run_async(&mut span, body, #outcome).await #never
        }
    }

    // Input:
    //     Box::pin(async move { STATEMENTS })
    //
    // Output:
    //     Box::pin(async move { let mut span = …; let body = pin!(async move { { STATEMENTS } }); run_async(…).await })
    fn boxed_future(&self, signature: &Signature, boxed: &BoxedFuture) -> TokenStream {
        let Self { door, start, outcome, .. } = self;
        let BoxedFuture { pin, block, output } = boxed;
        let known = returned::of_block(output, place_of_return_type(signature));
        let block = nested(block);
        quote_spanned! {at()=>
            #pin(async move {
                let mut span = #door::async_span(#start);
                let body = #door::pin!(async move { #known #block });
                #door::run_async(&mut span, body, #outcome).await
            })
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
