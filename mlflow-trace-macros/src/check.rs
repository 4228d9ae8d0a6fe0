//! The rules that need the options and the function together.

use syn::{Expr, ExprLit, Lit};

use crate::args::Options;
use crate::fallback::Errors;
use crate::function::Function;
use crate::inputs::Inputs;
use crate::lazy::Lazy;
use crate::spelling::nearest;

pub(crate) fn check(options: &Options, function: &Function, inputs: &Inputs, errors: &mut Errors) {
    let signature = &function.signature;
    if let Some(constness) = &signature.constness {
        errors.at(
            constness,
            "a `const fn` can't be traced, since it may run inside the compiler; remove `const` or \
             `#[mlflow::trace]`",
        );
    }
    if let Some(variadic) = &signature.variadic {
        errors
            .at(variadic.dots, "a function with `...` arguments can't be traced; remove `#[mlflow::trace]`");
    }
    not_empty("name", options.name.as_ref(), errors);
    not_empty("span_type", options.span_type.as_ref(), errors);
    skipped_arguments_exist(options, function, inputs, errors);
    if let Some(reducer) = &options.output_reducer
        && !Lazy::of(&function.signature).is_some_and(|lazy| lazy.has_items())
    {
        errors.at(
            reducer,
            "`output_reducer` is for functions whose return type is written as a stream or an iterator: `impl Stream`, \
             `impl Iterator`, `BoxStream`, `LocalBoxStream`, `Pin<Box<dyn Stream>>` or `Box<dyn Iterator>`, also inside \
             `Result` or `Option`",
        );
    }
}

fn not_empty(option: &str, value: Option<&Expr>, errors: &mut Errors) {
    if let Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) = value
        && text.value().trim().is_empty()
    {
        errors.at(text, format!("`{option}` is empty; write some text or leave the option out"));
    }
}

fn skipped_arguments_exist(options: &Options, function: &Function, inputs: &Inputs, errors: &mut Errors) {
    for skipped in &options.skip {
        let is_receiver = skipped == "self" && function.signature.receiver().is_some();
        if is_receiver || inputs.names().any(|name| name == skipped) {
            continue;
        }
        let names: Vec<String> = inputs.names().map(ToString::to_string).collect();
        let function = &function.signature.ident;
        let arguments = if names.is_empty() {
            format!("`{function}` has none to skip")
        } else {
            format!("`{function}` has `{}`", names.join("`, `"))
        };
        let message = match nearest(&skipped.to_string(), names.iter().map(String::as_str)) {
            Some(near) => format!("no argument is called `{skipped}`; did you mean `{near}`? {arguments}"),
            None => format!("no argument is called `{skipped}`; {arguments}"),
        };
        errors.at(skipped, message);
    }
}
