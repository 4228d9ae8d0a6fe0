//! Return types that go on working after the function has returned: streams, iterators and futures made by hand. They
//! are known by how they are written, as a macro sees no more; anything else is an ordinary value.

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{
    AngleBracketedGenericArguments, GenericArgument, PathArguments, PathSegment, ReturnType, Signature,
    Token, TraitBound, Type, TypeParamBound,
};

use crate::returned;

pub(crate) enum Lazy {
    Items(Items),
    /// A future, and what its output goes on doing.
    Future(Future),
    InResult(Box<Lazy>),
    InOption(Box<Lazy>),
}

/// A stream or an iterator.
pub(crate) struct Items {
    pub(crate) kind: Kind,
    pub(crate) place: Place,
    /// The type of an item, or `_`.
    pub(crate) item: TokenStream,
}

pub(crate) struct Future {
    pub(crate) place: Place,
    /// The type of the output, or `_`.
    pub(crate) output: TokenStream,
    pub(crate) then: Option<Box<Lazy>>,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Stream,
    Iterator,
    Future,
}

/// How the type holds it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Place {
    /// `impl Trait`
    Bare,
    /// `Box<dyn Trait>`
    Boxed,
    /// `Pin<Box<dyn Trait>>`, under whatever name
    Pinned,
}

impl Lazy {
    /// What the function's value goes on doing. Of an async function and of a future that is traced inside, this is
    /// about the output.
    pub(crate) fn of(signature: &Signature) -> Option<Self> {
        let ReturnType::Type(_, ty) = &signature.output else { return None };
        let lazy = of_type(ty)?;
        let is_future_of_async = signature.asyncness.is_some() && matches!(lazy, Self::Future(_));
        (!is_future_of_async).then_some(lazy)
    }

    /// The type of its items, or `_`; nothing if it has none.
    pub(crate) fn item(&self) -> Option<&TokenStream> {
        match self {
            Self::Items(items) => Some(&items.item),
            Self::Future(future) => future.then.as_ref().and_then(|then| then.item()),
            Self::InResult(inner) | Self::InOption(inner) => inner.item(),
        }
    }
}

fn of_type(ty: &Type) -> Option<Lazy> {
    let (bounds, place) = match ty {
        Type::Paren(inner) => return of_type(&inner.elem),
        Type::Group(inner) => return of_type(&inner.elem),
        Type::ImplTrait(hidden) => (&hidden.bounds, Place::Bare),
        Type::Path(path) if path.qself.is_none() => {
            let last = path.path.segments.last()?;
            if let Some(lazy) = of_name(last) {
                return Some(lazy);
            }
            boxed(last)?
        }
        _ => return None,
    };
    let bounds = Bounds::of(bounds)?;
    // A box alone has to be moved for an item to be made.
    if place == Place::Boxed && bounds.kind != Kind::Iterator && !bounds.is_unpin {
        return None;
    }
    Some(lazy(bounds.kind, place, bounds.gives))
}

fn lazy(kind: Kind, place: Place, gives: Option<&Type>) -> Lazy {
    let repeated = gives.map_or_else(|| quote!(_), returned::repeated);
    if kind == Kind::Future {
        let then = gives.and_then(of_type).filter(|then| !matches!(then, Lazy::Future(_)));
        return Lazy::Future(Future { place, output: repeated, then: then.map(Box::new) });
    }
    Lazy::Items(Items { kind, place, item: repeated })
}

/// The types that are known by their names.
fn of_name(name: &PathSegment) -> Option<Lazy> {
    let first = || types_in(name).next();
    let inside = || of_type(first()?).filter(|lazy| !matches!(lazy, Lazy::Future(_))).map(Box::new);
    match name.ident.to_string().as_str() {
        "BoxStream" | "LocalBoxStream" => Some(lazy(Kind::Stream, Place::Pinned, Some(first()?))),
        "BoxFuture" | "LocalBoxFuture" => Some(lazy(Kind::Future, Place::Pinned, Some(first()?))),
        "Result" => inside().map(Lazy::InResult),
        "Option" => inside().map(Lazy::InOption),
        _ => None,
    }
}

/// The bounds of `Box<dyn …>` or `Pin<Box<dyn …>>`.
fn boxed(name: &PathSegment) -> Option<(&Punctuated<TypeParamBound, Token![+]>, Place)> {
    let inner = types_in(name).next()?;
    match (name.ident.to_string().as_str(), inner) {
        ("Box", Type::TraitObject(object)) => Some((&object.bounds, Place::Boxed)),
        ("Pin", Type::Path(path)) => {
            let (bounds, place) = boxed(path.path.segments.last()?)?;
            (place == Place::Boxed).then_some((bounds, Place::Pinned))
        }
        _ => None,
    }
}

