//! A pending paper of a batch: the changes that a source or a curator makes to it.
//!
//! What a word does not say stays as it was. Words of an older version or day only fill gaps, so files may come in any
//! order. Votes, comments and stars that a source counted never go down: no file says when it was taken.
//!
//! Always: words that were taken in once are not taken in again, so that a second import of anything changes nothing,
//! whatever came in between.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::paper;

use crate::papers::cleared::Cleared;
use crate::papers::new_paper::{NewPaper, SourceVersion};
use crate::papers::place::Place;
use crate::papers::ranking;
use crate::papers::relations::{self, PaperRelations};

/// The number of earlier statements about a paper that are recognized.
const MAX_REMEMBERED_VERSIONS: usize = 32;

/// One paper of the database, as it is to be after the batch.
pub(crate) struct PendingPaper {
    /// The row; id 0 until it is inserted.
    pub(crate) paper: paper::Model,
    /// The row as it was stored.
    pub(crate) stored: Option<paper::Model>,
    /// Whether it is not as it was stored.
    pub(crate) is_changed: bool,
    /// Its place on the feeds.
    pub(crate) place: Place,
    /// Its relations.
    pub(crate) attachments: PaperRelations,
}

/// Puts `new` in place of `old` if it says something, and there is nothing yet or it may.
fn replace<T>(old: &mut Option<T>, new: Option<T>, may: bool) {
    if new.is_some() && (may || old.is_none()) {
        *old = new;
    }
}

impl PendingPaper {
    /// A corrected identifier takes the address of the paper along, if that was made of the wrong one.
    pub(crate) fn correct_identifier(&mut self, new: &NewPaper, slugs: &mut HashSet<String>) {
        let (Some(old), Some(id)) = (&self.paper.arxiv_id, &new.arxiv_id) else { return };
        if *old != id.as_str() && *old == self.paper.slug {
            self.paper.slug = relations::free_slug(Some(id), &self.paper.title, slugs);
        }
    }

    /// Empties what a curator emptied.
    pub(crate) fn clear(&mut self, cleared: Cleared) {
        let paper = &mut self.paper;
        let texts = [
            (cleared.summary, &mut paper.summary),
            (cleared.project_url, &mut paper.project_url),
            (cleared.repository_url, &mut paper.repository_url),
            (cleared.thumbnail_url, &mut paper.thumbnail_url),
        ];
        for (is_cleared, text) in texts {
            if is_cleared {
                *text = None;
            }
        }
        if cleared.organization {
            paper.organization_id = None;
        }
        if cleared.authors && !paper.authors.0.is_empty() {
            paper.authors.0.clear();
            paper.author_count = 0;
            self.attachments.authors_changed();
        }
        self.attachments.clear(cleared);
    }

    /// Finds out whether the paper is not as it was stored; what is only remembered of its sources does not count.
    pub(crate) fn settle(&mut self, now: DateTime<Utc>) {
        let Some(stored) = &self.stored else { return };
        let mut shown = self.paper.clone();
        shown.said_before.clone_from(&stored.said_before);
        shown.said_version = stored.said_version;
        shown.said_on = stored.said_on;
        self.is_changed = self.place.given().is_some() || shown != *stored || self.attachments.differ();
        if self.is_changed {
            self.paper.changed_at = now;
        }
    }

    /// Whether its row has to be written, though it may look as before.
    pub(crate) fn is_stale(&self) -> bool {
        self.stored.as_ref().is_some_and(|stored| self.is_changed || self.paper != *stored)
    }

    /// Takes over what `new` says, and returns whether it says anything that was not said before.
    pub(crate) fn merge(&mut self, new: &NewPaper) -> bool {
        let is_news = self.is_news(new);
        if is_news {
            let may = self.is_no_older(new.said);
            self.merge_texts(new, may);
            self.merge_details(new, may);
            self.attachments.merge(new, may);
        }
        if let Some(feature) = &new.feature {
            self.place.merge(feature);
        }
        let paper = &mut self.paper;
        for (old, new) in [
            (&mut paper.source_upvotes, new.source_upvotes),
            (&mut paper.source_comments, new.source_comments),
        ] {
            *old = (*old).max(new.unwrap_or_default());
        }
        paper.repository_stars = paper.repository_stars.max(new.repository_stars);
        // What is derived follows; it changes only with its parts.
        paper.trending = ranking::trending(
            paper.source_upvotes.saturating_add(paper.upvotes),
            paper.source_comments.saturating_add(paper.comments),
            ranking::since(self.place.featured_at(), paper.published_on),
        );
        is_news
    }

