//! Putting papers into the database, a batch at a time; a second time changes nothing.
//!
//! A paper is the one that has its arXiv identifier; a paper without one, here or in the batch, is the
//! one whose normalised title is the same. Two identifiers are two papers, whatever their titles.
//!
//! What a source does not say stays as it was. Words of an older version or day only fill gaps; so files may come in
//! any order. Votes and comments that a source counted never go down: no file says when it was taken. A paper is
//! featured once: the first day stands.
//!
//! Always: several papers of a batch that are one count as changed only where the end differs from what was stored.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::json::{People, StringList};
use entity::{featured_paper, paper, planned_feature};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::NotSet,
    ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{IntoCondition as _, LockType, OnConflict},
};

use crate::db::Lock;
use crate::feeds;
use crate::feeds::opening::PlannedPlace;
use crate::{Error, Result};

use super::attach::{self, Attachments};
use super::edit::Cleared;
use super::naming::Namings;
use super::new_paper::{NewFeature, NewPaper, Said};
use super::{ranking, text};

/// What became of one paper of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was not known.
    Created,
    /// Something of it changed.
    Updated,
    /// It was so already.
    Unchanged,
}

/// A paper of a batch, written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its row id.
    pub paper_id: i64,
    /// What became of it.
    pub outcome: Outcome,
    /// The day whose feed the batch put it on, or is to put it on when it opens, where it was on none.
    pub featured_on: Option<NaiveDate>,
}

/// Writes a batch of cleaned and checked papers; at most 500, so that a transaction stays short. Answers what
/// became of each, in their order.
///
/// # Errors
/// Where the database fails, or a paper that is not known lacks a title or a day.
pub async fn upsert(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    papers: &[NewPaper],
) -> Result<Vec<Written>> {
    Lock::Papers.hold(tx).await?;
    let mut batch = Batch::load(tx, now, papers).await?;
    let places = papers.iter().map(|paper| batch.take_in(paper)).collect::<Result<Vec<_>>>()?;
    batch.settle();
    batch.write(tx).await?;
    let written = |(slot, is_new): (usize, bool)| {
        let Slot { paper, feature, is_changed, .. } = &batch.slots[slot];
        let featured_on = if let Feature::New(feature) = feature { Some(feature.day) } else { None };
        let outcome = match (is_new, is_changed) {
            (true, _) => Outcome::Created,
            (false, true) => Outcome::Updated,
            (false, false) => Outcome::Unchanged,
        };
        Written { paper_id: paper.id, outcome, featured_on }
    };
    Ok(places.into_iter().map(written).collect())
}

/// Changes the paper with this row id; what `new` does not say stays, what is `cleared` goes. Answers whether something changed.
///
/// # Errors
/// Where the database fails, or there is no such paper.
pub async fn update(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    paper_id: i64,
    new: &NewPaper,
    cleared: Cleared,
) -> Result<bool> {
    let mut batch = Batch::blank(now);
    batch.slugs = attach::taken_slugs(tx, std::slice::from_ref(new)).await?;
    batch.load_papers(tx, paper::Column::Id.eq(paper_id).into_condition()).await?;
    let slot =
        batch.slots.first_mut().ok_or_else(|| Error::Internal("the paper to change is gone".to_owned()))?;
    slot.clear(cleared);
    slot.correct_identifier(new, &mut batch.slugs);
    slot.merge(new);
    batch.namings.add(new);
    batch.settle();
    let is_changed = batch.slots.iter().any(|slot| slot.is_changed);
    batch.write(tx).await?;
    Ok(is_changed)
}

/// One paper of the database, as it is to be after the batch.
struct Slot {
    /// The row; id 0 until it is inserted.
    paper: paper::Model,
    /// The row as it was stored.
    stored: Option<paper::Model>,
    is_changed: bool,
    /// Set once the paper is on a feed, and by what it got there.
    feature: Feature,
    attachments: Attachments,
}

enum Feature {
    None,
    /// On a feed; whether a source that read it on an earlier day moves it there.
    Stored {
        day: NaiveDate,
        featured_at: DateTime<Utc>,
        may_move: bool,
    },
    /// On the feed of a later day until now.
    Moved(NewFeature),
    /// Waits for its day.
    Planned(DateTime<Utc>),
    /// Taken off by a curator; no source puts it back.
    Removed,
    New(NewFeature),
}

