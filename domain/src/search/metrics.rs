//! How long the engine works for readers.

use std::time::Instant;

use metrics::histogram;

use crate::instruments::{SEARCH_DURATION, SEARCH_KINDS};

use super::ranking::Mode;

/// A kind of work that the engine does for a reader, in the order of [`SEARCH_KINDS`].
#[derive(Clone, Copy, Debug)]
pub(super) enum SearchKind {
    /// A list by words.
    Keyword,
    /// A list by meaning.
    Semantic,
    /// A list by both.
    Hybrid,
    /// What the best papers cover of the query.
    Cover,
    /// The reading of the best papers by a cross-encoder.
    Rerank,
    /// The neighbours of papers.
    Related,
    /// Completions.
    Suggestions,
    /// The number of matches, or those of each value.
    Counts,
}

impl From<Mode> for SearchKind {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Keyword => Self::Keyword,
            Mode::Semantic => Self::Semantic,
            Mode::Hybrid => Self::Hybrid,
        }
    }
}

impl SearchKind {
    /// Runs work of this kind, and records how long it took.
    pub(super) fn time<T>(self, work: impl FnOnce() -> T) -> T {
        let started = Instant::now();
        let done = work();
        histogram!(SEARCH_DURATION, "kind" => SEARCH_KINDS[self as usize]).record(started.elapsed());
        done
    }
}
