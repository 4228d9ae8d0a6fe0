//! Why a store could not be read or written, sorted by what the caller can do about it.

use rusqlite::ErrorCode;

/// A failure of a whole file. The text is the reason, written so that it follows the file's name in a sentence.
#[derive(Debug)]
pub(crate) enum StoreError {
    /// Another process creates, migrates or locks the file: the same call may succeed later.
    NotReady(String),
    /// The file is not one that we may write to. Nothing was written.
    Refused(String),
    /// The disk is full: nothing fits, into this file or into one beside it.
    Full(String),
    /// The file or its folder can't be read or written.
    Unusable(String),
}

impl StoreError {
    /// The reason, to follow the file's name.
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::NotReady(reason) | Self::Refused(reason) | Self::Full(reason) | Self::Unusable(reason) => {
                reason
            }
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed,
            ) => Self::NotReady("is locked by another process".to_owned()),
            // A statement that no longer fits the tables: somebody changed them while we prepared it.
            Some(ErrorCode::SchemaChanged | ErrorCode::Unknown) => {
                Self::NotReady(format!("was changed by another process ({error})"))
            }
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Refused(format!("is damaged or not a SQLite database ({error})"))
            }
            Some(ErrorCode::DiskFull) => Self::Full("can't grow because the disk is full".to_owned()),
            _ => Self::Unusable(format!("can't be opened or written ({error})")),
        }
    }
}

/// Whether only the trace at hand is to blame, so that the rest of its batch may go on.
pub(crate) fn blames_the_trace(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(code) => {
            matches!(code, ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch)
        }
        // Raised by the binding itself, such as a text that can't be bound.
        None => true,
    }
}