    /// Whether a source says this for the first time; if so, it is known from now on. A curator's word always is news.
    fn is_news(&mut self, new: &NewPaper) -> bool {
        if new.said.day.is_none() {
            return true;
        }
        let (key, known) = (new.key(), &mut self.paper.said_before.0);
        if known.contains(&key) {
            return false;
        }
        known.push(key);
        known.drain(..known.len().saturating_sub(MAX_REMEMBERED_VERSIONS));
        true
    }

    fn merge_details(&mut self, new: &NewPaper, may: bool) {
        let paper = &mut self.paper;
        replace(&mut paper.arxiv_id, new.arxiv_id.as_ref().map(ToString::to_string), true);
        replace(&mut paper.summary, new.summary.clone(), may);
        replace(&mut paper.project_url, new.project_url.clone(), may);
        let repository_url = paper.repository_url.clone();
        replace(&mut paper.repository_url, new.repository_url.clone(), may);
        if paper.repository_url != repository_url {
            // Those of another repository.
            paper.repository_stars = None;
        }
        replace(&mut paper.thumbnail_url, new.thumbnail_url.clone(), may);
        replace(&mut paper.doi, new.doi.clone(), may);
        replace(&mut paper.updated_on, new.updated_on, may);
        replace(&mut paper.withdrawn_on, new.withdrawn_on, may);
        replace(&mut paper.submitter, new.submitter.clone(), may);
        if let Some(day) = new.published_on.filter(|_| may) {
            paper.published_on = day;
        }
        if !new.media_urls.is_empty() && (may || paper.media_urls.0.is_empty()) {
            paper.media_urls.0.clone_from(&new.media_urls);
        }
        if !new.participants.is_empty() && (may || paper.participants.0.is_empty()) {
            paper.participants.0.clone_from(&new.participants);
        }
    }

    /// Whether words that are so new take the place of those that are there; if so, they are what the next ones are
    /// held against. Of a curator nothing is known, and their word counts.
    fn is_no_older(&mut self, said: SourceVersion) -> bool {
        let paper = &mut self.paper;
        let version = said.version.and_then(|version| i32::try_from(version).ok());
        let is_older = match (version, paper.said_version) {
            (Some(new), Some(old)) if new != old => new < old,
            _ => said.day.zip(paper.said_on).is_some_and(|(new, old)| new < old),
        };
        if !is_older {
            paper.said_version = version.or(paper.said_version);
            paper.said_on = said.day.or(paper.said_on);
        }
        !is_older
    }

    /// The title, the abstract and the authors.
    fn merge_texts(&mut self, new: &NewPaper, may: bool) {
        let paper = &mut self.paper;
        if let Some(title) = new.title.as_ref().filter(|title| may && **title != paper.title) {
            paper.title.clone_from(title);
            paper.title_key = plain_text::title_key(title);
            self.attachments.words_changed();
        }
        let is_open = may || paper.r#abstract.is_empty();
        if let Some(said) = new.r#abstract.as_ref().filter(|said| is_open && **said != paper.r#abstract) {
            paper.r#abstract.clone_from(said);
            self.attachments.words_changed();
        }
        let is_open = may || paper.authors.0.is_empty();
        if is_open && !new.authors.is_empty() && paper.authors.0 != new.authors {
            paper.authors.0.clone_from(&new.authors);
            self.attachments.authors_changed();
        }
        let named = i32::try_from(paper.authors.0.len()).unwrap_or(i32::MAX);
        let stated =
            new.author_count.unwrap_or(if new.authors.is_empty() { paper.author_count } else { named });
        paper.author_count = if is_open { stated.max(named) } else { paper.author_count.max(named) };
    }
}
