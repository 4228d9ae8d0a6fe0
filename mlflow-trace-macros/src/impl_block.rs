//! An annotated `impl`: each method with a body gets the attribute, with the options of the `impl` as defaults. The
//! methods are then traced one by one, so that all that is said about functions holds for them too.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Meta, Path, Signature, Visibility};

use crate::args::{self, Options};
use crate::argument_options::{self, is_trace};
use crate::fallback::{self, Errors};
use crate::function::Function;
use crate::inputs::{self, Inputs};
use crate::options_table::{accepted_on_impls, find};
use crate::shape;
use crate::spelling::nearest;

/// The attribute on an `impl`.
///
/// With the feature `disabled` nothing changes: the attribute on each method checks its options and takes itself off.
pub(crate) fn traced(options: TokenStream, item: TokenStream) -> TokenStream {
    let (defaults, mut errors) = args::parse(options);
    refuse_what_is_for_one_function(&defaults, &mut errors);
    let mut tokens: Vec<TokenTree> = item.clone().into_iter().collect();
    let body = match tokens.pop() {
        Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => body,
        // The compiler says so itself.
        _ => return fallback::item_with_errors(item, errors),
    };
    let mut parts = parts(body.stream());
    let path_of_crate = defaults.path_of_crate.as_ref().map_or_else(|| "::mlflow".to_owned(), written);
    crate::check::not_empty("span_type", defaults.span_type.as_ref(), &mut errors);
    skipped_arguments_exist(&defaults, &parts, &mut errors);
    for part in &mut parts {
        if let Part::Method(method) = part {
            method.take_own_trace(&path_of_crate);
            method.check(&mut errors);
        }
    }
    if !errors.is_empty() {
        return fallback::item_with_errors(item, errors);
    }
    let methods = parts.into_iter().map(|part| match part {
        Part::Method(method) => method.printed(&defaults),
        Part::Other(tokens) => tokens,
    });
    let mut printed = Group::new(Delimiter::Brace, methods.collect());
    printed.set_span(body.span());
    tokens.push(TokenTree::Group(printed));
    tokens.into_iter().collect()
}

/// A part of the `impl`'s body.
enum Part {
    Method(Box<Method>),
    /// A constant, a type, a macro, a method without a body, or what no parser of ours knows.
    Other(TokenStream),
}

/// A function with a body.
struct Method {
    attributes: Vec<Attribute>,
    own_trace: Option<Attribute>,
    visibility: Visibility,
    /// `default`, where an `impl` may be specialized.
    defaultness: Option<Ident>,
    signature: Signature,
    body: Group,
}

