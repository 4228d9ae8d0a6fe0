//! Taking over what processes that have ended left for a destination.

use std::path::{Path, PathBuf};

use super::queue::{self, QueueFile};
use super::{Spool, SpoolFailure, Waiting, home};

impl Spool {
    /// Takes over what processes that have ended left for this destination, and says how many traces it is.
    pub(crate) fn adopt(&mut self) -> u64 {
        let before = self.waiting().traces;
        self.adopt_files(usize::MAX);
        self.waiting().traces.saturating_sub(before)
    }

    /// As [`adopt`](Self::adopt), but reads one file at most. Whether there may be more.
    pub(crate) fn adopt_some(&mut self) -> bool {
        self.adopt_files(1)
    }

    /// Whether the bound on files ended it.
    fn adopt_files(&mut self, mut most: usize) -> bool {
        let own = self.home.as_ref().map(|home| home.owner().to_owned());
        for (owner, files) in home::owners(&self.folder) {
            if Some(&owner) != own.as_ref()
                && let Some(estate) = home::estate(&self.folder, &owner, files)
            {
                self.take_over(estate, &mut most);
            }
            if most == 0 {
                break;
            }
        }
        // Times in the names tell the order, over all processes.
        self.files.sort_by(|one, other| one.path.file_name().cmp(&other.path.file_name()));
        most == 0
    }

    fn take_over(&mut self, estate: home::Estate, most: &mut usize) {
        let mut is_left = false;
        for path in &estate.files {
            if *most == 0 {
                return;
            }
            if self.take_over_file(path) {
                *most -= 1;
            } else {
                is_left = true;
            }
        }
        if !is_left {
            estate.close();
        }
    }

    /// Whether the file is ours now, or gone.
    fn take_over_file(&mut self, path: &Path) -> bool {
        let left = match queue::look(path) {
            Ok(None) => return true,
            Ok(Some(contents)) => match self.home().and_then(|home| {
                home.take_over(path)
                    .map_err(|error| SpoolFailure::writing(path.parent().unwrap_or(path), &error))
            }) {
                Ok(ours) => {
                    self.add_file(ours, contents);
                    return true;
                }
                Err(failure) => failure.sentence,
            },
            Err(sentence) => sentence,
        };
        if !self.left_alone.contains(&left) {
            self.left_alone.push(left.clone());
            self.remarks.push(left);
        }
        false
    }

    fn add_file(&mut self, path: PathBuf, contents: queue::Contents) {
        if contents.damaged_bytes > 0 {
            self.damaged.add(Waiting { bytes: contents.damaged_bytes, ..Waiting::default() });
            self.remarks.push(format!(
                "{} bytes of {} are damaged and are skipped; the other traces in it are not.",
                contents.damaged_bytes,
                path.display()
            ));
        }
        let number = self.take_number();
        self.files.push(QueueFile::adopted(number, path, contents));
        self.remove_settled();
    }
}
