//! What the site has to serve, which the test changes while it runs.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::super::stack::DEFAULT_NOW;
use super::{Announcement, FeedDay, Paper};

/// Records of a page of OAI-PMH by default.
const PAGE_SIZE: usize = 1_000;

/// The state of the site.
#[derive(Debug)]
pub(super) struct SiteState {
    /// The time of the site, which stands still unless the test moves it.
    pub(super) now: DateTime<Utc>,
    /// Records of a page of OAI-PMH.
    pub(super) page_size: usize,
    /// Whether tokens of OAI-PMH state the size of the list and the place in it.
    pub(super) states_totals: bool,
    /// By identifier.
    pub(super) papers: BTreeMap<String, Paper>,
    pub(super) days: BTreeMap<NaiveDate, FeedDay>,
    /// By category.
    pub(super) announcements: BTreeMap<String, Announcement>,
}

impl Default for SiteState {
    fn default() -> Self {
        Self {
            now: super::paper::instant(DEFAULT_NOW),
            page_size: PAGE_SIZE,
            states_totals: true,
            papers: BTreeMap::new(),
            days: BTreeMap::new(),
            announcements: BTreeMap::new(),
        }
    }
}

impl SiteState {
    /// A paper that the site knows.
    pub(super) fn paper(&self, id: &str) -> &Paper {
        self.papers.get(id).unwrap_or_else(|| panic!("there is no paper {id}; add it first"))
    }

    /// The papers that arXiv serves.
    pub(super) fn papers_at_arxiv(&self) -> impl Iterator<Item = &Paper> {
        self.papers.values().filter(|paper| paper.is_at_arxiv)
    }
}
