//! Functions that return a stream or an iterator: borrows, bounds and captures are those of the plain function.

use std::iter::FusedIterator;
use std::pin::Pin;
use std::rc::Rc;

use futures_util::stream::{self, BoxStream, FusedStream, LocalBoxStream, Stream, StreamExt as _};

use crate::{Broken, Opaque};

fn is_send(_: &impl Send) {}
fn is_sync(_: &impl Sync) {}
fn is_static(_: &(impl Sized + 'static)) {}
fn is_unpin(_: &impl Unpin) {}

#[mlflow::trace]
fn plain(n: u32) -> impl Stream<Item = u32> {
    stream::iter(0..n)
}

#[mlflow::trace]
fn bounded(n: u32) -> impl FusedStream<Item = u32> + Send + Sync + Unpin + 'static {
    stream::iter(0..n).fuse()
}

#[mlflow::trace]
fn captures_nothing(text: &str) -> impl Stream<Item = usize> + use<> {
    stream::iter([text.len()])
}

#[mlflow::trace]
fn captures_early_bound<'a, 'b: 'a, T: AsRef<str>>(
    text: &'b str,
    other: &'a str,
    more: T,
) -> impl Iterator<Item = usize> + use<'a, T> {
    let _ = other;
    std::iter::once(text.len() + more.as_ref().len())
}

#[mlflow::trace]
fn borrows<'a>(text: &'a str, _other: &str) -> impl Stream<Item = &'a str> + use<'a> {
    stream::iter(text.split(' '))
}

#[mlflow::trace]
fn generic<T: Clone, const N: usize>(value: T) -> impl DoubleEndedIterator<Item = T> + ExactSizeIterator {
    [(); N].map(move |()| value.clone()).into_iter()
}

#[mlflow::trace]
fn fused(n: u32) -> impl FusedIterator<Item = u32> + Send {
    0..n
}

#[mlflow::trace]
fn local(n: u32) -> LocalBoxStream<'static, Rc<u32>> {
    stream::iter((0..n).map(Rc::new)).boxed_local()
}

#[mlflow::trace]
fn opaque(n: u32) -> impl Iterator<Item = Opaque> {
    (0..n).map(Opaque)
}

// The error's type is known from the written item alone.
#[mlflow::trace]
fn inferred(n: u32) -> impl Iterator<Item = Result<u32, Broken>> {
    (0..n).map(|n| if n == 1 { Err(Broken) } else { Ok(n) }).chain([Ok(9)])
}

#[mlflow::trace]
fn question(text: &str) -> Result<impl Iterator<Item = Result<u32, Box<dyn std::error::Error>>>, Broken> {
    let first = text.chars().next().ok_or(Broken)?;
    Ok([Ok(1), Err("no".into())].into_iter().take(if first == 'a' { 1 } else { 2 }))
}

#[mlflow::trace]
fn by_alias(n: u32) -> std::io::Result<BoxStream<'static, u32>> {
    Ok(stream::iter(0..n).boxed())
}

#[mlflow::trace]
fn nested(n: u32) -> Result<Option<Box<dyn Iterator<Item = u32> + Send + Sync>>, Broken> {
    if n == 0 {
        return Ok(None);
    }
    Ok(Some(Box::new(0..n)))
}

#[mlflow::trace]
fn recursive(n: u32) -> Box<dyn Iterator<Item = u32>> {
    if n == 0 { Box::new(std::iter::empty()) } else { Box::new(std::iter::once(n).chain(recursive(n - 1))) }
}

#[mlflow::trace]
async fn borrowed_by_async<'a>(text: &'a str) -> Result<impl Stream<Item = &'a str>, Broken> {
    tokio::task::yield_now().await;
    if text.is_empty() {
        return Err(Broken);
    }
    Ok(stream::iter(text.split(' ')))
}

/// With more than the wrapper can have, it is an ordinary value.
#[mlflow::trace]
fn cloneable(n: u32) -> impl Iterator<Item = u32> + Clone {
    0..n
}

