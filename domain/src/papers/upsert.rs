//! Putting papers into the database, a batch at a time; a second time changes nothing.
//!
//! A paper is the one that has its arXiv identifier; a paper without one, here or in the batch, is the
//! one whose normalised title is the same. What a source does not say stays as it was. A paper is
//! featured once: the first day stands.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::json::StringList;
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
use super::new_paper::{NewFeature, NewPaper};
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
/// Where the database fails, or a paper that is not known lacks a title, an abstract or a day.
pub async fn upsert(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    papers: &[NewPaper],
) -> Result<Vec<Written>> {
    Lock::Papers.hold(tx).await?;
    let mut batch = Batch::load(tx, now, papers).await?;
    let places = papers.iter().map(|paper| batch.take_in(paper)).collect::<Result<Vec<_>>>()?;
    batch.write(tx).await?;
    let written = |(slot, outcome): (usize, Outcome)| {
        let Slot { paper, feature, .. } = &batch.slots[slot];
        let featured_on = if let Feature::New(feature) = feature { Some(feature.day) } else { None };
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
    batch.load_papers(tx, paper::Column::Id.eq(paper_id).into_condition()).await?;
    let slot =
        batch.slots.first_mut().ok_or_else(|| Error::Internal("the paper to change is gone".to_owned()))?;
    let is_changed = slot.clear(cleared) | slot.merge(new);
    slot.changed(is_changed, now);
    batch.write(tx).await?;
    Ok(is_changed)
}

/// One paper of the database, as it is to be after the batch.
struct Slot {
    /// The row; id 0 until it is inserted.
    paper: paper::Model,
    is_changed: bool,
    /// Set once the paper is on a feed, and by what it got there.
    feature: Feature,
    attachments: Attachments,
}

enum Feature {
    None,
    Stored(DateTime<Utc>),
    /// Waits for its day.
    Planned,
    /// Taken off by a curator; no source puts it back.
    Removed,
    New(NewFeature),
}

impl Feature {
    fn featured_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::None | Self::Removed | Self::Planned => None,
            Self::Stored(at) => Some(*at),
            Self::New(feature) => Some(feature.featured_at),
        }
    }
}

struct Batch {
    now: DateTime<Utc>,
    slots: Vec<Slot>,
    by_arxiv_id: HashMap<String, usize>,
    by_title: HashMap<String, usize>,
    slugs: HashSet<String>,
}

