//! Reads the options between the attribute's parentheses, by one table of keys, and collects every mistake
//! instead of stopping at the first. Rules that need the function stand in `check`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, LitStr, Path, Token, parenthesized};

use crate::fallback::Errors;
use crate::option_values::{self, ErrorStyle, LogLevel};
use crate::options_table::{Key, Takes, accepted, find, unknown};

/// The options of one annotated function.
#[derive(Default)]
pub(crate) struct Options {
    /// The names of the options, as they were written.
    pub(crate) given: Vec<Ident>,
    pub(crate) name: Option<Expr>,
    pub(crate) span_type: Option<Expr>,
    pub(crate) description: Option<Expr>,
    pub(crate) attributes: Vec<(LitStr, Expr)>,
    pub(crate) inputs: Vec<NamedInput>,
    pub(crate) skip: Vec<Ident>,
    pub(crate) skip_all: bool,
    pub(crate) output: Option<Expr>,
    pub(crate) skip_output: bool,
    pub(crate) err: Option<ErrorStyle>,
    pub(crate) log_level: Option<LogLevel>,
    pub(crate) links: Option<Expr>,
    pub(crate) parent: Option<Expr>,
    pub(crate) root: bool,
    pub(crate) sampling_ratio: Option<Expr>,
    pub(crate) experiment: Option<Expr>,
    pub(crate) output_reducer: Option<Expr>,
    pub(crate) path_of_crate: Option<Path>,
}

/// One part of `inputs(…)`.
pub(crate) struct NamedInput {
    pub(crate) key: LitStr,
    pub(crate) value: InputValue,
}

pub(crate) enum InputValue {
    /// The argument of that name.
    Argument(Ident),
    Computed(Expr),
}

impl Options {
    /// The word by which an option was given.
    pub(crate) fn word(&self, key: &str) -> Option<&Ident> {
        self.given.iter().find(|word| *word == key)
    }

    /// Whether something about the trace is chosen before the span starts.
    pub(crate) fn choose_the_trace(&self) -> bool {
        self.root || self.parent.is_some() || self.sampling_ratio.is_some() || self.experiment.is_some()
    }

    /// The options with a value that an `impl` hands on to its methods, as they were written.
    pub(crate) fn values_for_methods(&self) -> Vec<(&Ident, TokenStream)> {
        let values = [
            ("span_type", self.span_type.as_ref().map(Expr::to_token_stream)),
            ("err", self.err.as_ref().map(|style| style.written.to_token_stream())),
            ("log_level", self.log_level.as_ref().map(|level| level.written.to_token_stream())),
            ("crate", self.path_of_crate.as_ref().map(Path::to_token_stream)),
        ];
        values.into_iter().filter_map(|(key, value)| Some((self.word(key)?, value?))).collect()
    }

    /// All that the user wrote to be computed from the arguments.
    pub(crate) fn computed(&self) -> TokenStream {
        let inputs = self.inputs.iter().map(|input| match &input.value {
            InputValue::Argument(name) => name.to_token_stream(),
            InputValue::Computed(value) => value.to_token_stream(),
        });
        let attributes = self.attributes.iter().map(|(_, value)| value.to_token_stream());
        let others = [&self.links, &self.parent, &self.sampling_ratio, &self.experiment];
        let others = others.into_iter().flatten().map(Expr::to_token_stream);
        inputs.chain(attributes).chain(others).collect()
    }
}

/// Reads all options; what could not be read is left out and has its error.
pub(crate) fn parse(tokens: TokenStream) -> (Options, Errors) {
    let mut options = Options::default();
    let mut errors = Errors::default();
    each_between_commas(tokens, &mut errors, |input, errors| option(input, &mut options, errors));
    (options, errors)
}

fn option(input: ParseStream<'_>, options: &mut Options, errors: &mut Errors) -> syn::Result<()> {
    let word = Ident::parse_any(input).map_err(|error| {
        syn::Error::new(error.span(), format!("expected an option; accepted are {}", accepted()))
    })?;
    let Some(key) = find(&word) else {
        return Err(unknown(&word));
    };
    if !key.repeats && options.given.contains(&word) {
        errors.at(&word, format!("`{}` is given twice; keep one of the two", key.name));
    }
    options.given.push(word.clone());
    let written = if input.peek(Token![=]) {
        Takes::Value
    } else if input.peek(syn::token::Paren) {
        Takes::List
    } else {
        Takes::Nothing
    };
    if written != key.takes {
        let message = match key.takes {
            Takes::Nothing => format!("`{}` takes no value; write it alone", key.name),
            Takes::Value | Takes::List => format!("`{}` is written `{}`", key.name, key.example),
        };
        return Err(syn::Error::new(word.span(), message));
    }
    match key.takes {
        Takes::Nothing => match key.name {
            "skip_all" => options.skip_all = true,
            "skip_output" => options.skip_output = true,
            _ => options.root = true,
        },
        Takes::Value => {
            input.parse::<Token![=]>()?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(syn::Error::new(
                    word.span(),
                    format!("`{}` has no value; write `{}`", key.name, key.example),
                ));
            }
            value(input, key, options)?;
        }
        Takes::List => {
            let list;
            parenthesized!(list in input);
            let list = list.parse::<TokenStream>()?;
            if list.is_empty() && key.name != "inputs" {
                errors.at(&word, format!("`{}` has nothing in it; write `{}`", key.name, key.example));
            }
            each_between_commas(list, errors, |input, errors| match key.name {
                "attributes" => attribute(input, &mut options.attributes, errors),
                "inputs" => named_input(input, &mut options.inputs, errors),
                _ => argument_name(input).map(|name| options.skip.push(name)),
            });
        }
    }
    Ok(())
}

