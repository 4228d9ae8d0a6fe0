//! An iterator inside a span.

use std::iter::FusedIterator;

use super::items::{Items, TellItem};

/// An iterator inside a span: the span is current while an item is made and while the iterator is dropped, and ends
/// with the last item or with the iterator.
#[must_use = "iterators are lazy and do nothing unless consumed"]
pub struct TracedIterator<I, T>
where
    I: Iterator,
    T: TellItem<I::Item>,
{
    /// Empty only while it is dropped.
    iterator: Option<I>,
    items: Items,
    tell: T,
}

impl<I: Iterator, T: TellItem<I::Item>> TracedIterator<I, T> {
    pub(crate) fn new(items: Items, iterator: I, tell: T) -> Self {
        Self { iterator: Some(iterator), items, tell }
    }

    /// Starts recording.
    pub(crate) fn begin(&mut self, items: Items) {
        self.items = items;
    }

    #[inline]
    fn take(&mut self, take: impl FnOnce(&mut I) -> Option<I::Item>) -> Option<I::Item> {
        let iterator = self.iterator.as_mut()?;
        let came = self.items.make(|| take(iterator));
        self.items.record(came.as_ref(), &mut self.tell);
        came
    }
}

impl<I: Iterator, T: TellItem<I::Item>> Iterator for TracedIterator<I, T> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        self.take(Iterator::next)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.iterator.as_ref().map_or((0, Some(0)), Iterator::size_hint)
    }

    /// Items that are skipped are not made for anybody, and not recorded: some iterators step over them at once.
    fn nth(&mut self, n: usize) -> Option<I::Item> {
        self.take(|iterator| iterator.nth(n))
    }
}

impl<I: DoubleEndedIterator, T: TellItem<I::Item>> DoubleEndedIterator for TracedIterator<I, T> {
    fn next_back(&mut self) -> Option<I::Item> {
        self.take(DoubleEndedIterator::next_back)
    }

    fn nth_back(&mut self, n: usize) -> Option<I::Item> {
        self.take(|iterator| iterator.nth_back(n))
    }
}

impl<I: ExactSizeIterator, T: TellItem<I::Item>> ExactSizeIterator for TracedIterator<I, T> {
    fn len(&self) -> usize {
        self.iterator.as_ref().map_or(0, ExactSizeIterator::len)
    }
}

impl<I: FusedIterator, T: TellItem<I::Item>> FusedIterator for TracedIterator<I, T> {}

impl<I, T> Drop for TracedIterator<I, T>
where
    I: Iterator,
    T: TellItem<I::Item>,
{
    fn drop(&mut self) {
        let Self { iterator, items, tell } = self;
        items.drop_inside(|| *iterator = None, |payload| tell.total(payload));
    }
}