struct Words(Vec<String>);

trait Source {
    fn words(&self) -> impl Iterator<Item = &str>;
    #[mlflow::trace]
    fn boxed(&self) -> Pin<Box<dyn Stream<Item = &str> + '_>> {
        Box::pin(stream::iter(self.words()))
    }
}

impl Source for Words {
    #[mlflow::trace]
    fn words(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl Words {
    #[mlflow::trace]
    fn change(&mut self) -> impl Iterator<Item = &mut String> + '_ {
        self.0.iter_mut()
    }

    #[mlflow::trace]
    fn into_stream(self) -> impl Stream<Item = String> {
        stream::iter(self.0)
    }
}

#[tokio::test]
async fn streams_give_what_the_plain_function_gives() {
    assert_eq!(plain(3).collect::<Vec<_>>().await, [0, 1, 2]);
    let mut stream = bounded(1);
    is_send(&stream);
    is_sync(&stream);
    is_static(&stream);
    is_unpin(&stream);
    assert_eq!((stream.next().await, stream.next().await, stream.is_terminated()), (Some(0), None, true));
    let captured = {
        let text = String::from("abc");
        captures_nothing(&text)
    };
    assert_eq!(captured.collect::<Vec<_>>().await, [3]);
    let text = String::from("a b");
    let words = borrows(&text, &String::from("other"));
    assert_eq!(words.collect::<Vec<_>>().await, ["a", "b"]);
    assert_eq!(local(2).collect::<Vec<_>>().await, [Rc::new(0), Rc::new(1)]);
    assert_eq!(by_alias(2).unwrap().count().await, 2);
    let spawned = tokio::spawn(async { borrowed_by_async("a b").await.unwrap().count().await });
    assert_eq!(spawned.await.unwrap(), 2);
    assert!(borrowed_by_async("").await.is_err());
}

#[test]
fn iterators_give_what_the_plain_function_gives() {
    assert_eq!(generic::<_, 3>("x").rev().collect::<Vec<_>>(), ["x"; 3]);
    assert_eq!(generic::<_, 3>("x").len(), 3);
    assert_eq!(fused(2).sum::<u32>(), 1);
    assert_eq!(opaque(3).map(|Opaque(n)| n).sum::<u32>(), 3);
    assert_eq!(inferred(3).filter(Result::is_ok).count(), 3);
    assert_eq!(question("ab").unwrap().count(), 1);
    assert!(question("").is_err());
    assert_eq!(nested(3).unwrap().unwrap().count(), 3);
    assert!(nested(0).unwrap().is_none());
    assert_eq!(recursive(3).collect::<Vec<_>>(), [3, 2, 1]);
    let twice = cloneable(2);
    assert_eq!(twice.clone().chain(twice).count(), 4);
    let short = String::from("b");
    assert_eq!(captures_early_bound("a", &short, "c").collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn methods_lend_from_self() {
    let mut words = Words(vec!["a".into(), "b".into()]);
    for word in words.change() {
        word.push('!');
    }
    assert_eq!(words.words().collect::<Vec<_>>(), ["a!", "b!"]);
    assert_eq!(words.boxed().count().await, 2);
    assert_eq!(words.into_stream().count().await, 2);
}

#[test]
fn lazy_arguments_are_moved_and_unused_ones_are_dropped_at_the_call() {
    #[mlflow::trace(skip_all)]
    fn holds(kept: Rc<()>, _unused: Rc<()>) -> impl Iterator<Item = usize> {
        std::iter::from_fn(move || Some(Rc::strong_count(&kept)))
    }
    let (kept, unused) = (Rc::new(()), Rc::new(()));
    let items = holds(Rc::clone(&kept), Rc::clone(&unused));
    assert_eq!((Rc::strong_count(&kept), Rc::strong_count(&unused)), (2, 1));
    drop(items);
    assert_eq!(Rc::strong_count(&kept), 1);
}
