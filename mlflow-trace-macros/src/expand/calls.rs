//! The calls behind the door that every shape of function is put together from: starting the span with its inputs, and
//! recording its outcome.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Expr, ExprLit, Lit, LitStr, Signature};

use super::at;
use crate::args::Options;
use crate::inputs::{Inputs, allowed_for};

/// The span of this call; the arguments are read only when it is recorded.
pub(super) fn start(door: &TokenStream, options: &Options, function: &Ident, inputs: &Inputs) -> TokenStream {
    let function = LitStr::new(&function.unraw().to_string(), function.span());
    let name = options.name.as_ref().map_or_else(|| function.to_token_stream(), Expr::to_token_stream);
    let span_type = match &options.span_type {
        None => quote_spanned!(at()=> #door::SpanType::Unknown),
        Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => {
            quote_spanned!(at()=> #door::SpanType::custom(#text))
        }
        Some(constant) => constant.to_token_stream(),
    };
    let description =
        options.description.as_ref().map_or_else(|| quote_spanned!(at()=> ""), Expr::to_token_stream);
    let reading = reading(door, options, inputs);
    let call = match reading {
        Some(reading) => quote_spanned!(at()=> #door::start(&MLFLOW_CALLSITE, #reading)),
        None => quote_spanned!(at()=> #door::start_bare(&MLFLOW_CALLSITE)),
    };
    // The static stands in a block of its own, where the user's body can't see its name.
    quote_spanned! {at()=> {
        static MLFLOW_CALLSITE: #door::Callsite =
            #door::Callsite::new(#name, #function, #span_type, #description);
        #call
    }}
}

/// `|inputs| { … }`, which hands over each recorded argument and attribute, if there are any.
fn reading(door: &TokenStream, options: &Options, inputs: &Inputs) -> Option<TokenStream> {
    let mut statements = TokenStream::new();
    for parameter in &inputs.0 {
        let conditions = &parameter.conditions;
        let names: Vec<&Ident> = parameter
            .recorded
            .iter()
            .filter(|name| !options.skip_all && !options.skip.contains(name))
            .collect();
        if !names.is_empty() || !options.attributes.is_empty() {
            statements.extend(parameter.reading.clone());
        }
        for name in names {
            let text = LitStr::new(&name.unraw().to_string(), name.span());
            let allowed = allowed_for(name);
            statements.extend(quote_spanned! {at()=>
                #(#conditions)* #allowed (&&&&#door::Value(&#name)).mlflow_input(inputs, #text);
            });
        }
    }
    for (key, value) in &options.attributes {
        statements
            .extend(quote_spanned! {at()=> (&&&&#door::Value(&(#value))).mlflow_attribute(inputs, #key); });
    }
    if statements.is_empty() {
        return None;
    }
    Some(quote_spanned! {at()=> |inputs| {
        #[allow(unused_imports)]
        use #door::by_type::*;
        #statements
    }})
}

/// The statements at the start of the body that make it own `self` and the arguments, so that they are
/// dropped at its end as in the plain function.
pub(super) fn moving(signature: &Signature, inputs: &Inputs) -> TokenStream {
    let receiver = signature.receiver().map(|receiver| {
        let this = &receiver.self_token;
        quote_spanned!(at()=> let _ = &#this;)
    });
    let arguments = inputs.0.iter().map(|parameter| &parameter.moving);
    quote_spanned!(at()=> #receiver #(#arguments)*)
}

/// `|outcome, returned| { … }`, which hands over what the body returned. No token in it is the user's, so it may
/// import what it likes.
pub(super) fn outcome(door: &TokenStream, options: &Options) -> TokenStream {
    let (value, output) = if options.skip_output {
        (quote_spanned!(at()=> _), quote_spanned!(at()=> {}))
    } else {
        (
            quote_spanned!(at()=> value),
            quote_spanned!(at()=> (&&&&#door::Value(value)).mlflow_output(outcome)),
        )
    };
    quote_spanned! {at()=> |outcome, returned| {
        #[allow(unused_imports)]
        use #door::by_type::*;
        match (&#door::Returned(returned)).mlflow_split() {
            #door::Result::Ok(#value) => #output,
            #door::Result::Err(error) => (&&&&&&#door::ErrorValue(error)).mlflow_record(outcome),
        }
    }}
}
