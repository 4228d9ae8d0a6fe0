//! Whether the local file would take traces now, without leaving any there.

use std::path::Path;
use std::time::Duration;

use super::messages;
use crate::store::{StoreError, StoreReader, StoreWriter, second_file};

/// Goes as far as the lock for writing and the guard of the schema. A file that is missing is not made.
pub(crate) fn check_file(path: &Path, limit: Duration) -> Result<String, String> {
    if !path.exists() {
        let folder = path.parent().unwrap_or(path);
        return if folder.is_dir() {
            Ok("it is not there yet and will be made".to_owned())
        } else {
            Err(format!("its folder {} is not there; the first trace makes it.", folder.display()))
        };
    }
    let outcome = StoreReader::open(path)
        .and_then(|_| StoreWriter::open(path, "", limit))
        .and_then(|mut writer| writer.check());
    match outcome {
        Ok(()) => Ok("it takes traces".to_owned()),
        Err(error @ StoreError::NotReady(_)) => Err(format!("it {}; try again in a moment.", error.reason())),
        Err(error) => Err(messages::diverted(path, &error, &second_file(path))),
    }
}