fn types_in(name: &PathSegment) -> impl Iterator<Item = &Type> {
    arguments_of(name).into_iter().flat_map(|arguments| &arguments.args).filter_map(|argument| match argument
    {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

fn arguments_of(name: &PathSegment) -> Option<&AngleBracketedGenericArguments> {
    match &name.arguments {
        PathArguments::AngleBracketed(arguments) => Some(arguments),
        _ => None,
    }
}

/// `Stream<Item = T> + Send + 'a`: what it is and gives. A trait that a wrapper can't have leads to nothing.
struct Bounds<'a> {
    kind: Kind,
    gives: Option<&'a Type>,
    is_unpin: bool,
}

impl<'a> Bounds<'a> {
    fn of(bounds: &'a Punctuated<TypeParamBound, Token![+]>) -> Option<Self> {
        let (mut kind, mut gives, mut is_unpin) = (None, None, false);
        for bound in bounds {
            let TypeParamBound::Trait(TraitBound { path, maybe, .. }) = bound else {
                // `'a`, and `use<…>` by whatever name the parser has for it.
                continue;
            };
            let name = path.segments.last()?;
            let one = match name.ident.to_string().as_str() {
                "Stream" | "FusedStream" => Kind::Stream,
                "Iterator" | "DoubleEndedIterator" | "ExactSizeIterator" | "FusedIterator" => Kind::Iterator,
                "Future" => Kind::Future,
                "Send" | "Sync" => continue,
                "Unpin" => {
                    is_unpin = true;
                    continue;
                }
                // `?Sized` takes nothing away from a wrapper.
                _ if maybe.is_some() => continue,
                _ => return None,
            };
            if kind.replace(one).is_some_and(|other| other != one) {
                return None;
            }
            gives = gives.or_else(|| given(name));
        }
        Some(Self { kind: kind?, gives, is_unpin })
    }
}

/// The `T` of `Item = T` or `Output = T`.
fn given(name: &PathSegment) -> Option<&Type> {
    arguments_of(name)?.args.iter().find_map(|argument| match argument {
        GenericArgument::AssocType(named) if named.ident == "Item" || named.ident == "Output" => {
            Some(&named.ty)
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(lazy: &Lazy) -> String {
        let place = |place: Place| match place {
            Place::Bare => "",
            Place::Boxed => "boxed ",
            Place::Pinned => "pinned ",
        };
        match lazy {
            Lazy::Items(items) => {
                let kind = if items.kind == Kind::Stream { "stream" } else { "iterator" };
                format!("{}{kind} of {}", place(items.place), items.item)
            }
            Lazy::Future(future) => {
                let then =
                    future.then.as_ref().map_or_else(String::new, |then| format!(", {}", outline(then)));
                format!("{}future of {}{then}", place(future.place), future.output)
            }
            Lazy::InResult(inner) => format!("result: {}", outline(inner)),
            Lazy::InOption(inner) => format!("option: {}", outline(inner)),
        }
    }

    fn read(returned: &str) -> String {
        let signature = syn::parse_str(&format!("fn f() {returned}")).unwrap();
        Lazy::of(&signature).map_or_else(|| "a value".to_owned(), |lazy| outline(&lazy).replace(' ', ""))
    }

    #[test]
    fn streams_and_iterators_are_known_by_how_they_are_written() {
        for (written, expected) in [
            ("-> impl Stream<Item = u8> + Send + use<'a>", "stream of u8"),
            ("-> impl futures::stream::FusedStream<Item = u8> + Unpin", "stream of u8"),
            ("-> impl DoubleEndedIterator<Item = &'a str> + ExactSizeIterator + 'a", "iterator of &'_ str"),
            ("-> BoxStream<'static, Result<u8, E>>", "pinned stream of Result<u8, E>"),
            ("-> core::pin::Pin<Box<dyn Stream<Item = u8> + Send + 'a>>", "pinned stream of u8"),
            ("-> Box<dyn Iterator<Item = impl Copy> + '_>", "boxed iterator of _"),
            ("-> Box<dyn Stream<Item = u8> + Unpin>", "boxed stream of u8"),
            ("-> io::Result<impl Stream<Item = u8>>", "result: stream of u8"),
            ("-> Result<Option<LocalBoxStream<'_, u8>>, E>", "result: option: pinned stream of u8"),
            (
                "-> impl Future<Output = Result<BoxStream<'_, u8>, E>>",
                "future of Result<BoxStream<'_, u8>, E>, result: pinned stream of u8",
            ),
            ("-> BoxFuture<'a, ()>", "pinned future of ()"),
        ] {
            assert_eq!(read(written), expected.replace(' ', ""), "{written}");
        }
    }

    #[test]
    fn anything_else_is_a_value() {
        for written in [
            "",
            "-> impl Iterator<Item = u8> + Clone",
            "-> impl IntoIterator<Item = u8>",
            "-> Box<dyn Stream<Item = u8>>",
            "-> Chunks<'a, u8>",
            "-> Vec<impl Iterator<Item = u8>>",
            "-> Pin<Box<u8>>",
            "-> Result<u8, Box<dyn Iterator<Item = u8>>>",
            "-> <Self as Trait>::BoxStream<u8>",
        ] {
            assert_eq!(read(written), "a value", "{written}");
        }
        let signature = syn::parse_str("async fn f() -> BoxFuture<'static, u8>").unwrap();
        assert!(Lazy::of(&signature).is_none());
    }
}
