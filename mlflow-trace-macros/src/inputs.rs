//! What the parameters bind: the names that are recorded, and how each value moves into the traced body so
//! that it is dropped when and in the order in which the plain function drops it.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::parse::Parser as _;
use syn::spanned::Spanned as _;
use syn::{Attribute, Block, Expr, FnArg, Pat, PatIdent, PatType, Signature, Stmt, Type};

use crate::argument_options::ArgumentOption;
use crate::bindings::{Bindings, Strip};
use crate::shape::Shape;

pub(crate) struct Inputs(pub(crate) Vec<Parameter>);

/// One parameter other than `self`.
pub(crate) struct Parameter {
    /// How the signature of the traced function has it.
    pub(crate) written: PatType,
    /// `#[cfg(…)]`, which everything that speaks of the parameter must carry too.
    pub(crate) conditions: Vec<Attribute>,
    /// The variables that it binds.
    pub(crate) names: Vec<Ident>,
    /// Those of them that can become inputs.
    pub(crate) recorded: Vec<Ident>,
    /// How the user wants it recorded.
    pub(crate) option: Option<ArgumentOption>,
    /// `let (x, _) = &__arg0;` where the names are no variables of the signature.
    pub(crate) reading: TokenStream,
    /// The statements at the start of the body that take the value over.
    pub(crate) moving: TokenStream,
    /// The variables that they take over.
    pub(crate) moved: Vec<Ident>,
    /// Whether it is one variable of a type that is copied for nothing: a number, a truth value or a shared reference.
    pub(crate) is_plain: bool,
}

impl Inputs {
    pub(crate) fn names(&self) -> impl Iterator<Item = &Ident> {
        self.0.iter().flat_map(|parameter| &parameter.names)
    }

    /// The parameter that binds this name.
    pub(crate) fn parameter_of(&self, name: &Ident) -> Option<&Parameter> {
        self.0.iter().find(|parameter| parameter.names.contains(name))
    }
}

/// `options` has an entry for each argument, the receiver included. `used` is what the user wrote to be computed from
/// the arguments.
pub(crate) fn of(
    signature: &Signature,
    shape: &Shape,
    options: &[Option<ArgumentOption>],
    used: &TokenStream,
) -> Inputs {
    let typed = signature.inputs.iter().enumerate().filter_map(|(index, argument)| match argument {
        FnArg::Typed(argument) => Some((index, argument.clone())),
        FnArg::Receiver(_) => None,
    });
    let parameters = typed.map(|(index, argument)| {
        let mut parameter = match shape {
            Shape::BoxedFuture(boxed) => in_boxed_future(argument, &boxed.block.stream(), used),
            _ => parameter(index, argument, used),
        };
        parameter.option = options.get(index).cloned().flatten();
        parameter
    });
    Inputs(parameters.collect())
}