fn parts(body: TokenStream) -> Vec<Part> {
    let read = |input: ParseStream<'_>| {
        let attributes = input.call(Attribute::parse_inner)?;
        let mut parts = vec![Part::Other(quote::quote!(#(#attributes)*))];
        while !input.is_empty() {
            let ahead = input.fork();
            match method(&ahead) {
                Ok(method) => {
                    input.advance_to(&ahead);
                    parts.push(Part::Method(Box::new(method)));
                }
                Err(_) => parts.push(Part::Other(other(input)?)),
            }
        }
        Ok(parts)
    };
    // Only an attribute that is none stops the reader; the compiler tells of that.
    read.parse2(body.clone()).unwrap_or_else(|_| vec![Part::Other(body)])
}

fn method(input: ParseStream<'_>) -> syn::Result<Method> {
    let attributes = input.call(Attribute::parse_outer)?;
    let visibility = input.parse()?;
    let is_default = input.fork().parse::<Ident>().is_ok_and(|word| word == "default");
    let defaultness = if is_default { Some(input.parse()?) } else { None };
    let signature = input.parse()?;
    match input.parse()? {
        TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => {
            Ok(Method { attributes, own_trace: None, visibility, defaultness, signature, body })
        }
        other => Err(syn::Error::new(other.span(), "expected a body")),
    }
}

/// Everything up to the end of an item: a semicolon, or braces that no `=` stands before.
fn other(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut tokens = TokenStream::new();
    let mut has_value = false;
    while !input.is_empty() {
        let token = input.parse::<TokenTree>()?;
        let ends = match &token {
            TokenTree::Punct(punct) => {
                has_value |= punct.as_char() == '=';
                punct.as_char() == ';'
            }
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && !has_value,
            _ => false,
        };
        tokens.extend([token]);
        if ends {
            break;
        }
    }
    Ok(tokens)
}

impl Method {
    /// `#[mlflow(…)]` on the method itself.
    fn own_words(&self) -> impl Iterator<Item = &Attribute> {
        self.attributes.iter().filter(|attribute| attribute.path().is_ident("mlflow"))
    }

    /// Sets `#[mlflow::trace]` on the method itself aside.
    fn take_own_trace(&mut self, path_of_crate: &str) {
        let is_own = |attribute: &Attribute| {
            let path = written(attribute.path());
            is_trace(&path) || path.strip_prefix(path_of_crate).is_some_and(|rest| rest == "::trace")
        };
        if let Some(place) = self.attributes.iter().position(is_own) {
            self.own_trace = Some(self.attributes.remove(place));
        }
    }

    fn check(&self, errors: &mut Errors) {
        for attribute in self.own_words() {
            let is_skip = matches!(&attribute.meta, Meta::List(list) if list.tokens.to_string() == "skip");
            if !is_skip {
                errors.at(
                    &attribute.meta,
                    "a method is left out with `#[mlflow(skip)]`; its options go into `#[mlflow::trace(…)]`",
                );
            } else if let Some(trace) = &self.own_trace {
                errors.at(
                    &trace.meta,
                    "this method is left out by `#[mlflow(skip)]`; keep one of the two attributes",
                );
            }
        }
    }

    /// What its parameters bind, with what is written on them.
    fn inputs(&self) -> Inputs {
        let mut signature = self.signature.clone();
        let on_arguments = argument_options::take(&mut signature, &mut Errors::default());
        let function = Function {
            attributes: Vec::new(),
            visibility: Visibility::Inherited,
            signature,
            body: self.body.clone(),
        };
        let shape = shape::of(&function);
        inputs::of(&function.signature, &shape, &on_arguments, &TokenStream::new())
    }

    fn printed(self, defaults: &Options) -> TokenStream {
        let is_left_out = self.own_words().next().is_some();
        let is_const = self.signature.constness.is_some() && self.own_trace.is_none();
        let attribute = if is_left_out || is_const {
            None
        } else {
            let own = self.own_trace.as_ref().map(|attribute| match &attribute.meta {
                Meta::List(list) => list.tokens.clone(),
                _ => TokenStream::new(),
            });
            Some(self.attribute(defaults, own.unwrap_or_default()))
        };
        let Self { attributes, own_trace: _, visibility, defaultness, signature, body } = self;
        let kept = attributes.iter().filter(|attribute| !attribute.path().is_ident("mlflow"));
        let printed = quote_spanned! {Span::mixed_site()=>
            #(#kept)* #attribute #visibility #defaultness #signature #body
        };
        // Where no attribute follows, nobody else takes ours off the parameters.
        if attribute.is_none() { argument_options::stripped(printed) } else { printed }
    }

    /// `#[mlflow::trace(…)]` with its own options and those of the defaults that it does not replace.
    fn attribute(&self, defaults: &Options, own_tokens: TokenStream) -> TokenStream {
        let at = Span::mixed_site();
        let (own, _) = args::parse(own_tokens.clone());
        let path: Path = own
            .path_of_crate
            .clone()
            .or_else(|| defaults.path_of_crate.clone())
            .unwrap_or_else(|| syn::parse_quote_spanned!(at=> ::mlflow));
        let mut options: Vec<TokenStream> = Vec::new();
        if !own_tokens.is_empty() {
            options.push(own_tokens);
        }
        let values = defaults.values_for_methods().into_iter();
        let values = values.filter(|(key, _)| own.word(&key.to_string()).is_none());
        options.extend(values.map(|(key, value)| quote_spanned!(at=> #key = #value)));
        let attributes = defaults
            .attributes
            .iter()
            .filter(|(key, _)| !own.attributes.iter().any(|(other, _)| other.value() == key.value()));
        let attributes: Vec<TokenStream> =
            attributes.map(|(key, value)| quote_spanned!(at=> #key = #value)).collect();
        if !attributes.is_empty() {
            options.push(quote_spanned!(at=> attributes(#(#attributes),*)));
        }
        options.extend(self.skips(defaults, &own));
        quote_spanned!(at=> #[#path::trace(#(#options),*)])
    }

    /// What the defaults leave out, as far as this method has it and does not ask for it.
    fn skips(&self, defaults: &Options, own: &Options) -> Vec<TokenStream> {
        let at = Span::mixed_site();
        let mut skips = Vec::new();
        if let Some(word) = defaults.word("skip_output").filter(|_| !own.skip_output && own.output.is_none())
        {
            skips.push(word.to_token_stream());
        }
        if own.word("inputs").is_some() || own.skip_all {
            return skips;
        }
        let inputs = self.inputs();
        // An argument that says itself how it is recorded is asked for.
        let silent = || inputs.0.iter().filter(|parameter| parameter.option.is_none());
        if let Some(word) = defaults.word("skip_all") {
            if silent().count() == inputs.0.len() {
                skips.push(word.to_token_stream());
            } else {
                let names = silent().flat_map(|parameter| &parameter.names);
                skips.extend(names.map(|name| quote_spanned!(at=> skip(#name))));
            }
            return skips;
        }
        let names = defaults.skip.iter().filter(|name| {
            silent().any(|parameter| parameter.names.contains(name)) && !own.skip.contains(name)
        });
        skips.extend(names.map(|name| quote_spanned!(at=> skip(#name))));
        skips
    }
}

/// A path as it is written, without spaces.
fn written(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

fn refuse_what_is_for_one_function(options: &Options, errors: &mut Errors) {
    for word in &options.given {
        if find(word).is_some_and(|key| !key.is_for_impls) {
            errors.at(
                word,
                format!(
                    "`{word}` belongs to one function, and this is an `impl`; accepted here are {}",
                    accepted_on_impls()
                ),
            );
        }
    }
}

/// A name that no method has is a mistake; one that only some have is not.
fn skipped_arguments_exist(defaults: &Options, parts: &[Part], errors: &mut Errors) {
    if defaults.skip.is_empty() {
        return;
    }
    let mut names: Vec<String> = Vec::new();
    for part in parts {
        if let Part::Method(method) = part {
            names.extend(method.inputs().names().map(ToString::to_string));
        }
    }
    names.sort_unstable();
    names.dedup();
    for skipped in &defaults.skip {
        if *skipped == "self" || names.iter().any(|name| *skipped == *name) {
            continue;
        }
        let hint = nearest(&skipped.to_string(), names.iter().map(String::as_str))
            .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        errors.at(skipped, format!("no method of this `impl` has an argument `{skipped}`{hint}"));
    }
}
