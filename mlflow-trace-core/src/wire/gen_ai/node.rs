//! Values in JSON text as the converters look at them: pieces of the text, so that numbers keep their digits, members
//! keep their order, and what is passed on is copied once.

use std::borrow::Cow;

use crate::wire::json_text::{self, Cursor};

/// A value, as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Node<'a>(&'a str);

impl<'a> Node<'a> {
    pub(super) fn read(json: &'a str) -> Option<Self> {
        Cursor::new(json).value().map(Self)
    }

    pub(super) const fn json(self) -> &'a str {
        self.0
    }

    fn first(self) -> u8 {
        self.0.as_bytes().first().copied().unwrap_or_default()
    }

    pub(super) fn is_object(self) -> bool {
        self.first() == b'{'
    }

    pub(super) fn is_list(self) -> bool {
        self.first() == b'['
    }

    pub(super) fn is_string(self) -> bool {
        self.first() == b'"'
    }

    pub(super) fn is_number(self) -> bool {
        matches!(self.first(), b'-' | b'0'..=b'9')
    }

    pub(super) fn is_null(self) -> bool {
        self.0 == "null"
    }

    /// Whether there is nothing in it: what Python takes for false, but numbers.
    pub(super) fn is_empty(self) -> bool {
        match self.first() {
            b'{' | b'[' => {
                matches!(Cursor::new(self.0.get(1..).unwrap_or_default()).peek(), Some(b'}' | b']'))
            }
            _ => matches!(self.0, "null" | "false" | "\"\""),
        }
    }

    /// What a string says.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        json_text::text(self.0)
    }

    pub(super) fn says(self, text: &str) -> bool {
        self.text().is_some_and(|own| own == text)
    }

    /// The elements of a list; none of anything else.
    pub(super) fn items(self) -> impl Iterator<Item = Node<'a>> {
        json_text::items(self.0).map(Node)
    }

    pub(super) fn object(self) -> Option<Object<'a>> {
        let member = |(key, value)| Member { key, value: Node(value), is_taken: false };
        self.is_object().then(|| Object { members: json_text::members(self.0).map(member).collect() })
    }
}

struct Member<'a> {
    key: Cow<'a, str>,
    value: Node<'a>,
    is_taken: bool,
}

/// The members of an object, and which of them have been translated.
pub(super) struct Object<'a> {
    members: Vec<Member<'a>>,
}

impl<'a> Object<'a> {
    /// The last member of that name, as Python takes it; `None` when it is null too.
    pub(super) fn get(&self, key: &str) -> Option<Node<'a>> {
        let found = self.members.iter().rev().find(|member| member.key == key)?;
        Some(found.value).filter(|value| !value.is_null())
    }

    /// The first of these members that is there: the same thing in the spellings of SDKs and of the network.
    pub(super) fn get_any(&self, keys: &[&str]) -> Option<Node<'a>> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// Takes a member if something can be made of it. What is not taken is the rest.
    pub(super) fn take<T>(&mut self, key: &str, make: impl FnOnce(Node<'a>) -> Option<T>) -> Option<T> {
        let made = make(self.get(key)?)?;
        self.leave_out(&[key]);
        Some(made)
    }

    /// Leaves members of these names out of the rest.
    pub(super) fn leave_out(&mut self, keys: &[&str]) {
        let named = self.members.iter_mut().filter(|member| keys.contains(&member.key.as_ref()));
        named.for_each(|member| member.is_taken = true);
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|member| member.key.as_ref())
    }

    /// Members in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Node<'a>)> {
        self.members.iter().map(|member| (member.key.as_ref(), member.value))
    }

    /// The value of an object's only member.
    pub(super) fn only(&self) -> Option<Node<'a>> {
        match self.members.as_slice() {
            [member] => Some(member.value),
            _ => None,
        }
    }

    /// Members that nobody took and that hold something.
    pub(super) fn rest(&self) -> impl Iterator<Item = (&str, Node<'a>)> {
        let is_left = |member: &&Member<'_>| !member.is_taken && !member.value.is_empty();
        self.members.iter().filter(is_left).map(|member| (member.key.as_ref(), member.value))
    }

    pub(super) fn has_taken(&self) -> bool {
        self.members.iter().any(|member| member.is_taken)
    }
}
