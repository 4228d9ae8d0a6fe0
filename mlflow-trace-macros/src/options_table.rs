//! The table of options: their names, how each is written, and what is said about a name that isn't in it.

use proc_macro2::Ident;
use syn::ext::IdentExt as _;

use crate::spelling::nearest;

/// How an option is written after its name.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Takes {
    Nothing,
    Value,
    List,
}

pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) takes: Takes,
    pub(crate) repeats: bool,
    pub(crate) example: &'static str,
    /// Whether it makes sense for all methods of an `impl` at once.
    pub(crate) is_for_impls: bool,
}

const fn key(name: &'static str, takes: Takes, example: &'static str) -> Key {
    Key { name, takes, repeats: false, example, is_for_impls: false }
}

impl Key {
    const fn repeats(self) -> Self {
        Self { repeats: true, ..self }
    }

    const fn on_impls(self) -> Self {
        Self { is_for_impls: true, ..self }
    }
}

static KEYS: [Key; 18] = [
    key("name", Takes::Value, "name = \"answer\""),
    key("span_type", Takes::Value, "span_type = \"LLM\"").on_impls(),
    key("description", Takes::Value, "description = \"text\""),
    key("attributes", Takes::List, "attributes(key = value)").repeats().on_impls(),
    key("inputs", Takes::List, "inputs(argument, key = value)"),
    key("skip", Takes::List, "skip(argument)").repeats().on_impls(),
    key("skip_all", Takes::Nothing, "skip_all").on_impls(),
    key("output", Takes::Value, "output = |value| value.len()"),
    key("skip_output", Takes::Nothing, "skip_output").on_impls(),
    key("output_reducer", Takes::Value, "output_reducer = path::to::function"),
    key("err", Takes::Value, "err = \"debug\"").on_impls(),
    key("log_level", Takes::Value, "log_level = \"INFO\"").on_impls(),
    key("links", Takes::Value, "links = [&span]"),
    key("parent", Takes::Value, "parent = span"),
    key("root", Takes::Nothing, "root"),
    key("sampling_ratio", Takes::Value, "sampling_ratio = 0.1"),
    key("experiment", Takes::Value, "experiment = \"support-bot\""),
    key("crate", Takes::Value, "crate = path::to::mlflow").on_impls(),
];

/// The option of this name.
pub(crate) fn find(word: &Ident) -> Option<&'static Key> {
    KEYS.iter().find(|key| word == key.name)
}

/// An error at a name that is no option.
pub(crate) fn unknown(word: &Ident) -> syn::Error {
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
pub(crate) fn accepted() -> String {
    listed(|_| true)
}

/// The options that an `impl` block takes.
pub(crate) fn accepted_on_impls() -> String {
    listed(|key| key.is_for_impls)
}

fn listed(is_listed: impl Fn(&Key) -> bool) -> String {
    let names: Vec<String> =
        KEYS.iter().filter(|key| is_listed(key)).map(|key| format!("`{}`", key.name)).collect();
    names.join(", ")
}
