//! Walks a parameter's pattern: which variables it binds, and whether a value that it takes apart leaves
//! parts behind that nothing binds.

use proc_macro2::Ident;
use syn::{Pat, PatIdent, Token};

/// What a walk takes off the variables it meets.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Strip {
    /// `mut`, for a pattern whose variables are moved into others at once.
    Mut,
    /// `mut` and `ref`, for a pattern that is matched against a reference to the value.
    MutAndRef,
}

pub(crate) struct Bindings {
    pub(crate) variables: Vec<(Option<Token![mut]>, Ident)>,
    /// `_`, `..`, `ref` or `@` stands in it: after the match the value still owns something.
    pub(crate) leaves_parts: bool,
    /// `&` stands in it, so it can't be matched against a reference to the value.
    pub(crate) has_reference: bool,
    /// A macro or syntax that we don't know stands in it.
    pub(crate) unknown: bool,
}

impl Bindings {
    pub(crate) fn of(pattern: &mut Pat, strip: Strip) -> Self {
        let mut bindings =
            Self { variables: Vec::new(), leaves_parts: false, has_reference: false, unknown: false };
        bindings.walk(pattern, strip);
        bindings
    }

    fn walk(&mut self, pattern: &mut Pat, strip: Strip) {
        match pattern {
            Pat::Ident(variable) => self.variable(variable, strip),
            Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(|part| self.walk(part, strip)),
            Pat::TupleStruct(tuple) => tuple.elems.iter_mut().for_each(|part| self.walk(part, strip)),
            Pat::Slice(slice) => slice.elems.iter_mut().for_each(|part| self.walk(part, strip)),
            Pat::Struct(fields) => {
                self.leaves_parts |= fields.rest.is_some();
                fields.fields.iter_mut().for_each(|field| self.walk(&mut field.pat, strip));
            }
            Pat::Or(or) => or.cases.iter_mut().for_each(|case| self.walk(case, strip)),
            Pat::Paren(paren) => self.walk(&mut paren.pat, strip),
            Pat::Reference(reference) => {
                self.has_reference = true;
                self.walk(&mut reference.pat, strip);
            }
            Pat::Wild(_) | Pat::Rest(_) | Pat::Path(_) | Pat::Lit(_) | Pat::Range(_) | Pat::Const(_) => {
                self.leaves_parts = true;
            }
            _ => self.unknown = true,
        }
    }

    fn variable(&mut self, variable: &mut PatIdent, strip: Strip) {
        self.leaves_parts |= variable.by_ref.is_some() || variable.subpat.is_some();
        // In `ref mut x` the `mut` belongs to the reference, not to the variable.
        let mutability = if variable.by_ref.is_none() { variable.mutability.take() } else { None };
        if strip == Strip::MutAndRef {
            variable.by_ref = None;
            variable.mutability = None;
        }
        // The cases of an or-pattern bind the same names.
        if !self.variables.iter().any(|(_, name)| *name == variable.ident) {
            self.variables.push((mutability, variable.ident.clone()));
        }
        if let Some((_, parts)) = &mut variable.subpat {
            self.walk(parts, strip);
        }
    }
}
