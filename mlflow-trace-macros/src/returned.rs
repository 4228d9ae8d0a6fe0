//! The written return type, in the forms in which the generated code can repeat it.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};
use syn::{GenericArgument, Path, PathArguments, ReturnType, Type, TypeParamBound};

use crate::inputs::mentions;

#[derive(Clone)]
pub(crate) enum Returned {
    Nothing,
    Never,
    /// `impl Trait` alone: there is nothing to repeat.
    Hidden,
    /// The type; each `impl Trait` inside it is a `_`, which the compiler infers.
    Type(TokenStream),
}

pub(crate) fn of(output: &ReturnType) -> Returned {
    match output {
        ReturnType::Default => Returned::Nothing,
        ReturnType::Type(_, ty) => of_type(ty),
    }
}

pub(crate) fn of_type(ty: &Type) -> Returned {
    match ty {
        Type::Never(_) => Returned::Never,
        Type::ImplTrait(_) => Returned::Hidden,
        Type::Tuple(tuple) if tuple.elems.is_empty() => Returned::Nothing,
        ty => Returned::Type(repeated(ty)),
    }
}

/// What a function's future gives, where its return type says it: the `R` of `…<Output = R>…` or `BoxFuture<'a, R>`.
pub(crate) fn of_future(output: &ReturnType) -> Option<Returned> {
    let ReturnType::Type(_, ty) = output else { return None };
    output_of(ty).map(of_type)
}

fn output_of(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Paren(inner) => output_of(&inner.elem),
        Type::Group(inner) => output_of(&inner.elem),
        Type::TraitObject(object) => object.bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Trait(bound) => output_in(&bound.path),
            _ => None,
        }),
        Type::ImplTrait(hidden) => hidden.bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Trait(bound) => output_in(&bound.path),
            _ => None,
        }),
        Type::Path(path) => output_in(&path.path),
        _ => None,
    }
}

fn output_in(path: &Path) -> Option<&Type> {
    let last = path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let is_alias = last.ident == "BoxFuture" || last.ident == "LocalBoxFuture";
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(named) if named.ident == "Output" => Some(&named.ty),
        GenericArgument::Type(ty) if is_alias => Some(ty),
        GenericArgument::Type(ty) => output_of(ty),
        _ => None,
    })
}

/// A type in a form that can be repeated: each `impl Trait` in it is a `_`, each lifetime a `'_`, since a lifetime that
/// the body names is one that clippy does not take for needless.
pub(crate) fn repeated(ty: &Type) -> TokenStream {
    let ty = without_impl_trait(ty.to_token_stream());
    if mentions(&ty, "for") { ty } else { without_lifetimes(ty) }
}

// Input:
//     Parts<'a, &'a str, &'static str>
//
// Output:
//     Parts<'_, &'_ str, &'static str>
fn without_lifetimes(ty: TokenStream) -> TokenStream {
    let mut after_tick = false;
    let tokens = ty.into_iter().map(|token| {
        let is_name = std::mem::take(&mut after_tick);
        match token {
            TokenTree::Ident(name) if is_name && name != "static" => {
                TokenTree::Ident(Ident::new("_", name.span()))
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), without_lifetimes(group.stream()));
                inner.set_span(group.span());
                TokenTree::Group(inner)
            }
            other => {
                after_tick = matches!(&other, TokenTree::Punct(punct) if punct.as_char() == '\'');
                other
            }
        }
    });
    tokens.collect()
}

// Input:
//     Result<(impl Iterator<Item = u32> + Clone, u8), impl Fn() -> Box<dyn Error>>
//
// Output:
//     Result<(_, u8), _>
fn without_impl_trait(ty: TokenStream) -> TokenStream {
    let mut written = TokenStream::new();
    let mut tokens = ty.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word == "impl" => {
                written.extend(quote_spanned!(word.span()=> _));
                let mut bounds = Bounds::default();
                while tokens.next_if(|token| bounds.hold(token)).is_some() {}
            }
            TokenTree::Group(group) => {
                let mut inner = Group::new(group.delimiter(), without_impl_trait(group.stream()));
                inner.set_span(group.span());
                written.extend([TokenTree::Group(inner)]);
            }
            other => written.extend([other]),
        }
    }
    written
}

