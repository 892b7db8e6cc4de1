//! A cache of digest content without the last lines, encoded, for the duration of a drain: most digests are alike.
//!
//! Two digests are alike if the edition, the papers as they now are and the filter that chose them are. What changes
//! without a paper being changed, such as votes, is as it was a minute ago at most.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use entity::topic_filter::TopicFilter;
use parking_lot::{Mutex, MutexGuard};

use crate::Result;
use crate::digests::render::{DigestContent, Readers};

/// The maximum number of entries; with a hundred papers each, they take some megabytes.
const MAX_ENTRIES: usize = 500;

/// The maximum age of an entry.
const MAX_AGE: Duration = Duration::from_mins(1);

/// The key of a digest's content, without its links.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ContentKey {
    pub(crate) edition_id: i64,
    /// The papers that are shown, and when each was last changed.
    pub(crate) papers: Vec<(i64, DateTime<Utc>)>,
    pub(crate) filter: TopicFilter,
    pub(crate) readers: Readers,
}

/// The cache of one drain. Its clones share their entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct ContentCache(Arc<Mutex<Entries>>);

#[derive(Debug)]
struct Entries {
    since: Instant,
    contents: HashMap<ContentKey, Arc<DigestContent>>,
}

impl Default for Entries {
    fn default() -> Self {
        Self { since: Instant::now(), contents: HashMap::new() }
    }
}

impl ContentCache {
    /// The content of a digest, if it is known.
    pub(crate) fn find(&self, key: &ContentKey) -> Option<Arc<DigestContent>> {
        let mut known = self.lock();
        if known.since.elapsed() > MAX_AGE {
            *known = Entries::default();
        }
        known.contents.get(key).map(Arc::clone)
    }

    /// The content of a digest, made if it is not known. Anyone who makes another one meanwhile does not wait.
    ///
    /// # Errors
    /// If it cannot be made.
    pub(crate) fn get_or_make(
        &self,
        key: ContentKey,
        make: impl FnOnce(&ContentKey) -> Result<DigestContent>,
    ) -> Result<Arc<DigestContent>> {
        if let Some(content) = self.find(&key) {
            return Ok(content);
        }
        let content = Arc::new(make(&key)?);
        let mut known = self.lock();
        if known.contents.len() >= MAX_ENTRIES {
            *known = Entries::default();
        }
        Ok(Arc::clone(known.contents.entry(key).or_insert(content)))
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock()
    }
}
