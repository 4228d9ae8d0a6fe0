//! The calls behind the door that every shape of function is put together from: starting the span with its inputs, and
//! recording its outcome.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Expr, ExprLit, GenericParam, Lit, LitStr, Path, ReceiverKind, Signature};

use super::at;
use crate::args::{InputValue, NamedInput, Options};
use crate::argument_options::Treatment;
use crate::inputs::{Inputs, Parameter, allowed_for, mentions};
use crate::option_values::{ErrorStyle, LogLevel, Telling};

/// How a call's span starts.
pub(super) struct Start {
    /// The span of this call; the arguments are read only when it is recorded.
    pub(super) span: TokenStream,
    /// What the span needs before it: whether tracing is off, asked once, so that nothing else stands in the way then.
    pub(super) off: Option<TokenStream>,
    /// The static that describes the function, when nothing has to be read or chosen before the body runs.
    pub(super) bare: Option<TokenStream>,
}

pub(super) fn start(door: &TokenStream, options: &Options, signature: &Signature, inputs: &Inputs) -> Start {
    let function = LitStr::new(&signature.ident.unraw().to_string(), signature.ident.span());
    let for_static = |value: &Option<Expr>| value.clone().filter(|value| !is_generic(value, signature));
    let name = for_static(&options.name).map_or_else(|| function.to_token_stream(), Expr::into_token_stream);
    let span_type = match for_static(&options.span_type) {
        None => quote_spanned!(at()=> #door::SpanType::Unknown),
        Some(value) => span_type(door, &value),
    };
    let description =
        for_static(&options.description).map_or_else(|| quote_spanned!(at()=> ""), Expr::into_token_stream);
    // The static stands in a block of its own, where the user's body can't see its name.
    let callsite = quote_spanned! {at()=> {
        static MLFLOW_CALLSITE: #door::Callsite =
            #door::Callsite::new(#name, #function, #span_type, #description);
        &MLFLOW_CALLSITE
    }};
    let reading = reading(door, options, signature, inputs);
    if options.choose_the_trace() {
        let choosing = choosing(options);
        let reading = reading.unwrap_or_else(|| quote_spanned!(at()=> |_| {}));
        let span = quote_spanned!(at()=> #door::start_with(#callsite, #choosing, #reading));
        return Start { span, off: None, bare: None };
    }
    let Some(reading) = reading else {
        let span = quote_spanned!(at()=> #door::start_bare(#callsite));
        return Start { span, off: None, bare: Some(callsite) };
    };
    // What the closure captures is written down where tracing is on, and not before it is asked.
    let copies = copies(&reading, inputs);
    let span = quote_spanned! {at()=>
        if off { #door::Span::OFF } else { #copies #door::start(#callsite, &mut #reading) }
    };
    Start { span, off: Some(quote_spanned!(at()=> let off = #door::is_off();)), bare: None }
}

/// Copies of what can be copied, for the closure to borrow: an argument that is borrowed itself would have to lie in memory
/// where tracing is off too.
fn copies(reading: &TokenStream, inputs: &Inputs) -> TokenStream {
    let plain = inputs.0.iter().filter(|parameter| parameter.conditions.is_empty() && parameter.is_plain);
    let names = plain.flat_map(|parameter| &parameter.recorded);
    let copies = names.filter(|name| mentions(reading, &name.to_string())).map(|name| {
        let allowed = allowed_for(name);
        quote_spanned!(at()=> #[allow(unused_variables, clippy::shadow_same)] #allowed let #name = #name;)
    });
    copies.collect()
}

/// Whether a constant depends on where the function stands, so that no static may hold it; or may do so, as `T::KIND` in
/// an `impl<T>`, which is not in sight.
fn is_generic(value: &Expr, signature: &Signature) -> bool {
    if let Expr::Path(path) = value
        && (path.qself.is_some() || is_of_type(&path.path))
    {
        return true;
    }
    let value = value.to_token_stream();
    let of_function = signature.generics.params.iter().filter_map(|parameter| match parameter {
        GenericParam::Type(parameter) => Some(parameter.ident.to_string()),
        GenericParam::Const(parameter) => Some(parameter.ident.to_string()),
        GenericParam::Lifetime(_) => None,
    });
    of_function.chain(["Self".to_owned()]).any(|name| mentions(&value, &name))
}

/// `Type::CONSTANT`, and not `module::CONSTANT` or `Enum::Variant`.
fn is_of_type(path: &Path) -> bool {
    let mut names = path.segments.iter().rev().map(|segment| segment.ident.unraw().to_string());
    let (Some(last), Some(owner)) = (names.next(), names.next()) else { return false };
    !last.contains(char::is_lowercase) && owner.starts_with(char::is_uppercase)
}

/// The type from text in quotes, a constant text or a constant of our type.
fn span_type(door: &TokenStream, value: &Expr) -> TokenStream {
    if let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = value {
        return quote_spanned!(at()=> #door::SpanType::custom(#text));
    }
    // What the compiler says about a constant of another type belongs under it.
    let place = at().located_at(value.span());
    quote_spanned!(place=> #door::ConstSpanType::new(#value).get())
}

/// `|choices| { … }`, which says which trace the span belongs to.
fn choosing(options: &Options) -> TokenStream {
    let place = |value: &Expr| at().located_at(value.span());
    let parent =
        options.parent.as_ref().map(|value| quote_spanned!(place(value)=> choices.parent(&(#value));));
    let root = options.root.then(|| quote_spanned!(at()=> choices.root();));
    let ratio = options
        .sampling_ratio
        .as_ref()
        .map(|value| quote_spanned!(place(value)=> choices.sampling_ratio(#value);));
    let experiment = options
        .experiment
        .as_ref()
        .map(|value| quote_spanned!(place(value)=> choices.experiment(&(#value));));
    quote_spanned!(at()=> |choices| { #parent #root #ratio #experiment })
}

/// `|inputs| { … }`, which hands over each recorded argument and attribute.
fn reading(
    door: &TokenStream,
    options: &Options,
    signature: &Signature,
    inputs: &Inputs,
) -> Option<TokenStream> {
    let named = options.word("inputs").is_some();
    let computed = options.computed();
    let mut statements = generic_constants(door, options, signature);
    let mut values = TokenStream::new();
    for parameter in &inputs.0 {
        let names: Vec<&Ident> = parameter
            .recorded
            .iter()
            .filter(|name| !named && !options.skip_all && !options.skip.contains(name))
            .filter(|_| treatment_of(parameter) != Some(Treatment::Skip))
            .collect();
        let is_used = parameter.names.iter().any(|name| mentions(&computed, &name.to_string()));
        if !names.is_empty() || is_used {
            statements.extend(parameter.reading.clone());
        }
        for name in names {
            let text = LitStr::new(&name.unraw().to_string(), name.span());
            values.extend(argument(door, parameter, name, &text));
        }
    }
    for NamedInput { key, value } in &options.inputs {
        match value {
            InputValue::Argument(name) => {
                if let Some(parameter) = inputs.parameter_of(name) {
                    values.extend(argument(door, parameter, name, key));
                }
            }
            InputValue::Computed(value) => {
                values
                    .extend(quote_spanned!(at()=> (&&&&#door::Value(&(#value))).mlflow_input(inputs, #key);));
            }
        }
    }
    for (key, value) in &options.attributes {
        values.extend(quote_spanned! {at()=> (&&&&#door::Value(&(#value))).mlflow_attribute(inputs, #key); });
    }
    if let Some(LogLevel { number, .. }) = &options.log_level {
        values.extend(quote_spanned!(at()=> inputs.log_level(#number);));
    }
    if let Some(links) = &options.links {
        let place = at().located_at(links.span());
        values.extend(match links {
            // What has a name may be needed further on.
            Expr::Path(_) | Expr::Field(_) => quote_spanned!(place=> inputs.links_of(&#links);),
            _ => quote_spanned!(place=> inputs.links(#links);),
        });
    }
    statements.extend(values);
    if statements.is_empty() {
        return None;
    }
    Some(quote_spanned! {at()=> |inputs| {
        #[allow(unused_imports)]
        use #door::by_type::*;
        #statements
    }})
}

/// The constants that a static can't hold, as inline constants that are written down with each span.
fn generic_constants(door: &TokenStream, options: &Options, signature: &Signature) -> TokenStream {
    let is_here = |value: &&Expr| is_generic(value, signature);
    let name = options
        .name
        .as_ref()
        .filter(is_here)
        .map(|value| quote_spanned!(at()=> inputs.name(const { #value });));
    let span_type = options.span_type.as_ref().filter(is_here).map(|value| {
        let span_type = span_type(door, value);
        quote_spanned!(at()=> inputs.span_type(const { #span_type });)
    });
    let description = options
        .description
        .as_ref()
        .filter(is_here)
        .map(|value| quote_spanned!(at()=> inputs.description(const { #value });));
    quote_spanned!(at()=> #name #span_type #description)
}

/// One argument, recorded as the user wants it.
fn argument(door: &TokenStream, parameter: &Parameter, name: &Ident, key: &LitStr) -> TokenStream {
    let conditions = &parameter.conditions;
    let allowed = allowed_for(name);
    // What the compiler says about the argument's type belongs under the argument.
    let place = at().located_at(name.span());
    let call = match treatment_of(parameter) {
        Some(Treatment::Debug) => quote_spanned!(place=> inputs.debug(#key, &#name);),
        Some(Treatment::Redact) => return quote_spanned!(at()=> #(#conditions)* inputs.redacted(#key);),
        Some(Treatment::Skip) => return TokenStream::new(),
        None => quote_spanned!(at()=> (&&&&#door::Value(&#name)).mlflow_input(inputs, #key);),
    };
    quote_spanned!(at()=> #(#conditions)* #allowed #call)
}

fn treatment_of(parameter: &Parameter) -> Option<Treatment> {
    parameter.option.as_ref().map(|option| option.treatment)
}

/// The statements at the start of the body that make it own `self` and the arguments, so that they are
/// dropped at its end as in the plain function.
pub(super) fn moving(signature: &Signature, inputs: &Inputs) -> TokenStream {
    // A reference owns nothing, and a `self` that is never used is told of.
    let owned = signature.receiver().filter(|receiver| !matches!(receiver.kind, ReceiverKind::Reference(..)));
    let receiver = owned.map(|receiver| {
        let this = &receiver.self_token;
        quote_spanned!(at()=> let _ = &#this;)
    });
    let arguments = inputs.0.iter().map(|parameter| &parameter.moving);
    quote_spanned!(at()=> #receiver #(#arguments)*)
}

/// `|outcome, returned| { … }`, which hands over what the body returned. What it imports has no
/// names, so that tokens of the user's mean what they mean outside.
pub(super) fn outcome(door: &TokenStream, options: &Options) -> TokenStream {
    let (value, output) = match &options.output {
        _ if options.skip_output => (quote_spanned!(at()=> _), quote_spanned!(at()=> {})),
        Some(map) => {
            let place = at().located_at(map.span());
            let mapped = quote_spanned!(place=> #door::mapped(outcome, value, #map));
            let output = quote_spanned! {at()=>
                if let #door::Option::Some(mapped) = #mapped {
                    (&&&&#door::Value(&mapped)).mlflow_output(outcome);
                }
            };
            (quote_spanned!(at()=> value), output)
        }
        None => {
            let output = quote_spanned!(at()=> (&&&&#door::Value(value)).mlflow_output(outcome));
            (quote_spanned!(at()=> value), output)
        }
    };
    let (error, told) = error(door, options);
    quote_spanned! {at()=> |outcome, returned| {
        #[allow(unused_imports)]
        use #door::by_type::*;
        match (&#door::Returned(returned)).mlflow_split() {
            #door::Result::Ok(#value) => #output,
            #door::Result::Err(#error) => #told,
        }
    }}
}

/// What an error is called, and what tells it: `told`, to an `outcome`.
pub(super) fn error(door: &TokenStream, options: &Options) -> (TokenStream, TokenStream) {
    match &options.err {
        Some(ErrorStyle { telling: Telling::Ignore, .. }) => {
            (quote_spanned!(at()=> _), quote_spanned!(at()=> {}))
        }
        Some(style) => {
            let method = match style.telling {
                Telling::Debug => "error_debug",
                _ => "error_display",
            };
            // An error that can't be told so is the option's fault.
            let place = at().located_at(style.written.span());
            let method = Ident::new(method, place);
            (quote_spanned!(at()=> error), quote_spanned!(place=> outcome.#method(error)))
        }
        None => {
            let told = quote_spanned!(at()=> (&&&&&&#door::ErrorValue(error)).mlflow_record(outcome));
            (quote_spanned!(at()=> error), told)
        }
    }
}
