//! Functions that return a boxed future, made by `#[async_trait]` or by hand.

use std::future::Future;
use std::pin::Pin;

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

#[tokio::test]
async fn other_functions_that_return_a_future_are_ordinary_functions() {
    assert_eq!(made_before(2).await, 4);
}
