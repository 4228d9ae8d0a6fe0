//! The rules that need the options and the function together.

use proc_macro2::Ident;
use quote::ToTokens as _;
use syn::{Expr, ExprLit, Lit};

use crate::args::{InputValue, Options};
use crate::argument_options::Treatment;
use crate::fallback::Errors;
use crate::function::Function;
use crate::inputs::{Inputs, mentions};
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
    not_empty("experiment", options.experiment.as_ref(), errors);
    known_to_the_compiler(options, inputs, errors);
    options_go_together(options, inputs, errors);
    skipped_arguments_exist(options, function, inputs, errors);
    recorded_arguments_exist(options, function, inputs, errors);
    if let Some(reducer) = &options.output_reducer
        && Lazy::of(&function.signature).is_none_or(|lazy| lazy.item().is_none())
    {
        errors.at(
            reducer,
            "`output_reducer` is for functions whose return type is written as a stream or an iterator: `impl Stream`, \
             `impl Iterator`, `BoxStream`, `LocalBoxStream`, `Pin<Box<dyn Stream>>` or `Box<dyn Iterator>`, also inside \
             `Result` or `Option`",
        );
    }
}

/// Options that say the opposite of each other.
fn options_go_together(options: &Options, inputs: &Inputs, errors: &mut Errors) {
    if options.word("inputs").is_some() {
        let skips = options.given.iter().filter(|word| *word == "skip" || *word == "skip_all");
        let on_arguments = inputs.0.iter().filter_map(|parameter| parameter.option.as_ref());
        let on_arguments = on_arguments.filter(|option| option.treatment == Treatment::Skip);
        for word in skips.chain(on_arguments.map(|option| &option.word)) {
            errors.at(
                word,
                format!(
                    "`inputs(…)` names all that is recorded, so there is nothing to skip; remove `{word}`"
                ),
            );
        }
    }
    if let (Some(_), Some(skip)) = (&options.output, options.word("skip_output")) {
        errors.at(skip, "`skip_output` leaves nothing for `output` to map; keep one of the two");
    }
    if let (Some(_), Some(root)) = (&options.parent, options.word("root")) {
        errors.at(root, "a span with a `parent` is no `root`; keep one of the two");
    }
    for parameter in &inputs.0 {
        let Some(option) = &parameter.option else { continue };
        let is_skipped = options.skip_all || parameter.names.iter().any(|name| options.skip.contains(name));
        if is_skipped && option.treatment != Treatment::Skip {
            errors.at(
                &option.word,
                format!("this argument is skipped, so `{}` has no effect; keep one of the two", option.word),
            );
        }
    }
}

pub(crate) fn not_empty(option: &str, value: Option<&Expr>, errors: &mut Errors) {
    if let Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) = value
        && text.value().trim().is_empty()
    {
        errors.at(text, format!("`{option}` is empty; write some text or leave the option out"));
    }
}

/// What describes the function for all calls can't be made by one of them.
fn known_to_the_compiler(options: &Options, inputs: &Inputs, errors: &mut Errors) {
    let of_a_call = |value: &Expr| {
        let tokens = value.to_token_stream();
        let argument = inputs.names().find(|name| mentions(&tokens, &name.to_string()));
        match (argument, value) {
            (Some(name), _) => Some(format!("`{name}` is an argument")),
            _ if mentions(&tokens, "self") => Some("`self` is an argument".to_owned()),
            (None, Expr::Macro(call)) if call.mac.path.is_ident("format") => {
                Some("`format!` makes its text at run time".to_owned())
            }
            _ => None,
        }
    };
    let options = [
        (
            "name",
            &options.name,
            "for a name that each call chooses, open the span by hand: `mlflow::span(name).run(…)`",
        ),
        (
            "span_type",
            &options.span_type,
            "in the body, `mlflow::current_span().set_span_type(…)` takes any text",
        ),
        ("description", &options.description, "what each call says for itself belongs in `attributes(…)`"),
    ];
    for (option, value, way) in options {
        if let Some(value) = value
            && let Some(reason) = of_a_call(value)
        {
            errors.at(
                value,
                format!("`{option}` is text or a constant, the same for all calls, and {reason}; {way}"),
            );
        }
    }
}

fn skipped_arguments_exist(options: &Options, function: &Function, inputs: &Inputs, errors: &mut Errors) {
    for skipped in &options.skip {
        let is_receiver = skipped == "self" && function.signature.receiver().is_some();
        if !is_receiver && inputs.parameter_of(skipped).is_none() {
            errors.at(skipped, no_argument(skipped, "to skip", function, inputs));
        }
    }
}

fn recorded_arguments_exist(options: &Options, function: &Function, inputs: &Inputs, errors: &mut Errors) {
    for input in &options.inputs {
        let InputValue::Argument(name) = &input.value else { continue };
        if name == "self" && function.signature.receiver().is_some() {
            errors.at(name, "`self` needs a name and a value here, as in `inputs(id = self.id)`");
        } else if inputs.parameter_of(name).is_none() {
            let message = no_argument(name, "to record", function, inputs);
            errors.at(name, format!("{message}; other values are written `{name} = value`"));
        }
    }
}

fn no_argument(written: &Ident, purpose: &str, function: &Function, inputs: &Inputs) -> String {
    let names: Vec<String> = inputs.names().map(ToString::to_string).collect();
    let function = &function.signature.ident;
    let arguments = if names.is_empty() {
        format!("`{function}` has none {purpose}")
    } else {
        format!("`{function}` has `{}`", names.join("`, `"))
    };
    match nearest(&written.to_string(), names.iter().map(String::as_str)) {
        Some(near) => format!("no argument is called `{written}`; did you mean `{near}`? {arguments}"),
        None => format!("no argument is called `{written}`; {arguments}"),
    }
}
