//! Every kind of function that the attribute's table calls supported compiles under it and still returns
//! what the plain function returns, borrows included. (`unsafe fn` is under `tests/ui/pass`, since this package
//! forbids unsafe code.)
#![allow(clippy::unwrap_used, clippy::too_many_arguments, clippy::needless_arbitrary_self_type)]

use std::error::Error;
use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// Neither `Serialize` nor `Debug`.
struct Opaque(u32);

#[derive(Debug)]
struct Broken;

impl Display for Broken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("broken")
    }
}

impl Error for Broken {}

mod plain_functions {
    use super::*;

    #[mlflow::trace]
    fn opaque(value: Opaque) -> Opaque {
        Opaque(value.0 + 1)
    }

    #[test]
    fn values_need_no_trait_at_all() {
        assert_eq!(opaque(Opaque(1)).0, 2);
    }

    #[mlflow::trace]
    fn patterns(
        mut a: u32,
        (b, mut c): (u32, u32),
        [d, ..]: [u32; 3],
        Opaque(e): Opaque,
        _: Opaque,
        &f: &u32,
        &(g, _): &(u32, String),
        ref h: u32,
        whole @ (_, i): (u32, u32),
    ) -> u32 {
        a += 1;
        c += 1;
        a + b + c + d + e + f + g + *h + whole.0 + i
    }

    #[test]
    fn patterns_bind_what_they_bind_without_the_attribute() {
        let sum = patterns(1, (2, 3), [4, 0, 0], Opaque(5), Opaque(0), &6, &(7, String::new()), 8, (9, 10));
        assert_eq!(sum, 1 + 1 + 2 + 3 + 1 + 4 + 5 + 6 + 7 + 8 + 9 + 10);
    }

