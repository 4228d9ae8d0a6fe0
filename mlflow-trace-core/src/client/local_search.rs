//! Searching the local file and the one beside it, as if they were one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::local_traces::{LocalTraces, unreadable};
use super::search::{Page, Search, no_experiment};
use crate::error::{Error, ErrorKind};
use crate::model::{Trace, TraceId};
use crate::store::TraceQuery;

/// A local file. It need not be there yet; it is opened for each question.
pub(super) struct LocalPlace {
    file: PathBuf,
}

impl LocalPlace {
    pub(super) fn new(file: &Path) -> Self {
        Self { file: file.to_owned() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.file
    }

    pub(super) fn get(&self, id: TraceId) -> Result<Option<Trace>, Error> {
        match LocalTraces::open(&self.file) {
            Ok(traces) => traces.get(id),
            // The first trace makes the file.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn search(&self, search: &Search) -> Result<Page, Error> {
        // One that can't be read as a search is wrong whatever the files hold.
        let offset = offset(search.page_token.as_deref())?;
        let most = offset.saturating_add(search.max_results).saturating_add(1);
        let query = TraceQuery::new(search.experiments.clone(), &search.filter, &search.order_by, most)
            .map_err(Error::invalid)?;
        LocalTraces::open(&self.file)?.search(&query, offset, search)
    }
}

impl LocalTraces {
    fn search(&self, query: &TraceQuery, offset: usize, search: &Search) -> Result<Page, Error> {
        let mut found = Vec::new();
        let mut has_experiment = false;
        for (number, (path, reader)) in self.files.iter().enumerate() {
            if let Some(ids) = reader.search(query).map_err(|error| unreadable(path, &error))? {
                has_experiment = true;
                found.extend(ids.into_iter().map(|id| (number, id)));
            }
        }
        if !has_experiment {
            return Err(Error::new(ErrorKind::NotFound, no_experiment(&search.experiments)));
        }
        // Stable, so that one file keeps the order that SQLite gave.
        found.sort_by(|(_, one), (_, other)| query.compare(one, other));
        let end = offset.saturating_add(search.max_results);
        let is_full = found.len() > end;
        let chosen = found.get(offset..end.min(found.len())).unwrap_or_default();
        let mut traces: Vec<Option<Trace>> = vec![None; chosen.len()];
        for (number, (path, reader)) in self.files.iter().enumerate() {
            let of_file = chosen.iter().enumerate().filter(|(_, (file, _))| *file == number);
            let places: HashMap<TraceId, usize> =
                of_file.map(|(place, (_, found))| (found.id, place)).collect();
            let ids: Vec<TraceId> = places.keys().copied().collect();
            for trace in reader.traces(&ids, search.with_spans).map_err(|error| unreadable(path, &error))? {
                if let Some(slot) = places.get(&trace.info.trace_id).and_then(|place| traces.get_mut(*place))
                {
                    *slot = Some(trace);
                }
            }
        }
        let next_page_token = is_full.then(|| end.to_string());
        Ok(Page { traces: traces.into_iter().flatten().collect(), next_page_token })
    }
}

/// How many traces earlier pages had.
fn offset(token: Option<&str>) -> Result<usize, Error> {
    match token {
        None | Some("") => Ok(0),
        Some(token) => token.parse().map_err(|_| {
            Error::invalid(
                "the page token is none of this file's; give the `next_page_token` of an earlier page.",
            )
        }),
    }
}
