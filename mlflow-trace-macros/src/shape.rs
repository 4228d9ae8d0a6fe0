//! Says which of three forms a function has, since each is traced in its own way: by its keywords, by the form
//! of its body, and for a boxed future by the output that the return type names.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use crate::function::Function;
use crate::returned::{self, Returned};

pub(crate) enum Shape {
    Sync,
    Async,
    /// `{ Box::pin(async move { … }) }`: what `#[async_trait]` makes of an `async fn` before our attribute
    /// sees it, and what people write by hand in its place; also without the box.
    BoxedFuture(BoxedFuture),
}

pub(crate) struct BoxedFuture {
    /// The path that is called, `Box::pin` however it is reached; empty without a box.
    pub(crate) pin: TokenStream,
    /// The `async move { … }` block's braces and what they hold.
    pub(crate) block: Group,
    /// What the future gives.
    pub(crate) output: Returned,
}

pub(crate) fn of(function: &Function) -> Shape {
    if function.signature.asyncness.is_some() {
        return Shape::Async;
    }
    // Without the type the outcome could be looked at before the compiler knows it.
    let boxed = returned::of_future(&function.signature.output)
        .and_then(|output| boxed_future(&function.body, output));
    boxed.map_or(Shape::Sync, Shape::BoxedFuture)
}

/// The body is looked at as tokens: it must be one call, or one block, and nothing else.
fn boxed_future(body: &Group, output: Returned) -> Option<BoxedFuture> {
    if let Some(block) = async_move_block(body.stream()) {
        return Some(BoxedFuture { pin: TokenStream::new(), block, output });
    }
    let mut tokens: Vec<TokenTree> = body.stream().into_iter().collect();
    let TokenTree::Group(arguments) = tokens.pop()? else { return None };
    let names: Vec<String> = tokens.iter().map(ToString::to_string).filter(|text| text != ":").collect();
    let is_path = tokens.iter().all(|token| match token {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    });
    if !is_path || !names.ends_with(&["Box".into(), "pin".into()]) {
        return None;
    }
    let block = async_move_block(arguments.stream())?;
    Some(BoxedFuture { pin: tokens.into_iter().collect(), block, output })
}

/// The braces of `async move { … }`, where that is all there is, but for a comma.
fn async_move_block(tokens: TokenStream) -> Option<Group> {
    let mut tokens = tokens.into_iter();
    let (first, second, third) = (tokens.next()?, tokens.next()?, tokens.next()?);
    let ends = match tokens.next() {
        None => true,
        Some(TokenTree::Punct(comma)) => comma.as_char() == ',' && tokens.next().is_none(),
        Some(_) => false,
    };
    match third {
        TokenTree::Group(block)
            if ends
                && first.to_string() == "async"
                && second.to_string() == "move"
                && block.delimiter() == Delimiter::Brace =>
        {
            Some(block)
        }
        _ => None,
    }
}
