//! Prints the traced function: a static that describes it, a call that starts the span and reads the
//! arguments, and a call that runs the body and looks at what it returned. All else lies behind the one
//! doc-hidden module that the generated code names.

mod calls;
mod lazy;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Expr, FnArg, ReturnType, Signature};

use crate::args::Options;
use crate::function::Function;
use crate::inputs::Inputs;
use crate::lazy::{Future, Lazy};
use crate::returned::{self, Returned};
use crate::shape::{BoxedFuture, Shape};

// Input:
//     fn f(&self, a: A, mut b: B) -> R { BODY }
//
// Output:
//     fn f(&self, a: A, b: B) -> R {
//         let span = { static CALLSITE: … = …; start(&CALLSITE, |inputs| …) };
//         run(span, move || -> R { let a = a; let mut b = b; { BODY } }, |outcome, returned| …)
//     }
pub(crate) fn expand(options: &Options, function: Function, shape: &Shape, inputs: &Inputs) -> TokenStream {
    let Function { attributes, visibility, mut signature, body } = function;
    let returned = match shape {
        Shape::BoxedFuture(boxed) => boxed.output.clone(),
        Shape::Sync | Shape::Async => returned::of(&signature.output),
    };
    let parts = Parts::new(options, &signature, inputs, &returned);
    let lazy = Lazy::of(&signature);
    let traced = match (shape, &lazy) {
        (Shape::Sync, Some(lazy)) => parts.lazy_body(&signature, &body, lazy),
        (Shape::Sync, None) => parts.sync_body(&signature, &body),
        (Shape::Async, lazy) => parts.async_body(&signature, &body, lazy.as_ref()),
        (Shape::BoxedFuture(boxed), Some(Lazy::Future(Future { then, .. }))) => {
            parts.boxed_future(&signature, boxed, then.as_deref())
        }
        (Shape::BoxedFuture(boxed), _) => parts.boxed_future(&signature, boxed, None),
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

/// The path of the module that generated code calls.
pub(crate) fn door(options: &Options) -> TokenStream {
    match &options.path_of_crate {
        Some(path) => quote_spanned!(at()=> #path::__private),
        None => quote_spanned!(at()=> ::mlflow::__private),
    }
}

/// Names that only we see: variables of generated code are invisible to the user's, and the other way round.
fn at() -> Span {
    Span::mixed_site()
}

/// The pieces that every shape is put together from.
struct Parts {
    door: TokenStream,
    start: TokenStream,
    /// `let off = …;`, which `start` asks for.
    off: Option<TokenStream>,
    /// The static of a function of which nothing is taken down before its body runs.
    bare: Option<TokenStream>,
    moving: TokenStream,
    /// The variables that move, unless one of them is conditional.
    moved: Vec<Ident>,
    /// A closure that looks at what was returned, and what tells an error in it.
    told: TokenStream,
    error: TokenStream,
    /// One of two constants, when the function returns nothing.
    unit: Option<TokenStream>,
    /// Whether the items of a stream are recorded, and what makes the outputs of them.
    lists: bool,
    reducer: Option<Expr>,
}

impl Parts {
    fn new(options: &Options, signature: &Signature, inputs: &Inputs, returned: &Returned) -> Self {
        let door = door(options);
        let start = calls::start(&door, options, signature, inputs);
        Self {
            start: start.span,
            off: start.off,
            bare: start.bare,
            moving: calls::moving(signature, inputs),
            moved: if inputs.0.iter().all(|parameter| parameter.conditions.is_empty()) {
                inputs.0.iter().flat_map(|parameter| parameter.moved.clone()).collect()
            } else {
                Vec::new()
            },
            told: calls::outcome(&door, options),
            error: calls::error(&door, options).1,
            unit: match returned {
                Returned::Nothing if options.skip_output => Some(quote_spanned!(at()=> #door::Bare)),
                Returned::Nothing if options.output.is_none() => Some(quote_spanned!(at()=> #door::Unit)),
                _ => None,
            },
            lists: !options.skip_output,
            reducer: options.output_reducer.clone(),
            door,
        }
    }

    fn sync_body(&self, signature: &Signature, body: &Group) -> TokenStream {
        let Self { door, start, off, bare, moving, told, unit, .. } = self;
        let returned =
            returned::of_closure(&returned::of(&signature.output), place_of_return_type(signature));
        // In our edition: what the last expression borrows is dropped before the arguments are. Clippy does not look at
        // how such a closure ends.
        let body = nested(body);
        let body = quote_spanned!(at()=> move || #returned { #moving #body });
        match (bare, unit) {
            (Some(callsite), None) => quote_spanned!(at()=> #door::run_bare(#callsite, #body, #told)),
            (Some(callsite), Some(unit)) => {
                quote_spanned!(at()=> #door::run_bare_unit(#callsite, #body, #unit))
            }
            (None, unit) => {
                let (off, is_off) = match off {
                    Some(off) => (off.clone(), quote_spanned!(at()=> off)),
                    None => (TokenStream::new(), quote_spanned!(at()=> false)),
                };
                let run = match unit {
                    None => quote_spanned!(at()=> #door::run(#is_off, span, #body, #told)),
                    Some(unit) => quote_spanned!(at()=> #door::run_unit(#is_off, span, #body, #unit)),
                };
                quote_spanned!(at()=> #off let span = #start; #run)
            }
        }
    }

    // Output:
    //     let (span, (a, b)) = { let (a, b) = (a, b); (…, (a, b)) };
    //     let body = move || async move { let a = a; let mut b = b; { BODY } };
    //     if span.is_nothing() {
    //         let body = pin!(call(body));
    //         body.await
    //     } else {
    //         let body = pin!(some(body));
    //         run_async(span, body, |outcome, returned| …).await
    //     }
    fn async_body(&self, signature: &Signature, body: &Group, lazy: Option<&Lazy>) -> TokenStream {
        let Self { moving, .. } = self;
        let body = nested(body);
        let returned = returned::of(&signature.output);
        let known = returned::of_block(&returned, place_of_return_type(signature));
        let never = matches!(returned, Returned::Never)
            .then(|| quote_spanned!(at()=> ; #[allow(clippy::empty_loop)] loop {}));
        let block = quote_spanned!(at()=> async move { #known #moving #body });
        if let Some(lazy) = lazy {
            return self.lazy_async(&block, lazy);
        }
        let (started, awaited) = (self.started(), self.awaited(&block));
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
    fn boxed_future(&self, signature: &Signature, boxed: &BoxedFuture, then: Option<&Lazy>) -> TokenStream {
        let BoxedFuture { pin, block, output } = boxed;
        let known = returned::of_block(output, place_of_return_type(signature));
        let block = nested(block);
        let block = quote_spanned!(at()=> async move { #known #block });
        let inside = match then {
            Some(then) => self.lazy_async(&block, then),
            None => {
                let (started, awaited) = (self.started(), self.awaited(&block));
                quote_spanned! {at()=>
                    #started
                    #awaited
                }
            }
        };
        let future = quote_spanned!(at()=> async move { #inside });
        if pin.is_empty() { future } else { quote_spanned!(at()=> #pin(#future)) }
    }

    /// The span of an async body.
    ///
    /// A variable that is borrowed keeps its room in the future, even after it has moved on. So the arguments are read in
    /// a block of their own, which they enter and leave by value.
    fn started(&self) -> TokenStream {
        let Self { start, off, moved, .. } = self;
        if moved.is_empty() {
            return quote_spanned!(at()=> #off let span = #start;);
        }
        quote_spanned! {at()=>
            #off
            #[allow(clippy::used_underscore_binding)]
            let (span, (#(#moved,)*)) = {
                let (#(#moved,)*) = (#(#moved,)*);
                (#start, (#(#moved,)*))
            };
        }
    }

    /// The future of the body stays pinned where it is made, in an `Option` that is emptied inside the span. Where
    /// nothing is recorded, nothing stands around it.
    fn awaited(&self, body: &TokenStream) -> TokenStream {
        let Self { door, told, unit, .. } = self;
        let call = match unit {
            None => quote_spanned!(at()=> #door::run_async(span, body, #told)),
            Some(unit) => quote_spanned!(at()=> #door::run_async_unit(span, body, #unit)),
        };
        let off = self.off.as_ref().map(|_| quote_spanned!(at()=> off ||));
        quote_spanned! {at()=>
            let body = move || #body;
            if #off span.is_nothing() {
                let body = #door::pin!(#door::call(body));
                body.await
            } else {
                let body = #door::pin!(#door::some(body));
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