impl Batch {
    fn blank(now: DateTime<Utc>) -> Self {
        let slugs = HashSet::new();
        Self { now, slots: Vec::new(), by_arxiv_id: HashMap::new(), by_title: HashMap::new(), slugs }
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
        let mut featured: HashMap<i64, Feature> = featured_paper::Entity::find()
            .filter(featured_paper::Column::PaperId.is_in(keys.clone()))
            .all(tx)
            .await?
            .into_iter()
            .map(|row| {
                let is_there = row.removed_at.is_none();
                (row.paper_id, if is_there { Feature::Stored(row.featured_at) } else { Feature::Removed })
            })
            .collect();
        let planned = planned_feature::Entity::find()
            .filter(planned_feature::Column::PaperId.is_in(keys.clone()))
            .all(tx)
            .await?;
        for row in planned {
            featured.entry(row.paper_id).or_insert(Feature::Planned);
        }
        let mut attachments = attach::load(tx, &keys).await?;
        for paper in known {
            // No source puts a hidden paper on a feed.
            let unfeatured = if paper.hidden_at.is_some() { Feature::Removed } else { Feature::None };
            let feature = featured.remove(&paper.id).unwrap_or(unfeatured);
            let attachments = attachments.remove(&paper.id).unwrap_or_default();
            self.add(Slot { paper, is_changed: false, feature, attachments });
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

    fn take_in(&mut self, new: &NewPaper) -> Result<(usize, Outcome)> {
        if let Some(index) = self.find(new) {
            let slot = &mut self.slots[index];
            let is_changed = slot.take_over(new, self.now);
            if let Some(id) = slot.paper.arxiv_id.clone() {
                self.by_arxiv_id.insert(id, index);
            }
            return Ok((index, if is_changed { Outcome::Updated } else { Outcome::Unchanged }));
        }
        let paper = self.new_row(new)?;
        let mut slot =
            Slot { paper, is_changed: false, feature: Feature::None, attachments: Attachments::default() };
        slot.merge(new);
        slot.attachments.words_changed();
        Ok((self.add(slot), Outcome::Created))
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
            r#abstract: new.r#abstract.clone().ok_or_else(|| missing("an abstract"))?,
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
        let mut organizations =
            attach::organizations(tx, self.slots.iter().map(|slot| &slot.attachments)).await?;
        for slot in &mut self.slots {
            if let Some(new) = slot.attachments.new_organization.take() {
                slot.paper.organization_id = organizations.remove(&new.slug).inspect(|id| {
                    organizations.insert(new.slug, *id);
                });
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
        let (mut features, mut planned) = (Vec::new(), Vec::new());
        for slot in &self.slots {
            let Feature::New(feature) = &slot.feature else { continue };
            let (paper_id, feature) = (slot.paper.id, feature.clone());
            if feature.opens_at > self.now {
                planned.push(PlannedPlace { paper_id, feature, is_new: !known.contains(&paper_id) });
            } else {
                features.push((paper_id, feature));
            }
        }
        feeds::opening::plan(tx, planned).await?;
        feeds::feature::record(tx, self.now, features).await
    }
}

/// Puts `new` in place of `old` where it says something else; answers whether it did.
fn replace<T: PartialEq>(old: &mut T, new: Option<T>) -> bool {
    match new {
        Some(new) if *old != new => {
            *old = new;
            true
        }
        _ => false,
    }
}

impl Slot {
    /// Merges what is said of a known paper; answers whether something changed.
    fn take_over(&mut self, new: &NewPaper, now: DateTime<Utc>) -> bool {
        let is_changed = self.merge(new);
        self.changed(is_changed, now);
        is_changed
    }

    fn changed(&mut self, is_changed: bool, now: DateTime<Utc>) {
        if is_changed {
            self.is_changed = true;
            self.paper.changed_at = now;
        }
    }

    /// Empties what a curator emptied; answers whether something changed.
    fn clear(&mut self, cleared: Cleared) -> bool {
        let paper = &mut self.paper;
        let texts = [
            (cleared.summary, &mut paper.summary),
            (cleared.project_url, &mut paper.project_url),
            (cleared.repository_url, &mut paper.repository_url),
            (cleared.thumbnail_url, &mut paper.thumbnail_url),
        ];
        let mut is_changed = false;
        for (is_cleared, text) in texts {
            is_changed |= is_cleared && text.take().is_some();
        }
        if cleared.organization && paper.organization_id.take().is_some() {
            is_changed = true;
        }
        if cleared.authors && !paper.authors.0.is_empty() {
            paper.authors.0.clear();
            paper.author_count = 0;
            self.attachments.authors_changed();
            is_changed = true;
        }
        is_changed | self.attachments.clear(cleared)
    }

    fn merge(&mut self, new: &NewPaper) -> bool {
        let paper = &mut self.paper;
        let mut is_changed =
            replace(&mut paper.arxiv_id, new.arxiv_id.as_ref().map(|id| Some(id.to_string())));
        if replace(&mut paper.title, new.title.clone())
            | replace(&mut paper.r#abstract, new.r#abstract.clone())
        {
            paper.title_key = text::title_key(&paper.title);
            self.attachments.words_changed();
            is_changed = true;
        }
        let some = |text: &Option<String>| text.clone().map(Some);
        is_changed |= replace(&mut paper.summary, some(&new.summary));
        is_changed |= replace(&mut paper.project_url, some(&new.project_url));
        is_changed |= replace(&mut paper.repository_url, some(&new.repository_url));
        is_changed |= replace(&mut paper.thumbnail_url, some(&new.thumbnail_url));
        is_changed |= replace(&mut paper.doi, some(&new.doi));
        is_changed |= replace(&mut paper.repository_stars, new.repository_stars.map(Some));
        is_changed |= replace(&mut paper.published_on, new.published_on);
        is_changed |= replace(&mut paper.updated_on, new.updated_on.map(Some));
        is_changed |= replace(&mut paper.withdrawn_on, new.withdrawn_on.map(Some));
        is_changed |= replace(&mut paper.source_upvotes, new.source_upvotes);
        is_changed |= replace(&mut paper.source_comments, new.source_comments);
        if !new.authors.is_empty() && replace(&mut paper.authors.0, Some(new.authors.clone())) {
            self.attachments.authors_changed();
            is_changed = true;
        }
        let named = i32::try_from(paper.authors.0.len()).unwrap_or(i32::MAX);
        let count =
            new.author_count.unwrap_or(if new.authors.is_empty() { paper.author_count } else { named });
        is_changed |= replace(&mut paper.author_count, Some(count.max(named)));
        is_changed |= self.attachments.merge(new);
        if let (Feature::None, Some(feature)) = (&self.feature, &new.feature) {
            self.feature = Feature::New(feature.clone());
            is_changed = true;
        }
        // What is derived follows; it changes only with its parts.
        paper.trending = ranking::trending(
            paper.source_upvotes.saturating_add(paper.upvotes),
            paper.source_comments.saturating_add(paper.comments),
            ranking::since(self.feature.featured_at(), paper.published_on),
        );
        is_changed
    }
}