impl Feature {
    /// What a row says; no edition was published of a day after `published`.
    fn of(row: &featured_paper::Model, published: Option<NaiveDate>) -> Self {
        if row.removed_at.is_some() {
            return Self::Removed;
        }
        // Nobody can have got it: it may go to the day that it was on first.
        let may_move = row.featured_by.is_none() && published.is_none_or(|published| published < row.day);
        Self::Stored { day: row.day, featured_at: row.featured_at, may_move }
    }

    /// Takes over where a source read the paper: the first day stands.
    fn merge(&mut self, new: &NewFeature) {
        match self {
            Self::None => *self = Self::New(new.clone()),
            Self::New(known) | Self::Moved(known) => {
                if (new.day, new.featured_at) < (known.day, known.featured_at) {
                    *known = new.clone();
                }
            }
            Self::Stored { day, may_move: true, .. } if new.day < *day => *self = Self::Moved(new.clone()),
            Self::Stored { .. } | Self::Removed | Self::Planned(_) => {}
        }
    }

    fn featured_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::None | Self::Removed => None,
            Self::Planned(featured_at) | Self::Stored { featured_at, .. } => Some(*featured_at),
            Self::New(feature) | Self::Moved(feature) => Some(feature.featured_at),
        }
    }
}

struct Batch {
    now: DateTime<Utc>,
    slots: Vec<Slot>,
    by_arxiv_id: HashMap<String, usize>,
    by_title: HashMap<String, usize>,
    slugs: HashSet<String>,
    namings: Namings,
}

impl Batch {
    fn blank(now: DateTime<Utc>) -> Self {
        Self {
            now,
            slots: Vec::new(),
            by_arxiv_id: HashMap::new(),
            by_title: HashMap::new(),
            slugs: HashSet::new(),
            namings: Namings::default(),
        }
    }

    async fn load(tx: &DatabaseTransaction, now: DateTime<Utc>, papers: &[NewPaper]) -> Result<Self> {
        let ids = papers.iter().filter_map(|paper| paper.arxiv_id.as_ref()).map(ToString::to_string);
        let titles = papers.iter().filter_map(|paper| paper.title.as_deref()).map(text::title_key);
        let known = Condition::any()
            .add(paper::Column::ArxivId.is_in(ids))
            .add(paper::Column::TitleKey.is_in(titles));
        let mut batch = Self::blank(now);
        batch.slugs = attach::taken_slugs(tx, papers).await?;
        batch.load_papers(tx, known).await?;
        Ok(batch)
    }

    async fn load_papers(&mut self, tx: &DatabaseTransaction, which: Condition) -> Result<()> {
        // Locked, so that votes and curators' changes wait for the batch instead of being lost in it.
        let known = paper::Entity::find().filter(which).order_by_asc(paper::Column::Id);
        let known = known.lock(LockType::NoKeyUpdate).all(tx).await?;
        let keys: Vec<i64> = known.iter().map(|paper| paper.id).collect();
        let rows = featured_paper::Entity::find()
            .filter(featured_paper::Column::PaperId.is_in(keys.clone()))
            .all(tx)
            .await?;
        let published = feeds::feature::last_published(tx).await?;
        let mut featured: HashMap<i64, Feature> =
            rows.iter().map(|row| (row.paper_id, Feature::of(row, published))).collect();
        let planned = planned_feature::Entity::find()
            .filter(planned_feature::Column::PaperId.is_in(keys.clone()))
            .all(tx)
            .await?;
        for row in planned {
            featured.entry(row.paper_id).or_insert(Feature::Planned(row.featured_at));
        }
        let mut attachments = attach::load(tx, &keys).await?;
        for paper in known {
            // No source puts a hidden paper on a feed.
            let unfeatured = if paper.hidden_at.is_some() { Feature::Removed } else { Feature::None };
            let feature = featured.remove(&paper.id).unwrap_or(unfeatured);
            let attachments = attachments.remove(&paper.id).unwrap_or_default();
            self.add(Slot { stored: Some(paper.clone()), paper, is_changed: false, feature, attachments });
        }
        Ok(())
    }

    fn add(&mut self, slot: Slot) -> usize {
        let index = self.slots.len();
        if let Some(id) = &slot.paper.arxiv_id {
            self.by_arxiv_id.insert(id.clone(), index);
        }
        // Of several papers of one title, one without an arXiv identifier is the one to merge with.
        let others = self.by_title.get(&slot.paper.title_key);
        if others.is_none_or(|&other| self.slots[other].paper.arxiv_id.is_some()) {
            self.by_title.insert(slot.paper.title_key.clone(), index);
        }
        self.slots.push(slot);
        index
    }

