//! Documents that clients name by their hash: automatic persisted queries.
//!
//! A client sends the hash; if the document is not known it is told so, and sends both. Anyone can have a
//! document remembered, so few are, the latest used; what is forgotten is sent again. A document is remembered once the
//! guard has let it pass.

use std::sync::Arc;

use data_encoding::HEXLOWER;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use sha2::{Digest as _, Sha256};

use crate::ErrorCode as Code;

/// Documents that are remembered, of at most 16 KiB each.
const REMEMBERED: u64 = 1_000;

/// Documents by their hashes.
#[derive(Clone, Debug)]
pub struct PersistedDocuments(Cache<String, Arc<str>>);

impl Default for PersistedDocuments {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(REMEMBERED).eviction_policy(EvictionPolicy::lru()).build())
    }
}

impl PersistedDocuments {
    /// The document that a request means: the one it brings, or the one that its hash names.
    ///
    /// # Errors
    /// `PERSISTED_QUERY_NOT_FOUND` if the hash names none, `BAD_REQUEST` if it is that of another document.
    pub(crate) fn resolve(
        &self,
        query: String,
        hash: Option<&str>,
    ) -> Result<Arc<str>, (Code, &'static str)> {
        let Some(hash) = hash else { return Ok(query.into()) };
        if query.is_empty() {
            let found = self.0.get(hash);
            // The message is what Apollo's clients look for.
            return found.ok_or((Code::PersistedQueryNotFound, "PersistedQueryNotFound"));
        }
        if HEXLOWER.encode(&Sha256::digest(query.as_bytes())) == hash {
            Ok(query.into())
        } else {
            Err((Code::BadRequest, "The sha256Hash does not match the document."))
        }
    }

    /// Remembers a document that may be executed.
    pub(crate) fn remember(&self, hash: &str, query: &Arc<str>) {
        self.0.insert(hash.to_owned(), Arc::clone(query));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_thousand_are_remembered() {
        let documents = PersistedDocuments::default();
        for number in 0..10_000 {
            documents.remember(&number.to_string(), &"{ shelf { period } }".into());
        }
        documents.0.run_pending_tasks();
        assert_eq!(documents.0.entry_count(), 1_000);
        assert!(documents.resolve(String::new(), Some("9999")).is_ok());
        assert!(documents.resolve(String::new(), Some("1")).is_err());
    }
}
