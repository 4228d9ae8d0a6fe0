//! Methods with every receiver, in `impl` blocks and in traits.

use std::fmt::Display;
use std::pin::Pin;
use std::sync::Arc;

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
