//! Values that the worker makes at their first use, since making them may touch files.

/// What is not there before somebody asks for it.
pub(super) enum Lazy<T> {
    Made(T),
    Maker(Box<dyn FnOnce() -> T + Send>),
    /// Making it panicked.
    Broken,
}

impl<T> Lazy<T> {
    /// What is there; made now if it was not. Nothing when making it panicked.
    pub(super) fn get(&mut self) -> Option<&mut T> {
        if let Self::Maker(_) = self
            && let Self::Maker(make) = std::mem::replace(self, Self::Broken)
        {
            *self = Self::Made(make());
        }
        self.made()
    }

    /// What is there, without making it.
    pub(super) fn made(&mut self) -> Option<&mut T> {
        match self {
            Self::Made(made) => Some(made),
            _ => None,
        }
    }
}
