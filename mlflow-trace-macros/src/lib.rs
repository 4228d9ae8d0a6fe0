//! The `#[mlflow::trace]` attribute; its reference stands with its re-export in the `mlflow-trace` crate.
//!
//! The way of an annotated function through this crate: `args` reads the options and `function` the item,
//! `argument_options` what stands on its parameters, `shape`, `lazy` and `inputs` say what kind of function it is, what
//! goes on after it has returned and what its parameters bind, `check` holds the rules that need more than one of them,
//! `expand` prints the traced function, and `fallback` prints the function as it was beside the errors when anything is
//! wrong; `kept` is what is left under the feature `disabled`. An `impl` only hands the attribute on to its methods, in `impl_block`.

mod args;
mod argument_options;
mod bindings;
mod check;
mod expand;
mod fallback;
mod function;
mod impl_block;
mod inputs;
mod kept;
mod lazy;
#[cfg(test)]
mod option_tests;
mod option_values;
mod options_table;
mod returned;
mod shape;
#[cfg(test)]
mod snapshot_tests;
mod spelling;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;

/// Records each call of the function as a span; see the documentation of `mlflow::trace`.
#[proc_macro_attribute]
pub fn trace(options: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    traced(options.into(), item.into(), cfg!(feature = "disabled")).into()
}

/// The attribute on ordinary token streams, which unit tests can make.
fn traced(options: TokenStream, item: TokenStream, disabled: bool) -> TokenStream {
    if argument_options::is_impl(&item) {
        return impl_block::traced(options, item);
    }
    let (options, mut errors) = args::parse(options);
    let mut function = match function::parse(item.clone()) {
        Ok(function) => function,
        Err(error) => {
            errors.push(error);
            return fallback::item_with_errors(item, errors);
        }
    };
    let on_arguments = argument_options::take(&mut function.signature, &mut errors);
    let shape = shape::of(&function);
    let inputs = inputs::of(&function.signature, &shape, &on_arguments, &options.computed());
    check::check(&options, &function, &inputs, &mut errors);
    if !errors.is_empty() {
        return fallback::item_with_errors(item, errors);
    }
    if disabled {
        kept::kept(argument_options::stripped(item), &options, &function.signature, &inputs)
    } else {
        expand::expand(&options, function, &shape, &inputs)
    }
}