/// Finds the end of `impl Trait<…> + …`: a comma, or the `>` that closes what stands around it.
#[derive(Default)]
struct Bounds {
    open: usize,
    after_minus: bool,
}

impl Bounds {
    /// Whether the next token still belongs to the bounds.
    fn hold(&mut self, token: &TokenTree) -> bool {
        let TokenTree::Punct(punct) = token else {
            self.after_minus = false;
            return true;
        };
        let is_arrow = punct.as_char() == '>' && self.after_minus;
        self.after_minus = punct.as_char() == '-';
        match punct.as_char() {
            '<' => self.open += 1,
            '>' if is_arrow => {}
            '>' | ',' if self.open == 0 => return false,
            '>' => self.open -= 1,
            _ => {}
        }
        true
    }
}

/// The part of a closure that says what it returns. `place` is where the compiler's messages point when
/// nothing was written.
pub(crate) fn of_closure(returned: &Returned, place: Span) -> TokenStream {
    let at = Span::mixed_site().located_at(place);
    match returned {
        Returned::Nothing => quote_spanned!(at=> -> ()),
        Returned::Never => quote_spanned!(at=> -> !),
        Returned::Hidden => TokenStream::new(),
        Returned::Type(ty) => quote_spanned!(at=> -> #ty),
    }
}

/// A `return` that never runs, for the start of an `async` block, where a return type can't be written: without
/// it the types of `?`, `.into()` and literals in the body would be inferred too late.
pub(crate) fn of_block(returned: &Returned, place: Span) -> TokenStream {
    let at = Span::mixed_site().located_at(place);
    let value = match returned {
        // A block that never ends still needs a type, since nothing can be inferred from `!`.
        Returned::Nothing | Returned::Never => quote_spanned!(at=> return;),
        Returned::Hidden => return TokenStream::new(),
        Returned::Type(ty) => quote_spanned!(at=> let returned: #ty = loop {}; return returned;),
    };
    quote_spanned! {at=>
        #[allow(unreachable_code, clippy::diverging_sub_expression)]
        if false { #value }
    }
}

#[cfg(test)]
mod tests {
    use super::{Returned, of_future, without_impl_trait};

    fn output(of: &str) -> Option<String> {
        match of_future(&syn::parse_str(of).unwrap())? {
            Returned::Type(ty) => Some(ty.to_string().replace(' ', "")),
            Returned::Nothing => Some("()".into()),
            Returned::Never | Returned::Hidden => None,
        }
    }

    #[test]
    fn the_output_of_a_boxed_future_is_found() {
        let pinned =
            "-> ::core::pin::Pin<Box<dyn ::core::future::Future<Output = Result<A, B>> + Send + 'a>>";
        assert_eq!(output(pinned).as_deref(), Some("Result<A,B>"));
        assert_eq!(output("-> Pin<Box<dyn Future<Output = ()>>>").as_deref(), Some("()"));
        assert_eq!(output("-> futures::future::BoxFuture<'a, u32>").as_deref(), Some("u32"));
        assert_eq!(output("-> Fut<'a, u32>"), None);
        assert_eq!(output("-> Pin<Box<u32>>"), None);
    }

    fn erased(ty: &str) -> String {
        without_impl_trait(ty.parse().unwrap()).to_string().replace(' ', "")
    }

    #[test]
    fn impl_trait_becomes_an_inferred_type_wherever_it_stands() {
        assert_eq!(erased("Result<(impl Iterator<Item = u32> + Clone, u8), E>"), "Result<(_,u8),E>");
        assert_eq!(erased("Result<impl Fn(&str) -> Option<u8>, Box<dyn Error>>"), "Result<_,Box<dynError>>");
        assert_eq!(erased("Option<impl Trait<A, B>>"), "Option<_>");
    }

    #[test]
    fn other_types_stay_as_they_are() {
        assert_eq!(erased("Box<dyn Fn(u8) -> [u8; 4] + Send>"), "Box<dynFn(u8)->[u8;4]+Send>");
    }
}