    #[mlflow::trace]
    fn generic<'a, T, const N: usize>(items: &'a [T; N], pick: impl Fn(usize) -> usize) -> &'a T
    where
        T: Display,
    {
        &items[pick(N)]
    }

    #[test]
    fn generics_and_borrows_of_arguments_come_through() {
        let items = ["a", "b"];
        assert_eq!(*generic(&items, |n| n - 1), "b");
    }

    #[mlflow::trace]
    fn largest(numbers: &mut [u32]) -> Option<&mut u32> {
        if numbers.is_empty() {
            return None;
        }
        numbers.iter_mut().max()
    }

    #[test]
    fn a_reborrow_of_a_mutable_argument_can_be_returned() {
        let mut numbers = [1, 3, 2];
        *largest(&mut numbers).unwrap() = 0;
        assert_eq!(numbers, [1, 0, 2]);
    }

    #[mlflow::trace]
    fn boxed_error(fail: bool) -> Result<u32, Box<dyn Error + Send + Sync>> {
        if fail {
            return Err(Box::new(Broken));
        }
        let number: u32 = "12".parse()?;
        Ok(number)
    }

    #[mlflow::trace]
    fn anyhow_error(text: &str) -> anyhow::Result<u32> {
        Ok(text.parse()?)
    }

    #[mlflow::trace]
    fn optional(text: Option<&str>) -> Option<usize> {
        Some(text?.len())
    }

    #[test]
    fn return_and_question_mark_leave_the_function() {
        assert_eq!(boxed_error(false).unwrap(), 12);
        assert_eq!(boxed_error(true).unwrap_err().to_string(), "broken");
        assert_eq!(anyhow_error("7").unwrap(), 7);
        assert!(anyhow_error("x").is_err());
        assert_eq!(optional(Some("four")), Some(4));
        assert_eq!(optional(None), None);
    }

    #[mlflow::trace]
    fn coerced(owned: bool) -> Box<dyn Display> {
        if owned { Box::new(String::from("owned")) } else { Box::new("borrowed") }
    }

    #[mlflow::trace]
    fn inferred() -> Vec<u8> {
        [1_u8, 2].into_iter().collect()
    }

    #[test]
    fn the_return_type_drives_inference_and_coercion() {
        assert_eq!(coerced(true).to_string(), "owned");
        assert_eq!(coerced(false).to_string(), "borrowed");
        assert_eq!(inferred(), [1, 2]);
    }

    #[mlflow::trace]
    fn counter(limit: u32) -> impl Iterator<Item = u32> + Clone {
        (0..limit).map(|n| n + 1)
    }

    #[mlflow::trace]
    fn measure() -> impl Fn(&str) -> usize {
        |text: &str| text.len()
    }

    #[mlflow::trace]
    fn fallible_iterator(text: &str) -> Result<impl Iterator<Item = u32> + use<>, Box<dyn Error>> {
        if text.is_empty() {
            return Err(Box::new(Broken));
        }
        let limit: u32 = text.parse()?;
        Ok(0..limit)
    }

    #[test]
    fn impl_trait_can_be_returned() {
        assert_eq!(counter(3).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(measure()("four"), 4);
        assert_eq!(fallible_iterator("2").unwrap().count(), 2);
        assert!(fallible_iterator("").is_err());
    }

    #[mlflow::trace]
    fn factorial(n: u64) -> u64 {
        if n == 0 { 1 } else { n * factorial(n - 1) }
    }

    #[test]
    fn a_function_may_call_itself() {
        assert_eq!(factorial(5), 120);
    }

    #[mlflow::trace]
    fn never(code: u32) -> ! {
        panic!("left with {code}")
    }

    #[test]
    fn a_function_that_never_returns_still_does_not() {
        let panic = std::panic::catch_unwind(|| never(3)).unwrap_err();
        assert_eq!(*panic.downcast::<String>().unwrap(), "left with 3");
    }

    #[mlflow::trace]
    fn conditional(a: u32, #[cfg(any())] b: Missing, #[allow(unused_variables)] c: u32) -> u32 {
        a
    }

    #[test]
    fn attributes_of_arguments_are_kept() {
        assert_eq!(conditional(1, 2), 1);
    }

    #[mlflow::trace]
    fn with_inner_attributes(r#type: u32) -> u32 {
        #![allow(unused_variables)]
        let unused = 0;
        r#type
    }

    #[test]
    fn attributes_inside_the_body_are_kept() {
        assert_eq!(with_inner_attributes(4), 4);
    }

    #[mlflow::trace]
    fn with_items(n: u32) -> u32 {
        use std::cmp::max;
        const LEAST: u32 = 3;
        fn double(n: u32) -> u32 {
            n * 2
        }
        max(double(n), LEAST)
    }

    #[test]
    fn items_inside_the_body_are_kept() {
        assert_eq!(with_items(1), 3);
        assert_eq!(with_items(4), 8);
    }

    macro_rules! define {
        ($name:ident, $argument:ident, $ty:ty, $body:expr) => {
            #[mlflow::trace]
            fn $name($argument: $ty, hidden: $ty) -> $ty {
                $body + hidden
            }
        };
    }

    define!(from_macro, number, u32, number * 2);

    #[test]
    fn functions_made_by_macro_rules_keep_their_hygiene() {
        assert_eq!(from_macro(2, 1), 5);
    }
}

mod low_level_functions {
    #[mlflow::trace]
    extern "C" fn callback(n: i32) -> i32 {
        n + 1
    }

    #[track_caller]
    #[mlflow::trace]
    fn caller(expected: u32) -> u32 {
        assert_eq!(expected, 1);
        std::panic::Location::caller().line()
    }

    #[test]
    fn extern_functions_keep_their_type() {
        let pointer: extern "C" fn(i32) -> i32 = callback;
        assert_eq!(pointer(1), 2);
    }

    #[test]
    fn track_caller_compiles_and_reports_a_line_of_the_body() {
        assert_ne!(caller(1), line!(), "Location::caller() passes through the closure now: update trace.md");
    }
}

