//! What runs over the spans of one capture of the testing kit alone.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Processing;
use crate::policy::Redactor;

/// What a capture adds to that of the process.
#[derive(Debug, Default)]
pub(crate) struct Scoped {
    pub(crate) processing: Processing,
    pub(crate) redactors: Vec<Redactor>,
}

impl Scoped {
    /// What runs over its spans: that of the process first.
    pub(crate) fn after(
        &self,
        processing: &Processing,
        redactors: &[Redactor],
    ) -> (Arc<Processing>, Vec<Redactor>) {
        let redactors = redactors.iter().chain(&self.redactors).cloned().collect();
        (Arc::new(processing.and_then(&self.processing)), redactors)
    }
}

static ROUTES: Mutex<Option<HashMap<u32, Arc<Scoped>>>> = Mutex::new(None);

fn routes() -> MutexGuard<'static, Option<HashMap<u32, Arc<Scoped>>>> {
    ROUTES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// For the traces of this route, until it is forgotten.
pub(crate) fn set(route: u32, scoped: Scoped) {
    routes().get_or_insert_default().insert(route, Arc::new(scoped));
}

pub(crate) fn of(route: u32) -> Option<Arc<Scoped>> {
    routes().as_ref()?.get(&route).cloned()
}

pub(crate) fn forget(route: u32) {
    if let Some(routes) = routes().as_mut() {
        routes.remove(&route);
    }
}
