//! What a destination says to people: each sentence once, and again only after a while.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::policy::notice;

/// After this time a sentence is said again.
const AGAIN: Duration = Duration::from_secs(600);
/// So many different sentences are remembered.
const MOST: usize = 64;

/// Remembers what was said to people about one destination.
pub(in crate::exporters) struct Voice {
    said: HashMap<String, Instant>,
    /// What is to be said once nobody waits for us any more; without it all is said at once.
    later: Option<Vec<String>>,
}

impl Voice {
    pub(in crate::exporters) fn new() -> Self {
        Self { said: HashMap::new(), later: None }
    }

    /// One that collects what is to be said, for whoever holds a lock: the program's own listener may be slow.
    pub(in crate::exporters) fn collecting() -> Self {
        Self { said: HashMap::new(), later: Some(Vec::new()) }
    }

    /// What was collected.
    pub(in crate::exporters) fn take(&mut self) -> Vec<String> {
        self.later.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Says a sentence unless it was said a short while ago; whether it was said.
    pub(in crate::exporters) fn say(&mut self, sentence: &str) -> bool {
        self.say_about(sentence, sentence)
    }

    /// Says a sentence unless one about the same was said a short while ago.
    pub(in crate::exporters) fn say_about(&mut self, what: &str, sentence: &str) -> bool {
        let now = Instant::now();
        if self.said.get(what).is_some_and(|when| now.duration_since(*when) < AGAIN) {
            return false;
        }
        if self.said.len() >= MOST {
            self.said.clear();
        }
        self.said.insert(what.to_owned(), now);
        match &mut self.later {
            Some(later) => later.push(sentence.to_owned()),
            None => notice::warn(sentence),
        }
        true
    }
}