mod methods {
    use super::*;

    struct Store {
        items: Vec<String>,
    }

    impl Store {
        #[mlflow::trace]
        fn first(&self) -> &str {
            &self.items[0]
        }

        #[mlflow::trace]
        fn first_mut(&mut self) -> &mut String {
            &mut self.items[0]
        }

        #[mlflow::trace]
        fn longer<'a>(&'a mut self, other: &'a mut String) -> &'a mut String {
            if other.len() > self.items[0].len() { other } else { &mut self.items[0] }
        }

        #[mlflow::trace]
        fn into_items(self) -> Vec<String> {
            self.items
        }

        #[mlflow::trace]
        fn pushed(mut self, item: &str) -> Self {
            self.items.push(item.into());
            self
        }

        #[mlflow::trace]
        fn boxed(self: Box<Self>) -> usize {
            self.items.len()
        }

        #[mlflow::trace]
        fn shared(self: Arc<Self>, more: usize) -> usize {
            self.items.len() + more
        }

        #[mlflow::trace]
        fn pinned(mut self: Pin<&mut Self>) -> &mut String {
            self.items.push(String::from("pinned"));
            self.get_mut().items.last_mut().unwrap()
        }

        #[mlflow::trace]
        fn typed(self: &mut Self) -> &mut String {
            &mut self.items[0]
        }

        #[mlflow::trace(attributes(count = self.items.len(), "first.item" = self.items[0]))]
        fn count(&self) -> usize {
            self.items.len()
        }
    }

    fn store() -> Store {
        Store { items: vec!["a".into()] }
    }

    #[test]
    fn every_receiver_works() {
        let mut filled = store();
        assert_eq!(filled.first(), "a");
        filled.first_mut().push('!');
        assert_eq!(filled.longer(&mut String::from("longer")), "longer");
        filled.typed().push('?');
        assert_eq!(Pin::new(&mut filled).pinned(), "pinned");
        assert_eq!(filled.count(), 2);
        assert_eq!(filled.pushed("b").into_items(), ["a!?", "pinned", "b"]);
        assert_eq!(Box::new(store()).boxed(), 1);
        assert_eq!(Arc::new(store()).shared(1), 2);
    }

    trait Greeter {
        type Name: Display;

        fn name(&self) -> Self::Name;

        #[mlflow::trace]
        fn greet(&self, greeting: &str) -> String {
            format!("{greeting} {}", self.name())
        }

        #[mlflow::trace]
        fn letters(&self) -> impl Iterator<Item = char> {
            self.name().to_string().into_bytes().into_iter().map(char::from)
        }

        #[mlflow::trace]
        fn consumed(self) -> Self::Name
        where
            Self: Sized,
        {
            self.name()
        }
    }

    impl Greeter for Store {
        type Name = String;

        #[mlflow::trace]
        fn name(&self) -> Self::Name {
            self.items.concat()
        }
    }

    #[test]
    fn trait_methods_and_their_defaults_work() {
        let store: &Store = &store();
        assert_eq!(store.greet("hello"), "hello a");
        assert_eq!(store.letters().count(), 1);
        assert_eq!(self::store().consumed(), "a");
    }
}

mod async_functions {
    use super::*;

    fn block_on<F: Future>(future: F) -> F::Output {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
    }

    async fn pause() {
        tokio::task::yield_now().await;
    }