/// What stands behind the `=` of an option.
fn value(input: ParseStream<'_>, key: &Key, options: &mut Options) -> syn::Result<()> {
    match key.name {
        "name" => options.name = Some(option_values::text(input, key)?),
        "span_type" => options.span_type = Some(option_values::text(input, key)?),
        "description" => options.description = Some(option_values::text(input, key)?),
        "output" => options.output = Some(input.parse()?),
        "output_reducer" => options.output_reducer = Some(input.parse()?),
        "err" => options.err = Some(option_values::error_style(input, key)?),
        "log_level" => options.log_level = Some(option_values::log_level(input, key)?),
        "links" => options.links = Some(input.parse()?),
        "parent" => options.parent = Some(input.parse()?),
        "sampling_ratio" => options.sampling_ratio = Some(option_values::ratio(input)?),
        "experiment" => options.experiment = Some(option_values::text(input, key)?),
        _ => options.path_of_crate = Some(option_values::path_of_crate(input)?),
    }
    Ok(())
}

/// `key = value` or `"dotted.key" = value`.
fn attribute(
    input: ParseStream<'_>,
    attributes: &mut Vec<(LitStr, Expr)>,
    errors: &mut Errors,
) -> syn::Result<()> {
    let (key, _) = key(input)?;
    if !input.peek(Token![=]) {
        return Err(syn::Error::new(
            key.span(),
            format!("the attribute `{0}` has no value; write `{0} = value`", key.value()),
        ));
    }
    input.parse::<Token![=]>()?;
    let value = input.parse::<Expr>()?;
    if key.value().is_empty() {
        errors.at(&key, "an attribute needs a key that isn't empty");
    }
    if attributes.iter().any(|(other, _)| other.value() == key.value()) {
        errors.at(&key, format!("the attribute `{}` is given twice; keep one of the two", key.value()));
    }
    attributes.push((key, value));
    Ok(())
}

/// `argument`, `key = value` or `"dotted.key" = value`.
fn named_input(input: ParseStream<'_>, inputs: &mut Vec<NamedInput>, errors: &mut Errors) -> syn::Result<()> {
    let (key, word) = key(input)?;
    let value = if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        InputValue::Computed(input.parse()?)
    } else {
        let Some(word) = word else {
            let message = format!("the input `{0}` has no value; write `\"{0}\" = value`", key.value());
            return Err(syn::Error::new(key.span(), message));
        };
        InputValue::Argument(word)
    };
    if key.value().is_empty() {
        errors.at(&key, "an input needs a name that isn't empty");
    }
    if inputs.iter().any(|other| other.key.value() == key.value()) {
        errors.at(&key, format!("the input `{}` is given twice; keep one of the two", key.value()));
    }
    inputs.push(NamedInput { key, value });
    Ok(())
}

/// A key as text, and as the word it was written as if it stands without quotes.
fn key(input: ParseStream<'_>) -> syn::Result<(LitStr, Option<Ident>)> {
    if input.peek(LitStr) {
        return Ok((input.parse()?, None));
    }
    let word = Ident::parse_any(input).map_err(|error| {
        syn::Error::new(error.span(), "expected `key = value` or `\"dotted.key\" = value`")
    })?;
    if input.peek(Token![.]) {
        return Err(syn::Error::new(
            word.span(),
            "write a key with dots in quotes: `\"dotted.key\" = value`",
        ));
    }
    Ok((LitStr::new(&word.unraw().to_string(), word.span()), Some(word)))
}

fn argument_name(input: ParseStream<'_>) -> syn::Result<Ident> {
    Ident::parse_any(input).map_err(|error| {
        syn::Error::new(error.span(), "`skip` takes names of arguments, as in `skip(argument)`")
    })
}

/// Calls `read` for each item of a list; after an error, reading goes on behind the next comma.
pub(crate) fn each_between_commas(
    tokens: TokenStream,
    errors: &mut Errors,
    mut read: impl FnMut(ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    let items = |input: ParseStream<'_>| {
        while !input.is_empty() {
            match read(input, errors) {
                Err(error) => errors.push(error),
                Ok(()) if input.is_empty() || input.peek(Token![,]) => {}
                Ok(()) => errors.push(input.error("expected `,`")),
            }
            while !input.is_empty() && !input.peek(Token![,]) {
                input.parse::<TokenTree>()?;
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    };
    if let Err(error) = items.parse2(tokens) {
        errors.push(error);
    }
}
