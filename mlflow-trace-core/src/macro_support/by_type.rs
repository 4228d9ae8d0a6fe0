//! The traits that choose by type, without names, so that importing them all shadows nothing of the user's.

pub use super::autoref::{
    ReturnedResult as _, ReturnedValue as _, ValueDebug as _, ValueOpaque as _, ValueSerialize as _,
};
pub use super::error_value::{
    ErrorChain as _, ErrorDebug as _, ErrorDisplay as _, ErrorOpaque as _, ErrorRef as _, ErrorSyncRef as _,
};
pub use super::plain::ValuePlain as _;
