//! `#[mlflow(…)]` on a parameter: how this one argument is recorded. No compiler knows the attribute, so it is taken
//! off whatever is printed.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Attribute, FnArg, Meta, Signature};

use crate::args::each_between_commas;
use crate::fallback::Errors;
use crate::spelling::nearest;

/// How an argument is recorded.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Treatment {
    Skip,
    Debug,
    Redact,
}

/// What was written on one parameter.
#[derive(Clone)]
pub(crate) struct ArgumentOption {
    pub(crate) treatment: Treatment,
    pub(crate) word: Ident,
}

const WORDS: [(&str, Treatment); 3] =
    [("skip", Treatment::Skip), ("debug", Treatment::Debug), ("redact", Treatment::Redact)];

/// Takes the options off the parameters; one entry for each, the receiver included.
pub(crate) fn take(signature: &mut Signature, errors: &mut Errors) -> Vec<Option<ArgumentOption>> {
    let arguments = signature.inputs.iter_mut().map(|argument| {
        let (attributes, is_receiver) = match argument {
            FnArg::Receiver(receiver) => (&mut receiver.attrs, true),
            FnArg::Typed(typed) => (&mut typed.attrs, false),
        };
        let mut found = Vec::new();
        attributes.retain(|attribute| {
            if attribute.path().is_ident("cfg_attr") && has_ours(attribute) {
                errors.at(
                    &attribute.meta,
                    "`#[mlflow(…)]` can't stand inside `cfg_attr`, which is looked at too late; make it a condition of \
                     the whole attribute, as in `#[cfg_attr(condition, mlflow::trace(skip(argument)))]`",
                );
            }
            let is_ours = attribute.path().is_ident("mlflow");
            if is_ours {
                read(attribute, &mut found, errors);
            }
            !is_ours
        });
        let mut found = found.into_iter();
        let first = found.next();
        for other in found {
            let message = if first.as_ref().is_some_and(|first: &ArgumentOption| first.word == other.word) {
                format!("`{}` is given twice; keep one of the two", other.word)
            } else {
                format!("an argument is recorded in one way; keep one of {}", accepted())
            };
            errors.at(&other.word, message);
        }
        if is_receiver && let Some(option) = &first {
            errors.at(
                &option.word,
                "`self` is never recorded; remove this, or name what you want to see in `inputs(…)`",
            );
        }
        first
    });
    arguments.collect()
}

/// Whether one of the attributes of a `#[cfg_attr(…)]` is ours.
fn has_ours(attribute: &Attribute) -> bool {
    let Meta::List(list) = &attribute.meta else { return false };
    let mut tokens = list.tokens.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_list = matches!(tokens.peek(), Some(TokenTree::Group(_)));
        if is_list && matches!(token, TokenTree::Ident(word) if word == "mlflow") {
            return true;
        }
    }
    false
}

fn read(attribute: &Attribute, found: &mut Vec<ArgumentOption>, errors: &mut Errors) {
    let Meta::List(list) = &attribute.meta else {
        errors.at(&attribute.meta, format!("write one of {} here, as in `#[mlflow(skip)]`", accepted()));
        return;
    };
    if list.tokens.is_empty() {
        errors.at(&attribute.meta, format!("write one of {} here, as in `#[mlflow(skip)]`", accepted()));
    }
    each_between_commas(list.tokens.clone(), errors, |input, _| {
        found.push(word(input)?);
        Ok(())
    });
}

fn word(input: ParseStream<'_>) -> syn::Result<ArgumentOption> {
    let word = Ident::parse_any(input).map_err(|error| {
        syn::Error::new(error.span(), format!("expected one of {}, as in `#[mlflow(skip)]`", accepted()))
    })?;
    if let Some((_, treatment)) = WORDS.iter().find(|(known, _)| word == known) {
        return Ok(ArgumentOption { treatment: *treatment, word });
    }
    let message = match nearest(&word.to_string(), WORDS.iter().map(|(known, _)| *known)) {
        Some(near) => {
            format!(
                "no argument can be recorded as `{word}`; did you mean `{near}`? Accepted are {}",
                accepted()
            )
        }
        None => format!("no argument can be recorded as `{word}`; accepted are {}", accepted()),
    };
    Err(syn::Error::new(word.span(), message))
}

fn accepted() -> String {
    WORDS.map(|(word, _)| format!("`{word}`")).join(", ")
}

/// The item without our attributes on parameters. An `impl` also loses those on its methods, the attribute itself
/// included, since it has been looked at from outside.
pub(crate) fn stripped(item: TokenStream) -> TokenStream {
    let is_impl = is_impl(&item);
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    if is_impl && let Some(TokenTree::Group(body)) = tokens.last_mut() {
        *body = with_stream(body, parameters_stripped(without_ours(body.stream(), true)));
        return tokens.into_iter().collect();
    }
    parameters_stripped(tokens.into_iter().collect())
}

/// Whether the item is an `impl` block: the keyword comes before anything that has a body.
pub(crate) fn is_impl(item: &TokenStream) -> bool {
    item.clone()
        .into_iter()
        .find_map(|token| match token {
            TokenTree::Ident(word) if word == "unsafe" || word == "default" => None,
            TokenTree::Ident(word) => Some(word == "impl"),
            _ => None,
        })
        .unwrap_or(false)
}

/// Takes our attributes off in every list of parameters. The arguments of macros are left alone.
fn parameters_stripped(tokens: TokenStream) -> TokenStream {
    let mut after_bang = false;
    let parts = tokens.into_iter().map(|token| {
        let of_macro = after_bang;
        after_bang = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '!')
            || (after_bang && matches!(token, TokenTree::Ident(_)));
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis && !of_macro => {
                TokenTree::Group(with_stream(&group, without_ours(group.stream(), false)))
            }
            other => other,
        }
    });
    parts.collect()
}

fn with_stream(group: &Group, stream: TokenStream) -> Group {
    let mut changed = Group::new(group.delimiter(), stream);
    changed.set_span(group.span());
    changed
}

/// Without each `#[mlflow(…)]`, and `of_methods` also without each `#[mlflow::trace…]`.
fn without_ours(tokens: TokenStream, of_methods: bool) -> TokenStream {
    let mut kept = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_pound = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#');
        let is_ours = is_pound
            && matches!(tokens.peek(), Some(TokenTree::Group(group))
                if group.delimiter() == Delimiter::Bracket && is_ours(&group.stream(), of_methods));
        if is_ours {
            tokens.next();
        } else {
            kept.extend([token]);
        }
    }
    kept
}

fn is_ours(attribute: &TokenStream, of_methods: bool) -> bool {
    let path: String = attribute
        .clone()
        .into_iter()
        .take_while(|token| match token {
            TokenTree::Punct(punct) => punct.as_char() != '=',
            other => !matches!(other, TokenTree::Group(_)),
        })
        .map(|token| token.to_token_stream().to_string())
        .collect();
    path == "mlflow" || (of_methods && is_trace(&path))
}

/// Whether the path of an attribute, written without spaces, is that of our attribute.
pub(crate) fn is_trace(path: &str) -> bool {
    matches!(path, "mlflow::trace" | "::mlflow::trace" | "trace")
}
