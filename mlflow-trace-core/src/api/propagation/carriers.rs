//! What headers are read from and written to: maps and lists of names and values.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, Hash};

/// Headers that can be read: a map or a list of names and values, `http::HeaderMap`, or a type of your own.
pub trait ReadHeaders {
    /// Hands over the values of all headers of this name, in their order. The name is in lower case; headers match
    /// whatever their case is.
    fn values_of_header<'a>(&'a self, name: &str, take: &mut dyn FnMut(&'a [u8]));
}

/// Headers that can be written: a map or a list of names and values, `http::HeaderMap`, or a type of your own.
pub trait WriteHeaders {
    /// Sets a header in place of all that have its name, whatever their case is.
    fn set_header(&mut self, name: &'static str, value: String);
}

impl<H: ReadHeaders + ?Sized> ReadHeaders for &H {
    fn values_of_header<'a>(&'a self, name: &str, take: &mut dyn FnMut(&'a [u8])) {
        H::values_of_header(self, name, take);
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>> ReadHeaders for [(K, V)] {
    fn values_of_header<'a>(&'a self, name: &str, take: &mut dyn FnMut(&'a [u8])) {
        matching(self.iter().map(|(key, value)| (key, value)), name, take);
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>, const N: usize> ReadHeaders for [(K, V); N] {
    fn values_of_header<'a>(&'a self, name: &str, take: &mut dyn FnMut(&'a [u8])) {
        self.as_slice().values_of_header(name, take);
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>> ReadHeaders for Vec<(K, V)> {
    fn values_of_header<'a>(&'a self, name: &str, take: &mut dyn FnMut(&'a [u8])) {
        self.as_slice().values_of_header(name, take);
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>, S> ReadHeaders for HashMap<K, V, S> {
    fn values_of_header<'a>(&'a self, name: &str, take: &mut dyn FnMut(&'a [u8])) {
        matching(self.iter(), name, take);
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>> ReadHeaders for BTreeMap<K, V> {
    fn values_of_header<'a>(&'a self, name: &str, take: &mut dyn FnMut(&'a [u8])) {
        matching(self.iter(), name, take);
    }
}

fn matching<'a, K: AsRef<str> + 'a, V: AsRef<[u8]> + 'a>(
    headers: impl Iterator<Item = (&'a K, &'a V)>,
    name: &str,
    take: &mut dyn FnMut(&'a [u8]),
) {
    let found = headers.filter(|(key, _)| is_name(*key, name));
    found.for_each(|(_, value)| take(value.as_ref()));
}

fn is_name(key: &impl AsRef<str>, name: &str) -> bool {
    key.as_ref().eq_ignore_ascii_case(name)
}

impl<K: AsRef<str> + From<&'static str>, V: From<String>> WriteHeaders for Vec<(K, V)> {
    fn set_header(&mut self, name: &'static str, value: String) {
        self.retain(|(key, _)| !is_name(key, name));
        self.push((name.into(), value.into()));
    }
}

impl<K, V, S> WriteHeaders for HashMap<K, V, S>
where
    K: AsRef<str> + From<&'static str> + Eq + Hash,
    V: From<String>,
    S: BuildHasher,
{
    fn set_header(&mut self, name: &'static str, value: String) {
        self.retain(|key, _| !is_name(key, name));
        self.insert(name.into(), value.into());
    }
}

impl<K: AsRef<str> + From<&'static str> + Ord, V: From<String>> WriteHeaders for BTreeMap<K, V> {
    fn set_header(&mut self, name: &'static str, value: String) {
        self.retain(|key, _| !is_name(key, name));
        self.insert(name.into(), value.into());
    }
}
