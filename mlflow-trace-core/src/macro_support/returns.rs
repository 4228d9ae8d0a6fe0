//! A return type without a value of it.

use std::marker::PhantomData;

/// Makes a function's return type known to the block that its body becomes, in code that never runs.
#[derive(Debug)]
pub struct Returns<R>(PhantomData<fn() -> R>);

impl<R> Clone for Returns<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Returns<R> {}

impl<R> Returns<R> {
    /// Of a type that is inferred.
    #[allow(clippy::new_without_default, reason = "only generated code makes one")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// Never called: generated code has it behind `if false`, and behind bodies of type `!`.
    pub fn value(self) -> R {
        // Invariant: no code that runs calls this.
        unreachable!("the code that names a traced function's return type does not run")
    }
}
