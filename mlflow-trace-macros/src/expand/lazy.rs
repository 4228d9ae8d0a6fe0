//! Functions whose value goes on working after they have returned: the span stays open, and goes into a wrapper of the
//! stream, the iterator or the future.

use proc_macro2::{Group, TokenStream};
use quote::{quote, quote_spanned};
use syn::Signature;
use syn::spanned::Spanned as _;

use super::{Parts, at, nested, place_of_return_type};
use crate::lazy::{Future, Items, Kind, Lazy, Place};
use crate::returned;

impl Parts {
    // Output:
    //     let span = …;
    //     let value = run_open(span, move || -> R { let a = a; { BODY } });
    //     stream::<ITEM, _, _>(span, value, true, |outcome, returned| …)
    pub(super) fn lazy_body(&self, signature: &Signature, body: &Group, lazy: &Lazy) -> TokenStream {
        let Self { door, start, off, moving, .. } = self;
        let body = nested(body);
        let returned =
            returned::of_closure(&returned::of(&signature.output), place_of_return_type(signature));
        let wrapped = self.wrapped(lazy);
        quote_spanned! {at()=>
            #off let span = #start;
            let value = #door::run_open(span, move || #returned { #moving #body });
            #wrapped
        }
    }

    /// The wrapped value of an async body, of which `block` is the `async` block.
    pub(super) fn lazy_async(&self, block: &TokenStream, lazy: &Lazy) -> TokenStream {
        let Self { door, .. } = self;
        let (started, wrapped) = (self.started(), self.wrapped(lazy));
        quote_spanned! {at()=>
            #started
            let body = move || #block;
            let value = if span.is_nothing() {
                #door::call(body).await
            } else {
                let body = #door::pin!(#door::some(body));
                #door::run_open_async(span, body).await
            };
            #wrapped
        }
    }

    /// An expression that puts `span` and `value` together.
    fn wrapped(&self, lazy: &Lazy) -> TokenStream {
        let Self { door, .. } = self;
        match lazy {
            Lazy::Items(items) => self.in_place(items.place, &self.items(items)),
            Lazy::Future(future) => self.future(future),
            Lazy::InResult(inner) => {
                let (inner, error) = (self.wrapped(inner), self.error());
                quote_spanned! {at()=>
                    match value {
                        #door::Result::Ok(value) => #door::Result::Ok({ #inner }),
                        #door::Result::Err(error) => {
                            #error
                            #door::Result::Err(error)
                        }
                    }
                }
            }
            Lazy::InOption(inner) => {
                let (inner, lists) = (self.wrapped(inner), self.lists);
                quote_spanned! {at()=>
                    match value {
                        #door::Option::Some(value) => #door::Option::Some({ #inner }),
                        #door::Option::None => {
                            #door::end_without(span, #lists);
                            #door::Option::None
                        }
                    }
                }
            }
        }
    }

    fn items(&self, Items { kind, item, .. }: &Items) -> TokenStream {
        let Self { door, told, lists, reducer, .. } = self;
        let is_iterator = *kind == Kind::Iterator;
        let Some(reducer) = reducer else {
            let wrap = if is_iterator { quote!(iterator) } else { quote!(stream) };
            return quote_spanned!(at()=> #door::#wrap::<#item, _, _>(span, value, #lists, #told));
        };
        let wrap = if is_iterator { quote!(iterator_folded) } else { quote!(stream_folded) };
        // The user's function sees what came well, as the outputs do.
        let checked = quote_spanned!(at().located_at(reducer.span())=> #door::reducer(#reducer));
        quote_spanned! {at()=> {
            let reduce = #checked;
            #door::#wrap::<#item, _, _, _, _>(span, value, #lists, #told, move |returned, total| {
                #[allow(unused_imports)]
                use #door::by_type::*;
                if let #door::Result::Ok(value) = (&#door::Returned(returned)).mlflow_split() {
                    reduce(total, value);
                }
            })
        }}
    }

    fn future(&self, Future { place, output, then }: &Future) -> TokenStream {
        let Self { door, told, .. } = self;
        let Some(then) = then else {
            return self
                .in_place(*place, &quote_spanned!(at()=> #door::future::<#output, _>(span, value, #told)));
        };
        let then = self.wrapped(then);
        let running = quote_spanned!(at()=> #door::open_future::<#output, _>(span, value));
        let block = quote_spanned! {at()=> {
            let running = #running;
            async move {
                let value = running.await;
                #then
            }
        }};
        // An `async` block can't be moved, which a plain box asks for.
        let block =
            if *place == Place::Boxed { quote_spanned!(at()=> #door::Box::pin(#block)) } else { block };
        self.in_place(*place, &block)
    }

    /// Puts the wrapper into the written type; a box that needs no wrapper stays the user's own.
    fn in_place(&self, place: Place, wrapper: &TokenStream) -> TokenStream {
        let Self { door, .. } = self;
        let boxed = match place {
            Place::Bare => return wrapper.clone(),
            Place::Boxed => quote_spanned!(at()=> #door::Box::new(#wrapper)),
            Place::Pinned => quote_spanned!(at()=> #door::Box::pin(#wrapper)),
        };
        quote_spanned!(at()=> if span.is_nothing() { value } else { #boxed })
    }

    /// Ends the span of a function that returned an error in the place of a stream.
    fn error(&self) -> TokenStream {
        let Self { door, error, .. } = self;
        quote_spanned! {at()=>
            #door::end(span, |outcome| {
                #[allow(unused_imports)]
                use #door::by_type::*;
                #[allow(unused_variables)]
                let error = &error;
                #error
            });
        }
    }
}