// Input:
//     (a: A, mut b: B, (x, y): (X, Y), Pair(z, _): Pair, _: G)
//
// Output, in the signature and at the start of the body:
//     (a: A, b: B, (x, y): (X, Y), __arg3: Pair, __arg4: G)
//     let a = a; let mut b = b; let x = x; let y = y;
//     let __arg3 = __arg3; let Pair(z, _) = __arg3; let __arg4 = __arg4;
//
// A pattern that leaves parts of the value behind moves into the body as a whole, since those parts are
// dropped in their place among the other arguments.
fn parameter(index: usize, mut written: PatType, used: &TokenStream) -> Parameter {
    let conditions = conditions_of(&written.attrs);
    let let_attributes = attributes_of_let(&mut written.attrs);
    let mut readable = written.pat.as_ref().clone();
    let bound = Bindings::of(&mut readable, Strip::MutAndRef);
    let names: Vec<Ident> = bound.variables.iter().map(|(_, name)| name.clone()).collect();
    let mut reading = TokenStream::new();
    let mut moving = TokenStream::new();
    let mut moved = Vec::new();
    if bound.leaves_parts && !bound.has_reference && !bound.unknown && !is_pointer(&written.ty) {
        let span = Span::mixed_site().located_at(written.pat.span());
        let whole = Ident::new(&format!("__arg{index}"), span);
        let pattern = std::mem::replace(written.pat.as_mut(), variable(&whole));
        moving = quote_spanned!(span=> #let_attributes let #whole = #whole;);
        if !matches!(pattern, Pat::Wild(_)) {
            moving.extend(quote_spanned!(span=> #let_attributes let #pattern = #whole;));
            reading = matched(&conditions, &readable, &whole);
        }
        moved.push(whole);
    } else {
        for (mutability, name) in Bindings::of(&mut written.pat, Strip::Mut).variables {
            let span = Span::mixed_site();
            // What is allowed stands where we use the name, so that clippy tells of the user's own uses.
            let (allowed, value) = if name.to_string().starts_with('_') {
                let used = allowed_for(&name);
                let value = quote_spanned!(span=> { #used let moved = #name; moved });
                (quote_spanned!(span=> #[allow(clippy::no_effect_underscore_binding)]), value)
            } else {
                (TokenStream::new(), name.to_token_stream())
            };
            moving.extend(quote_spanned!(span=>
                #let_attributes #[allow(clippy::shadow_same)] #allowed let #mutability #name = #value;
            ));
            moved.push(name);
        }
    }
    // The body may leave alone what the options use: that is no unused variable.
    for name in names.iter().filter(|name| mentions(used, &name.to_string())) {
        let (span, allowed) = (Span::mixed_site(), allowed_for(name));
        moving.extend(quote_spanned!(span=> #(#conditions)* #allowed let _ = &#name;));
    }
    let is_plain = matches!(written.pat.as_ref(), Pat::Ident(name) if names.contains(&name.ident) && name.subpat.is_none())
        && is_copied(&written.ty);
    Parameter {
        written,
        conditions,
        recorded: names.clone(),
        names,
        option: None,
        reading,
        moving,
        moved,
        is_plain,
    }
}

/// A parameter of a function whose body is an `async move` block that takes its arguments over itself.
///
/// Only what the block or an option mentions is recorded: anything else would become part of the future, which then
/// might not be `Send` any more.
fn in_boxed_future(written: PatType, block: &TokenStream, used: &TokenStream) -> Parameter {
    let conditions = conditions_of(&written.attrs);
    let mut pattern = written.pat.as_ref().clone();
    let mut reading = TokenStream::new();
    let mut can_be_read = true;
    if let Pat::Ident(PatIdent { ident: whole, .. }) = written.pat.as_ref()
        && whole.to_string().starts_with("__arg")
    {
        // `#[async_trait]` has put a name for the whole in the place of the pattern.
        pattern = pattern_of(whole, block).unwrap_or_else(|| Pat::Wild(wild(whole.span())));
        let mut readable = pattern.clone();
        let bound = Bindings::of(&mut readable, Strip::MutAndRef);
        can_be_read = !bound.has_reference && !bound.unknown;
        if !bound.variables.is_empty() {
            reading = matched(&conditions, &readable, whole);
        }
    }
    let names: Vec<Ident> =
        Bindings::of(&mut pattern, Strip::Mut).variables.into_iter().map(|(_, name)| name).collect();
    let is_mentioned = |name: &str| mentions(block, name) || mentions(used, name);
    let recorded: Vec<Ident> =
        names.iter().filter(|name| can_be_read && is_mentioned(&name.to_string())).cloned().collect();
    if recorded.is_empty() {
        reading = TokenStream::new();
    }
    Parameter {
        written,
        conditions,
        names,
        recorded,
        option: None,
        reading,
        moving: TokenStream::new(),
        moved: Vec::new(),
        is_plain: false,
    }
}

/// `let (x, _) = &__arg0;`, of which some names may be skipped.
fn matched(conditions: &[Attribute], readable: &Pat, whole: &Ident) -> TokenStream {
    quote_spanned! {Span::mixed_site()=>
        #(#conditions)* #[allow(unused_variables, clippy::pattern_type_mismatch)] let #readable = &#whole;
    }
}

/// The `(x, y)` of `#[async_trait]`'s `let (x, y) = { let __arg1 = __arg1; __arg1 };`.
fn pattern_of(whole: &Ident, block: &TokenStream) -> Option<Pat> {
    let statements = Block::parse_within.parse2(block.clone()).ok()?;
    statements.into_iter().find_map(|statement| {
        let Stmt::Local(local) = statement else { return None };
        let Expr::Block(value) = *local.init?.expr else { return None };
        match value.block.stmts.first()? {
            Stmt::Local(inner) if matches!(&inner.pat, Pat::Ident(name) if name.ident == *whole) => {
                Some(local.pat)
            }
            _ => None,
        }
    })
}

/// Whether the tokens use the name, in a format string at least.
pub(crate) fn mentions(tokens: &TokenStream, name: &str) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        TokenTree::Literal(literal) => literal.to_string().contains(&format!("{{{name}")),
        TokenTree::Punct(_) => false,
    })
}

/// The lints that would complain about our use of a variable which the user marked as unused.
pub(crate) fn allowed_for(name: &Ident) -> Option<TokenStream> {
    name.to_string().starts_with('_').then(|| {
        quote_spanned! {Span::mixed_site()=>
            #[allow(clippy::used_underscore_binding, clippy::no_effect_underscore_binding)]
        }
    })
}

fn is_copied(ty: &Type) -> bool {
    const PLAIN: [&str; 16] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64",
        "u128", "usize",
    ];
    match ty {
        Type::Reference(reference) => reference.mutability.is_none(),
        Type::Path(path) => path.path.get_ident().is_some_and(|name| PLAIN.iter().any(|plain| name == plain)),
        _ => false,
    }
}

/// References and pointers own nothing that could be dropped out of order.
fn is_pointer(ty: &Type) -> bool {
    match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::Never(_) => true,
        Type::Paren(inner) => is_pointer(&inner.elem),
        Type::Group(inner) => is_pointer(&inner.elem),
        _ => false,
    }
}

fn conditions_of(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
}

/// The parameter's attributes that its `let` in the body needs as well. An expectation goes there alone: the
/// parameter itself is always used.
fn attributes_of_let(attributes: &mut Vec<Attribute>) -> TokenStream {
    const COPIED: [&str; 6] = ["cfg", "allow", "warn", "deny", "forbid", "expect"];
    let copied: Vec<Attribute> = attributes
        .iter()
        .filter(|attribute| COPIED.iter().any(|name| attribute.path().is_ident(name)))
        .cloned()
        .collect();
    attributes.retain(|attribute| !attribute.path().is_ident("expect"));
    quote!(#(#copied)*)
}

fn variable(name: &Ident) -> Pat {
    Pat::Ident(PatIdent {
        attrs: Vec::new(),
        by_ref: None,
        mutability: None,
        ident: name.clone(),
        subpat: None,
    })
}

fn wild(span: Span) -> syn::PatWild {
    syn::PatWild { attrs: Vec::new(), underscore_token: syn::Token![_](span) }
}
