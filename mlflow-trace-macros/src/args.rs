//! Reads the options between the attribute's parentheses, by one table of keys, and collects every mistake
//! instead of stopping at the first. Rules that need the function stand in `check`.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, ExprLit, Lit, LitStr, Path, Token, parenthesized};

use crate::fallback::Errors;
use crate::spelling::nearest;

/// The options of one annotated function.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Option<Expr>,
    pub(crate) span_type: Option<Expr>,
    pub(crate) description: Option<Expr>,
    pub(crate) attributes: Vec<(LitStr, Expr)>,
    pub(crate) skip: Vec<Ident>,
    pub(crate) skip_all: bool,
    pub(crate) skip_output: bool,
    pub(crate) output_reducer: Option<Expr>,
    pub(crate) path_of_crate: Option<Path>,
}

/// How an option is written after its name.
#[derive(Clone, Copy, PartialEq)]
enum Takes {
    Nothing,
    Value,
    List,
}

struct Key {
    name: &'static str,
    takes: Takes,
    repeats: bool,
    example: &'static str,
}

const KEYS: [Key; 9] = [
    Key { name: "name", takes: Takes::Value, repeats: false, example: "name = \"answer\"" },
    Key { name: "span_type", takes: Takes::Value, repeats: false, example: "span_type = \"LLM\"" },
    Key { name: "description", takes: Takes::Value, repeats: false, example: "description = \"text\"" },
    Key { name: "attributes", takes: Takes::List, repeats: true, example: "attributes(key = value)" },
    Key { name: "skip", takes: Takes::List, repeats: true, example: "skip(argument)" },
    Key { name: "skip_all", takes: Takes::Nothing, repeats: false, example: "skip_all" },
    Key { name: "skip_output", takes: Takes::Nothing, repeats: false, example: "skip_output" },
    Key {
        name: "output_reducer",
        takes: Takes::Value,
        repeats: false,
        example: "output_reducer = path::to::function",
    },
    Key { name: "crate", takes: Takes::Value, repeats: false, example: "crate = path::to::mlflow" },
];

/// Reads all options; what could not be read is left out and has its error.
pub(crate) fn parse(tokens: TokenStream) -> (Options, Errors) {
    let mut options = Options::default();
    let mut errors = Errors::default();
    let mut seen = Vec::new();
    each_between_commas(tokens, &mut errors, |input, errors| option(input, &mut options, &mut seen, errors));
    (options, errors)
}

fn option(
    input: ParseStream<'_>,
    options: &mut Options,
    seen: &mut Vec<Ident>,
    errors: &mut Errors,
) -> syn::Result<()> {
    let word = Ident::parse_any(input).map_err(|error| {
        syn::Error::new(error.span(), format!("expected an option; accepted are {}", accepted()))
    })?;
    let Some(key) = KEYS.iter().find(|key| word == key.name) else {
        return Err(unknown(&word));
    };
    if !key.repeats && seen.contains(&word) {
        errors.at(&word, format!("`{}` is given twice; keep one of the two", key.name));
    }
    seen.push(word.clone());
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
        Takes::Nothing => {
            options.skip_all |= key.name == "skip_all";
            options.skip_output |= key.name == "skip_output";
        }
        Takes::Value => {
            input.parse::<Token![=]>()?;
            if input.is_empty() || input.peek(Token![,]) {
                return Err(syn::Error::new(
                    word.span(),
                    format!("`{}` has no value; write `{}`", key.name, key.example),
                ));
            }
            match key.name {
                "name" => options.name = Some(text(input, key)?),
                "span_type" => options.span_type = Some(text(input, key)?),
                "description" => options.description = Some(text(input, key)?),
                "output_reducer" => options.output_reducer = Some(input.parse()?),
                _ => options.path_of_crate = Some(path_of_crate(input)?),
            }
        }
        Takes::List => {
            let list;
            parenthesized!(list in input);
            let list = list.parse::<TokenStream>()?;
            if list.is_empty() {
                errors.at(&word, format!("`{}` has nothing in it; write `{}`", key.name, key.example));
            }
            each_between_commas(list, errors, |input, errors| match key.name {
                "attributes" => attribute(input, &mut options.attributes, errors),
                _ => argument_name(input).map(|name| options.skip.push(name)),
            });
        }
    }
    Ok(())
}

/// Text in quotes, or any constant expression, which the compiler checks for its type.
fn text(input: ParseStream<'_>, key: &Key) -> syn::Result<Expr> {
    let value = input.parse::<Expr>()?;
    match &value {
        Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => Ok(value),
        Expr::Lit(_) => Err(syn::Error::new_spanned(
            value,
            format!("`{}` takes text in quotes, as in `{}`", key.name, key.example),
        )),
        _ => Ok(value),
    }
}

/// `crate = path`, or `crate = "path"` as serde's users write it.
fn path_of_crate(input: ParseStream<'_>) -> syn::Result<Path> {
    if input.peek(LitStr) {
        return input.parse::<LitStr>()?.parse_with(Path::parse_mod_style);
    }
    input.call(Path::parse_mod_style)
}

/// `key = value` or `"dotted.key" = value`.
fn attribute(
    input: ParseStream<'_>,
    attributes: &mut Vec<(LitStr, Expr)>,
    errors: &mut Errors,
) -> syn::Result<()> {
    let key = if input.peek(LitStr) {
        input.parse::<LitStr>()?
    } else {
        let word = Ident::parse_any(input).map_err(|error| {
            syn::Error::new(error.span(), "expected `key = value` or `\"dotted.key\" = value`")
        })?;
        if input.peek(Token![.]) {
            return Err(syn::Error::new(
                word.span(),
                "write a key with dots in quotes: `\"dotted.key\" = value`",
            ));
        }
        LitStr::new(&word.unraw().to_string(), word.span())
    };
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

fn argument_name(input: ParseStream<'_>) -> syn::Result<Ident> {
    Ident::parse_any(input).map_err(|error| {
        syn::Error::new(error.span(), "`skip` takes names of arguments, as in `skip(argument)`")
    })
}

/// Calls `read` for each item of a list; after an error, reading goes on behind the next comma.
fn each_between_commas(
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

fn unknown(word: &Ident) -> syn::Error {
    let written = word.unraw().to_string();
    let message = match nearest(&written, KEYS.iter().map(|key| key.name)) {
        Some(near) => {
            format!("unknown option `{written}`; did you mean `{near}`? Accepted are {}", accepted())
        }
        None => format!("unknown option `{written}`; accepted are {}", accepted()),
    };
    syn::Error::new(word.span(), message)
}

/// Every option, in the order of the table.
fn accepted() -> String {
    KEYS.map(|key| format!("`{}`", key.name)).join(", ")
}
