//! What the options name stays in use where they are left out: under the feature `disabled` a constant or a reducer that
//! only the attribute mentions is no dead code. What is printed here never runs and leaves no machine code.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};
use syn::{Expr, Signature};

use crate::args::{InputValue, Options};
use crate::expand::door;
use crate::inputs::Inputs;
use crate::lazy::Lazy;

// Input:
//     #[mlflow::trace(name = NAME, attributes(version = VERSION), output_reducer = add)]
//     fn f() -> impl Iterator<Item = u8> { BODY }
//
// Output, before BODY:
//     if false { let _ = &NAME; let _ = &VERSION; let _ = reducer::<_, u8>(add); }
pub(crate) fn kept(
    item: TokenStream,
    options: &Options,
    signature: &Signature,
    inputs: &Inputs,
) -> TokenStream {
    let at = Span::mixed_site();
    let constants = constants(options, inputs);
    let reducer = options.output_reducer.as_ref().zip(Lazy::of(signature)).map(|(reducer, lazy)| {
        let (door, item) = (door(options), lazy.item());
        quote_spanned!(at=> let _ = #door::reducer::<_, #item>(#reducer);)
    });
    if constants.is_empty() && reducer.is_none() {
        return item;
    }
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    if let Some(TokenTree::Group(body)) = tokens.last_mut()
        && body.delimiter() == Delimiter::Brace
        && !begins_with_attribute(body)
    {
        let (span, inside) = (body.span(), body.stream());
        *body = Group::new(
            Delimiter::Brace,
            quote_spanned!(at=> if false { #(let _ = &(#constants);)* #reducer } #inside),
        );
        body.set_span(span);
    }
    tokens.into_iter().collect()
}

/// The expressions that need nothing of a call: what the compiler computes anyway, and names of constants.
fn constants<'a>(options: &'a Options, inputs: &Inputs) -> Vec<&'a Expr> {
    let known = [&options.name, &options.span_type, &options.description].into_iter().flatten();
    let values = options.inputs.iter().filter_map(|input| match &input.value {
        InputValue::Argument(_) => None,
        InputValue::Computed(value) => Some(value),
    });
    let attributes = options.attributes.iter().map(|(_, value)| value);
    let others = [&options.links, &options.parent, &options.sampling_ratio, &options.experiment];
    let named = values.chain(attributes).chain(others.into_iter().flatten());
    // A borrowed argument would make the future of an async function larger.
    let is_argument = |name: &Ident| inputs.parameter_of(name).is_some() || name == "self";
    let is_constant =
        |value: &&Expr| matches!(value, Expr::Path(path) if !path.path.get_ident().is_some_and(is_argument));
    known.chain(named.filter(is_constant)).filter(|value| !matches!(value, Expr::Lit(_))).collect()
}

/// `#![…]`, which has to stay the first.
fn begins_with_attribute(body: &Group) -> bool {
    let mut start = body.stream().into_iter().take(2).map(|token| token.to_token_stream().to_string());
    start.next().as_deref() == Some("#") && start.next().as_deref() == Some("!")
}
