//! Functions that return a boxed future, made by `#[async_trait]` or by hand.

use std::future::Future;
use std::pin::Pin;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, LocalBoxFuture};

use crate::{Broken, Opaque};

#[async_trait::async_trait]
trait Model: Sync {
    async fn complete(&self, prompt: String, limit: usize) -> Result<String, Broken>;

    #[mlflow::trace]
    async fn describe(&self, (kind, _): (&str, u32), _: Opaque, mut suffix: String) -> String {
        suffix.push('!');
        format!("{kind}{suffix}")
    }

    #[mlflow::trace]
    async fn nothing(&mut self) {
        tokio::task::yield_now().await;
    }
}

struct Echo {
    prefix: String,
}

#[async_trait::async_trait]
impl Model for Echo {
    #[mlflow::trace(span_type = "LLM", attributes(prefix = self.prefix), skip(limit))]
    async fn complete(&self, prompt: String, limit: usize) -> Result<String, Broken> {
        tokio::task::yield_now().await;
        if prompt.len() > limit {
            return Err(Broken);
        }
        let prompt = Ok::<_, Broken>(prompt)?;
        Ok(format!("{}{prompt}", self.prefix))
    }
}

#[tokio::test]
async fn async_trait_methods_work_and_stay_send() {
    let mut echo = Echo { prefix: "> ".into() };
    echo.nothing().await;
    let spawned = tokio::spawn(async move {
        let short = echo.complete("hi".into(), 2).await;
        let long = echo.complete("long".into(), 2).await;
        (short, long, echo.describe(("a", 1), Opaque(0), "b".into()).await)
    });
    let (short, long, described) = spawned.await.unwrap();
    assert_eq!(short.unwrap(), "> hi");
    assert!(long.is_err());
    assert_eq!(described, "ab!");
}

#[mlflow::trace]
fn by_hand<'a>(
    text: &'a str,
    _unused: std::rc::Rc<u32>,
) -> Pin<Box<dyn Future<Output = Result<usize, Broken>> + Send + 'a>> {
    Box::pin(async move {
        tokio::task::yield_now().await;
        if text.is_empty() {
            return Err(Broken);
        }
        Ok(text.len())
    })
}

#[tokio::test]
async fn an_argument_that_the_future_leaves_alone_does_not_join_it() {
    let future = by_hand("text", std::rc::Rc::new(1));
    fn is_send(_: &impl Send) {}
    is_send(&future);
    assert_eq!(future.await.unwrap(), 4);
}

#[mlflow::trace]
fn made_before(n: u32) -> Pin<Box<dyn Future<Output = u32>>> {
    let doubled = n * 2;
    Box::pin(async move { doubled })
}

#[mlflow::trace]
fn of_two_kinds<'a>(text: &'a str, other: &str) -> BoxFuture<'a, Result<&'a str, Broken>> {
    if other.is_empty() {
        return std::future::ready(Err(Broken)).boxed();
    }
    async move { Ok(text) }.boxed()
}

#[mlflow::trace]
fn local(n: u32) -> LocalBoxFuture<'static, std::rc::Rc<u32>> {
    let shared = std::rc::Rc::new(n);
    async move { shared }.boxed_local()
}

#[mlflow::trace]
fn unpinned(n: u32) -> Box<dyn Future<Output = u32> + Unpin + Send> {
    Box::new(std::future::ready(n))
}

#[tokio::test]
async fn any_body_may_make_the_future() {
    assert_eq!(made_before(2).await, 4);
    let text = String::from("text");
    let future = of_two_kinds(&text, &String::from("x"));
    assert_eq!(
        tokio::time::timeout(std::time::Duration::from_secs(9), future).await.unwrap().unwrap(),
        "text"
    );
    assert!(of_two_kinds("text", "").await.is_err());
    assert_eq!(*local(3).await, 3);
    assert_eq!(unpinned(3).await, 3);
}

/// What `impl Future` captures and promises.
#[mlflow::trace]
fn captures_nothing(text: &str) -> impl Future<Output = usize> + Send + Sync + Unpin + use<> {
    std::future::ready(text.len())
}

#[mlflow::trace]
fn lends<'a, T: AsRef<str> + ?Sized>(text: &'a T) -> impl Future<Output = &'a str> + Send
where
    &'a T: Send,
{
    let text = text.as_ref();
    async move { text }
}

// The error's type is known from the written output alone.
#[mlflow::trace]
fn inferred(text: &str) -> impl Future<Output = Result<usize, Box<dyn std::error::Error + Send + Sync>>> {
    let owned = text.to_owned();
    async move {
        let n: usize = owned.parse()?;
        if n == 0 {
            return Err("none".into());
        }
        Ok(n)
    }
}

#[mlflow::trace]
#[allow(clippy::manual_async_fn, reason = "what an `async fn` stands for")]
fn the_block_alone(text: &str) -> impl Future<Output = Result<usize, Broken>> + Send {
    async move {
        tokio::task::yield_now().await;
        text.parse().map_err(|_| Broken)
    }
}

#[tokio::test]
async fn hidden_futures_keep_their_captures_and_bounds() {
    let future = {
        let text = String::from("abc");
        captures_nothing(&text)
    };
    assert_eq!(tokio::spawn(future).await.unwrap(), 3);
    assert_eq!(tokio::spawn(lends("ab")).await.unwrap(), "ab");
    assert_eq!(inferred("7").await.unwrap(), 7);
    assert!(inferred("0").await.is_err());
    assert_eq!(tokio::spawn(the_block_alone("7")).await.unwrap().unwrap(), 7);
}
