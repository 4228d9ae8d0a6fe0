//! Reads the annotated item. Only the signature is parsed: the body stays the user's own tokens, so that the
//! compiler's messages point into it and syntax that is newer than our parser goes through.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, LitStr, Signature, Token, Visibility};

pub(crate) struct Function {
    /// Outer attributes, then those from the start of the body, as outer ones.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    /// The body with its braces, without the attributes at its start.
    pub(crate) body: Group,
}

pub(crate) fn parse(item: TokenStream) -> syn::Result<Function> {
    function.parse2(item)
}

fn function(input: ParseStream<'_>) -> syn::Result<Function> {
    let mut attributes = input.call(Attribute::parse_outer)?;
    let visibility = input.parse::<Visibility>()?;
    expect_function(&input.fork())?;
    let signature = input.parse::<Signature>()?;
    if input.peek(Token![;]) {
        return Err(input.error(format!(
            "`{}` has no body to trace here; put `#[mlflow::trace]` on the function that has one",
            signature.ident
        )));
    }
    let tokens = input.parse::<TokenTree>()?;
    let Some(body) = block(&tokens) else {
        return Err(syn::Error::new_spanned(tokens, "expected the body of the function"));
    };
    let body = hoist_attributes(body, &mut attributes)?;
    Ok(Function { attributes, visibility, signature, body })
}

/// The tokens in braces; a `$body:block` of `macro_rules!` comes in a group without delimiters.
fn block(tokens: &TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = tokens else { return None };
    match group.delimiter() {
        Delimiter::Brace => Some(group.clone()),
        Delimiter::None => {
            let mut inside = group.stream().into_iter();
            let first = inside.next()?;
            if inside.next().is_some() { None } else { block(&first) }
        }
        _ => None,
    }
}

/// Fails at the keyword of an item that isn't a function.
fn expect_function(input: ParseStream<'_>) -> syn::Result<()> {
    let mut first = None;
    loop {
        if input.peek(Token![fn]) {
            return Ok(());
        }
        if input.peek(LitStr) {
            input.parse::<LitStr>()?;
            continue;
        }
        if !input.peek(Ident::peek_any) {
            // `extern "C" { … }`, or something that is no item that we know.
            let message = if input.peek(syn::token::Brace) {
                "`#[mlflow::trace]` can't trace foreign functions, which have no body here; put it on the \
                 Rust function that calls them"
            } else {
                "`#[mlflow::trace]` goes on a function, a method or an `impl`"
            };
            return Err(match first {
                Some(keyword) => syn::Error::new_spanned(keyword, message),
                None => input.error(message),
            });
        }
        let word = input.call(Ident::parse_any)?;
        let (what, hint) = match word.to_string().as_str() {
            "const" | "async" | "unsafe" | "extern" | "default" | "auto" | "safe" => {
                let constant = word == "const" && input.peek(syn::Ident) && input.peek2(Token![:]);
                if !constant {
                    first.get_or_insert(word);
                    continue;
                }
                ("a constant", "")
            }
            "struct" => ("a struct", "; put it on its `impl`"),
            "enum" => ("an enum", "; put it on its `impl`"),
            "union" => ("a union", "; put it on its `impl`"),
            "trait" => ("a trait", "; put it on its implementations, or on its methods that have a body"),
            "mod" => ("a module", "; put it on each function inside that you want to see"),
            "static" => ("a static", ""),
            "type" => ("a type alias", ""),
            "use" => ("an import", ""),
            "crate" => ("an import", ""),
            _ => ("something else", ""),
        };
        let message =
            format!("`#[mlflow::trace]` goes on a function, a method or an `impl`, and this is {what}{hint}");
        return Err(syn::Error::new_spanned(word, message));
    }
}

/// Moves `#![…]` from the start of the body to the function: expressions may not carry it, and the body is
/// going to be one.
fn hoist_attributes(body: Group, attributes: &mut Vec<Attribute>) -> syn::Result<Group> {
    let mut start = body.stream().into_iter();
    let starts_so = matches!(start.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '#')
        && matches!(start.next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '!');
    if !starts_so {
        return Ok(body);
    }
    let split = |input: ParseStream<'_>| {
        let inner = input.call(Attribute::parse_inner)?;
        Ok((inner, input.parse::<TokenStream>()?))
    };
    let (inner, rest) = split.parse2(body.stream())?;
    for attribute in inner {
        let meta = attribute.meta.to_token_stream();
        let pound = attribute.pound_token;
        attributes.extend(Attribute::parse_outer.parse2(quote::quote!(#pound [#meta]))?);
    }
    let mut stripped = Group::new(Delimiter::Brace, rest);
    stripped.set_span(body.span());
    Ok(stripped)
}
