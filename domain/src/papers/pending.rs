//! A pending paper of a batch: the changes that a source or a curator makes to it.
//!
//! What a statement does not say stays as it was. What it says counts as [`precedence`](super::precedence) has it; an
//! older one of a source only fills gaps, so files may come in any order. Votes, comments and stars that a source counted never go down: no file says when it was taken.
//!
//! Always: words that were taken in once are not taken in again, so that a second import of anything changes nothing,
//! whatever came in between.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use entity::paper;

use crate::papers::cleared::Cleared;
use crate::papers::new_paper::{NewPaper, Statement};
use crate::papers::place::Place;
use crate::papers::precedence::{Field, Right, Rights, Speaker};
use crate::papers::prepared::PreparedPaper;
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
        for (is_cleared, field) in [
            (cleared.summary, Field::Summary),
            (cleared.authors, Field::Authors),
            (cleared.organization, Field::Organization),
            (cleared.categories, Field::Categories),
            (cleared.keywords, Field::Keywords),
            (cleared.project_url, Field::ProjectUrl),
            (cleared.repository_url, Field::RepositoryUrl),
            (cleared.thumbnail_url, Field::ThumbnailUrl),
        ] {
            if is_cleared {
                self.curate(field);
            }
        }
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
            self.attachments.authors_changed(Vec::new());
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
        shown.arxiv_version = stored.arxiv_version;
        shown.arxiv_on = stored.arxiv_on;
        shown.curated_fields.clone_from(&stored.curated_fields);
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
    pub(crate) fn merge(&mut self, new: &PreparedPaper) -> bool {
        let is_news = self.is_news(new);
        if is_news {
            let rights = self.rights(new.said);
            self.merge_texts(new, &rights);
            self.merge_details(new, &rights);
            self.attachments.merge(new, &rights);
            if new.said.by == Speaker::Curator {
                self.curate_all(new);
            }
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

    /// Whether a source says this for the first time; if so, it is known from now on. Hugging Face's files have no order
    /// in which they were made, and arXiv's snapshots say the same again and again. What people say always is news.
    fn is_news(&mut self, new: &PreparedPaper) -> bool {
        if !matches!(new.said.by, Speaker::HfDaily | Speaker::Arxiv) {
            return true;
        }
        let known = &mut self.paper.said_before.0;
        if known.contains(&new.key) {
            return false;
        }
        known.push(new.key.clone());
        known.drain(..known.len().saturating_sub(MAX_REMEMBERED_VERSIONS));
        true
    }

    fn merge_details(&mut self, new: &NewPaper, rights: &Rights) {
        let paper = &mut self.paper;
        if let Some(id) = &new.arxiv_id {
            paper.arxiv_id = Some(id.to_string());
        }
        rights.replace(Field::Summary, &mut paper.summary, new.summary.clone());
        rights.replace(Field::ProjectUrl, &mut paper.project_url, new.project_url.clone());
        let repository_url = paper.repository_url.clone();
        rights.replace(Field::RepositoryUrl, &mut paper.repository_url, new.repository_url.clone());
        if paper.repository_url != repository_url {
            // Those of another repository.
            paper.repository_stars = None;
        }
        rights.replace(Field::ThumbnailUrl, &mut paper.thumbnail_url, new.thumbnail_url.clone());
        rights.replace(Field::Doi, &mut paper.doi, new.doi.clone());
        rights.replace(Field::UpdatedOn, &mut paper.updated_on, new.updated_on);
        // Whatever arXiv says of a paper says whether it was withdrawn: then no day is no gap.
        match rights.to(Field::WithdrawnOn) {
            Right::Replace if new.said.by == Speaker::Arxiv => paper.withdrawn_on = new.withdrawn_on,
            Right::Fill if rights.is_known_to_arxiv => {}
            _ => rights.replace(Field::WithdrawnOn, &mut paper.withdrawn_on, new.withdrawn_on),
        }
        rights.replace(Field::Submitter, &mut paper.submitter, new.submitter.clone());
        if let Some(day) = new.published_on.filter(|_| rights.opens(Field::PublishedOn, false)) {
            paper.published_on = day;
        }
        if !new.media_urls.is_empty() && rights.opens(Field::Media, paper.media_urls.0.is_empty()) {
            paper.media_urls.0.clone_from(&new.media_urls);
        }
        if !new.participants.is_empty() && rights.opens(Field::Submitter, paper.participants.0.is_empty()) {
            paper.participants.0.clone_from(&new.participants);
        }
    }

    /// What a statement may change. If it is not outdated, the next ones of its source are held against it.
    fn rights(&mut self, said: Statement) -> Rights {
        let is_outdated = match said.by {
            Speaker::HfDaily => !self.is_no_older(said),
            Speaker::Arxiv => !self.is_newer_at_arxiv(said),
            Speaker::Anyone | Speaker::Curator => false,
        };
        Rights {
            speaker: said.by,
            is_outdated,
            is_known_to_arxiv: self.paper.arxiv_on.is_some(),
            curated: self.paper.curated_fields.0.clone(),
        }
    }

    /// Whether arXiv says this later than what it said last; of two statements of a day that which came first counts, so
    /// that formats of arXiv's that differ in a detail do not take turns.
    fn is_newer_at_arxiv(&mut self, said: Statement) -> bool {
        let paper = &mut self.paper;
        let version = said.version.and_then(|version| i32::try_from(version).ok());
        let is_newer = match (version, paper.arxiv_version) {
            (Some(new), Some(old)) if new != old => new > old,
            _ => paper.arxiv_on.is_none_or(|old| said.day.is_some_and(|new| new > old)),
        };
        if is_newer {
            paper.arxiv_version = version.or(paper.arxiv_version);
            paper.arxiv_on = said.day.or(paper.arxiv_on);
        }
        is_newer
    }

    /// Remembers that a curator has set or cleared a field.
    fn curate(&mut self, field: Field) {
        let known = &mut self.paper.curated_fields.0;
        if !known.iter().any(|name| name == field.name()) {
            known.push(field.name().to_owned());
        }
    }

    /// Remembers all fields that a curator states.
    fn curate_all(&mut self, new: &NewPaper) {
        for (is_stated, field) in [
            (new.title.is_some(), Field::Title),
            (new.r#abstract.is_some(), Field::Abstract),
            (!new.authors.is_empty(), Field::Authors),
            (!new.categories.is_empty(), Field::Categories),
            (new.published_on.is_some(), Field::PublishedOn),
            (new.updated_on.is_some(), Field::UpdatedOn),
            (new.doi.is_some(), Field::Doi),
            (new.withdrawn_on.is_some(), Field::WithdrawnOn),
            (new.summary.is_some(), Field::Summary),
            (new.organization.is_some(), Field::Organization),
            (!new.keywords.is_empty(), Field::Keywords),
            (new.project_url.is_some(), Field::ProjectUrl),
            (new.repository_url.is_some(), Field::RepositoryUrl),
            (new.thumbnail_url.is_some(), Field::ThumbnailUrl),
        ] {
            if is_stated {
                self.curate(field);
            }
        }
    }

    /// Whether Hugging Face says this no earlier than what it said last.
    fn is_no_older(&mut self, said: Statement) -> bool {
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
    fn merge_texts(&mut self, new: &PreparedPaper, rights: &Rights) {
        let paper = &mut self.paper;
        let is_open = rights.opens(Field::Title, false);
        if let Some(title) = new.title.as_ref().filter(|title| is_open && **title != paper.title) {
            paper.title.clone_from(title);
            paper.title_key = new.folded().title_key.clone().unwrap_or_default();
            self.attachments.title_changed(new);
        }
        let is_open = rights.opens(Field::Abstract, paper.r#abstract.is_empty());
        if let Some(said) = new.r#abstract.as_ref().filter(|said| is_open && **said != paper.r#abstract) {
            paper.r#abstract.clone_from(said);
            self.attachments.abstract_changed(new);
        }
        let is_open = rights.opens(Field::Authors, paper.authors.0.is_empty());
        if is_open && !new.authors.is_empty() && paper.authors.0 != new.authors {
            paper.authors.0.clone_from(&new.authors);
            self.attachments.authors_changed(new.folded().authors.clone());
        }
        let named = i32::try_from(paper.authors.0.len()).unwrap_or(i32::MAX);
        let stated =
            new.author_count.unwrap_or(if new.authors.is_empty() { paper.author_count } else { named });
        paper.author_count = if is_open { stated.max(named) } else { paper.author_count.max(named) };
    }
}