    /// The paper that `new` speaks of, if it is known.
    fn find(&self, new: &NewPaper) -> Option<usize> {
        let by_id = new.arxiv_id.as_ref().and_then(|id| self.by_arxiv_id.get(id.as_str()));
        by_id.copied().or_else(|| {
            let &index = self.by_title.get(&text::title_key(new.title.as_deref()?))?;
            let is_one = new.arxiv_id.is_none() || self.slots[index].paper.arxiv_id.is_none();
            is_one.then_some(index)
        })
    }

    /// The place of the paper that `new` speaks of, and whether it was not known.
    fn take_in(&mut self, new: &NewPaper) -> Result<(usize, bool)> {
        self.namings.add(new);
        if let Some(index) = self.find(new) {
            let slot = &mut self.slots[index];
            slot.merge(new);
            if let Some(id) = slot.paper.arxiv_id.clone() {
                self.by_arxiv_id.insert(id, index);
            }
            return Ok((index, false));
        }
        let paper = self.new_row(new)?;
        let mut slot = Slot {
            paper,
            stored: None,
            is_changed: false,
            feature: Feature::None,
            attachments: Attachments::default(),
        };
        slot.merge(new);
        slot.attachments.words_changed();
        Ok((self.add(slot), true))
    }

    /// Finds out which of the papers that were known are not as they were stored.
    fn settle(&mut self) {
        for slot in &mut self.slots {
            let Some(stored) = &slot.stored else { continue };
            let is_featured = matches!(slot.feature, Feature::New(_) | Feature::Moved(_));
            slot.is_changed = is_featured || slot.paper != *stored || slot.attachments.differ();
            if slot.is_changed {
                slot.paper.changed_at = self.now;
            }
        }
    }

    fn new_row(&mut self, new: &NewPaper) -> Result<paper::Model> {
        let missing = |what: &str| Error::Internal(format!("a new paper without {what}"));
        let title = new.title.clone().ok_or_else(|| missing("a title"))?;
        let slug = attach::free_slug(new.arxiv_id.as_ref(), &title, &mut self.slugs);
        Ok(paper::Model {
            id: 0,
            slug,
            arxiv_id: None,
            title_key: text::title_key(&title),
            title,
            r#abstract: new.r#abstract.clone().unwrap_or_default(),
            summary: None,
            authors: StringList::default(),
            author_count: 0,
            organization_id: None,
            published_on: new.published_on.ok_or_else(|| missing("a day"))?,
            updated_on: None,
            project_url: None,
            repository_url: None,
            repository_stars: None,
            thumbnail_url: None,
            doi: None,
            media_urls: StringList::default(),
            submitter: None,
            participants: People::default(),
            said_version: None,
            said_on: None,
            withdrawn_on: None,
            source_upvotes: 0,
            source_comments: 0,
            upvotes: 0,
            comments: 0,
            trending: 0,
            hidden_at: None,
            created_at: self.now,
            changed_at: self.now,
        })
    }

    async fn write(&mut self, tx: &DatabaseTransaction) -> Result<()> {
        let organizations = self.namings.write(tx).await?;
        for slot in &mut self.slots {
            if let Some(slug) = slot.attachments.new_organization.take() {
                slot.paper.organization_id = organizations.get(&slug).copied();
            }
        }
        let is_new = |slot: &&mut Slot| slot.paper.id == 0;
        let known: HashSet<i64> = self.slots.iter().map(|slot| slot.paper.id).collect();
        let fresh: Vec<_> = self
            .slots
            .iter_mut()
            .filter(is_new)
            .map(|slot| {
                let mut row = slot.paper.clone().into_active_model().reset_all();
                row.id = NotSet;
                row
            })
            .collect();
        if !fresh.is_empty() {
            let rows = paper::Entity::insert_many(fresh).exec_with_returning(tx).await?;
            let mut ids: HashMap<String, i64> = rows.into_iter().map(|row| (row.slug, row.id)).collect();
            for slot in self.slots.iter_mut().filter(is_new) {
                slot.paper.id = ids
                    .remove(&slot.paper.slug)
                    .ok_or_else(|| Error::Internal("an inserted paper was not returned".to_owned()))?;
            }
        }
        let changed = self.slots.iter().filter(|slot| slot.is_changed);
        let changed: Vec<_> =
            changed.map(|slot| slot.paper.clone().into_active_model().reset_all()).collect();
        if !changed.is_empty() {
            // The votes and comments given here are no source's.
            let kept = |column: &paper::Column| {
                use paper::Column::{Comments, CreatedAt, Id, Upvotes};
                matches!(column, Id | CreatedAt | Upvotes | Comments)
            };
            let columns = <paper::Column as sea_orm::Iterable>::iter().filter(|column| !kept(column));
            let replace = OnConflict::column(paper::Column::Id).update_columns(columns).to_owned();
            paper::Entity::insert_many(changed).on_conflict(replace).exec_without_returning(tx).await?;
        }
        attach::write(tx, self.slots.iter().map(|slot| (&slot.paper, &slot.attachments))).await?;
        let (mut features, mut planned, mut moves) = (Vec::new(), Vec::new(), Vec::new());
        for slot in &self.slots {
            let paper_id = slot.paper.id;
            match &slot.feature {
                Feature::New(feature) if feature.opens_at > self.now => {
                    let is_new = !known.contains(&paper_id);
                    planned.push(PlannedPlace { paper_id, feature: feature.clone(), is_new });
                }
                Feature::New(feature) => features.push((paper_id, feature.clone())),
                Feature::Moved(feature) => moves.push((paper_id, feature.clone())),
                _ => {}
            }
        }
        feeds::opening::plan(tx, planned).await?;
        feeds::feature::record(tx, self.now, features).await?;
        feeds::feature::move_back(tx, self.now, moves).await
    }
}