    #[mlflow::trace]
    async fn borrowed<'a>(text: &'a str, count: &mut usize) -> &'a str {
        pause().await;
        *count += 1;
        &text[1..]
    }

    #[mlflow::trace]
    async fn patterns((a, mut b): (u32, u32), _: Opaque, Opaque(c): Opaque, mut d: u32) -> u32 {
        pause().await;
        b += 1;
        d += 1;
        a + b + c + d
    }

    #[mlflow::trace]
    async fn boxed_error(fail: bool) -> Result<u32, Box<dyn Error + Send + Sync>> {
        if fail {
            return Err(Box::new(Broken));
        }
        pause().await;
        let number: u32 = "12".parse()?;
        Ok(number)
    }

    #[mlflow::trace]
    async fn coerced(owned: bool) -> Box<dyn Display + Send> {
        if owned {
            return Box::new(String::from("owned"));
        }
        Box::new("borrowed")
    }

    #[mlflow::trace]
    async fn coerced_at_the_end() -> Box<dyn Display + Send> {
        Box::new("borrowed")
    }

    #[mlflow::trace]
    async fn converted(text: &str) -> String {
        text.into()
    }

    #[mlflow::trace]
    async fn slice(items: &Vec<u32>) -> &[u32] {
        items
    }

    #[mlflow::trace]
    async fn opaque_return() -> impl Fn(&str) -> usize {
        |text: &str| text.len()
    }

    #[mlflow::trace]
    async fn nothing() {
        pause().await;
    }

    #[mlflow::trace]
    async fn never(code: u32) -> ! {
        pause().await;
        panic!("left with {code}")
    }

    #[test]
    fn async_functions_return_what_they_return() {
        let mut count = 0;
        assert_eq!(block_on(borrowed("text", &mut count)), "ext");
        assert_eq!(count, 1);
        assert_eq!(block_on(patterns((1, 2), Opaque(0), Opaque(3), 4)), 12);
        assert_eq!(block_on(boxed_error(false)).unwrap(), 12);
        assert_eq!(block_on(boxed_error(true)).unwrap_err().to_string(), "broken");
        assert_eq!(block_on(coerced(true)).to_string(), "owned");
        assert_eq!(block_on(coerced(false)).to_string(), "borrowed");
        assert_eq!(block_on(coerced_at_the_end()).to_string(), "borrowed");
        assert_eq!(block_on(converted("text")), "text");
        assert_eq!(block_on(slice(&vec![1, 2])), [1, 2]);
        assert_eq!(block_on(opaque_return())("four"), 4);
        block_on(nothing());
        assert!(std::panic::catch_unwind(|| block_on(never(3))).is_err());
    }

    #[mlflow::trace]
    async fn sendable(text: &str, numbers: Arc<Vec<u32>>, (a, _): (u32, String)) -> usize {
        pause().await;
        text.len() + numbers.len() + a as usize
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_future_with_borrowed_arguments_can_be_spawned() {
        let spawned = tokio::spawn(async {
            let text = String::from("text");
            sendable(&text, Arc::new(vec![1]), (1, String::new())).await
        });
        assert_eq!(spawned.await.unwrap(), 6);
    }

    struct Agent {
        steps: u32,
    }

    impl Agent {
        #[mlflow::trace]
        async fn step(&mut self) -> &mut u32 {
            pause().await;
            self.steps += 1;
            &mut self.steps
        }

        #[mlflow::trace]
        async fn finish(mut self) -> u32 {
            self.steps += 1;
            pause().await;
            self.steps
        }
    }

    #[test]
    fn async_methods_work() {
        let mut agent = Agent { steps: 0 };
        *block_on(agent.step()) += 1;
        assert_eq!(block_on(agent.finish()), 3);
    }

    #[mlflow::trace]
    #[tokio::test]
    async fn the_attribute_may_stand_above_tokio_test() {
        pause().await;
    }

    #[tokio::test]
    #[mlflow::trace]
    async fn the_attribute_may_stand_below_tokio_test() {
        pause().await;
    }

    #[mlflow::trace]
    #[test]
    fn the_attribute_may_stand_above_test() {
        assert_eq!(block_on(converted("a")), "a");
    }

    #[test]
    #[should_panic(expected = "as it should")]
    #[mlflow::trace]
    fn the_attribute_may_stand_below_should_panic() {
        panic!("as it should");
    }
}

mod boxed_futures {
    use super::*;

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
}