/// Puts `new` in place of `old` where it says something, and there is nothing yet or it may.
fn replace<T>(old: &mut Option<T>, new: Option<T>, may: bool) {
    if new.is_some() && (may || old.is_none()) {
        *old = new;
    }
}

impl Slot {
    /// A corrected identifier takes the address of the paper along, where that was made of the wrong one.
    fn correct_identifier(&mut self, new: &NewPaper, slugs: &mut HashSet<String>) {
        let (Some(old), Some(id)) = (&self.paper.arxiv_id, &new.arxiv_id) else { return };
        if *old != id.as_str() && *old == self.paper.slug {
            self.paper.slug = attach::free_slug(Some(id), &self.paper.title, slugs);
        }
    }

    /// Empties what a curator emptied.
    fn clear(&mut self, cleared: Cleared) {
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

    /// Takes over what `new` says. Words that are older than those that are there only fill gaps.
    fn merge(&mut self, new: &NewPaper) {
        let may = self.is_no_older(new.said);
        self.merge_words(new, may);
        let paper = &mut self.paper;
        replace(&mut paper.arxiv_id, new.arxiv_id.as_ref().map(ToString::to_string), true);
        replace(&mut paper.summary, new.summary.clone(), may);
        replace(&mut paper.project_url, new.project_url.clone(), may);
        replace(&mut paper.repository_url, new.repository_url.clone(), may);
        replace(&mut paper.thumbnail_url, new.thumbnail_url.clone(), may);
        replace(&mut paper.doi, new.doi.clone(), may);
        replace(&mut paper.repository_stars, new.repository_stars, may);
        replace(&mut paper.updated_on, new.updated_on, may);
        replace(&mut paper.withdrawn_on, new.withdrawn_on, may);
        replace(&mut paper.submitter, new.submitter.clone(), may);
        if let Some(day) = new.published_on.filter(|_| may) {
            paper.published_on = day;
        }
        for (old, new) in [
            (&mut paper.source_upvotes, new.source_upvotes),
            (&mut paper.source_comments, new.source_comments),
        ] {
            *old = (*old).max(new.unwrap_or_default());
        }
        if !new.media_urls.is_empty() && (may || paper.media_urls.0.is_empty()) {
            paper.media_urls.0.clone_from(&new.media_urls);
        }
        if !new.participants.is_empty() && (may || paper.participants.0.is_empty()) {
            paper.participants.0.clone_from(&new.participants);
        }
        self.attachments.merge(new, may);
        if let Some(feature) = &new.feature {
            self.feature.merge(feature);
        }
        // What is derived follows; it changes only with its parts.
        let paper = &mut self.paper;
        paper.trending = ranking::trending(
            paper.source_upvotes.saturating_add(paper.upvotes),
            paper.source_comments.saturating_add(paper.comments),
            ranking::since(self.feature.featured_at(), paper.published_on),
        );
    }

    /// Whether words that are so new take the place of those that are there; if so, they are what the next ones are
    /// held against. Of a curator nothing is known, and their word counts.
    fn is_no_older(&mut self, said: Said) -> bool {
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
    fn merge_words(&mut self, new: &NewPaper, may: bool) {
        let paper = &mut self.paper;
        if let Some(title) = new.title.as_ref().filter(|title| may && **title != paper.title) {
            paper.title.clone_from(title);
            paper.title_key = text::title_key(title);
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
