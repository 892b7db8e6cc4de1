//! The upsert of papers in batches. Idempotent.
//!
//! Which statements are about one paper, [`identity`](super::identity) says.
//!
//! Always: several papers of a batch that are one count as changed only if the end differs from what was stored.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use entity::json::{People, StringList};
use entity::{featured_paper, paper, planned_feature};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::NotSet,
    ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
    sea_query::{ExprTrait as _, Func, IntoCondition as _, LockType, OnConflict},
};

use crate::locks::Lock;
use crate::papers::pending::PendingPaper;
use crate::papers::planned::PlannedPlace;
use crate::papers::relations::{self, PaperRelations};
use crate::papers::{feature, planned};
use crate::{Error, Result};

use super::cleared::Cleared;
use super::identity::{doi_key, may_be_one};
use super::naming::Namings;
use super::new_paper::NewPaper;
use super::place::Place;

/// The result for one paper of a batch.
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
pub struct UpsertResult {
    /// Its row id.
    pub paper_id: i64,
    /// The result.
    pub outcome: Outcome,
    /// The day whose feed the batch put it on, or is to put it on when it opens, if it was on none.
    pub featured_on: Option<NaiveDate>,
}

/// Writes a batch of cleaned and checked papers; at most 500, so that a transaction stays short. Returns what
/// became of each, in their order.
///
/// # Errors
/// If a paper that is not known lacks a title or a day.
pub async fn upsert(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    papers: &[NewPaper],
) -> Result<Vec<UpsertResult>> {
    Lock::Papers.hold(tx).await?;
    let mut batch = Batch::load(tx, now, papers).await?;
    let places = papers.iter().map(|paper| batch.take_in(paper)).collect::<Result<Vec<_>>>()?;
    batch.settle();
    batch.write(tx).await?;
    let written = |(slot, is_new): (usize, bool)| {
        let PendingPaper { paper, place, is_changed, .. } = &batch.slots[slot];
        let featured_on = match place {
            Place::New(feature) | Place::Replanned { feature, .. } => Some(feature.day),
            _ => None,
        };
        let outcome = match (is_new, is_changed) {
            (true, _) => Outcome::Created,
            (false, true) => Outcome::Updated,
            (false, false) => Outcome::Unchanged,
        };
        UpsertResult { paper_id: paper.id, outcome, featured_on }
    };
    Ok(places.into_iter().map(written).collect())
}

/// Changes the paper with this row id; what `new` does not say stays, what is `cleared` goes. Returns whether something
/// changed.
///
/// # Errors
/// If there is no such paper.
pub async fn update(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    paper_id: i64,
    new: &NewPaper,
    cleared: Cleared,
) -> Result<bool> {
    let mut batch = Batch::blank(now);
    batch.slugs = relations::taken_slugs(tx, std::slice::from_ref(new)).await?;
    batch.load_papers(tx, paper::Column::Id.eq(paper_id).into_condition()).await?;
    let slot = batch
        .slots
        .first_mut()
        .ok_or_else(|| Error::Internal("the paper to change is missing".to_owned()))?;
    slot.clear(cleared);
    slot.correct_identifier(new, &mut batch.slugs);
    slot.merge(new);
    batch.namings.add(new);
    batch.settle();
    let is_changed = batch.slots.iter().any(|slot| slot.is_changed);
    batch.write(tx).await?;
    Ok(is_changed)
}

struct Batch {
    now: DateTime<Utc>,
    slots: Vec<PendingPaper>,
    by_arxiv_id: HashMap<String, usize>,
    by_doi: HashMap<String, usize>,
    by_title: HashMap<String, Vec<usize>>,
    slugs: HashSet<String>,
    namings: Namings,
}

impl Batch {
    fn blank(now: DateTime<Utc>) -> Self {
        Self {
            now,
            slots: Vec::new(),
            by_arxiv_id: HashMap::new(),
            by_doi: HashMap::new(),
            by_title: HashMap::new(),
            slugs: HashSet::new(),
            namings: Namings::default(),
        }
    }

    async fn load(tx: &DatabaseTransaction, now: DateTime<Utc>, papers: &[NewPaper]) -> Result<Self> {
        let ids = papers.iter().filter_map(|paper| paper.arxiv_id.as_ref()).map(ToString::to_string);
        let titles = papers.iter().filter_map(|paper| paper.title.as_deref()).map(plain_text::title_key);
        let dois = papers.iter().filter_map(|paper| paper.doi.as_deref()).map(doi_key);
        let mut known = Condition::any()
            .add(paper::Column::ArxivId.is_in(ids))
            .add(paper::Column::TitleKey.is_in(titles));
        if papers.iter().any(|paper| paper.doi.is_some()) {
            known = known.add(Func::lower(paper::Column::Doi.into_expr()).is_in(dois));
        }
        let mut batch = Self::blank(now);
        batch.slugs = relations::taken_slugs(tx, papers).await?;
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
        let published = feature::last_published(tx).await?;
        let mut places: HashMap<i64, Place> =
            rows.iter().map(|row| (row.paper_id, Place::of(row, published))).collect();
        let planned = planned_feature::Entity::find()
            .filter(planned_feature::Column::PaperId.is_in(keys.clone()))
            .all(tx)
            .await?;
        for row in planned {
            places.entry(row.paper_id).or_insert_with(|| Place::planned(&row));
        }
        let mut attachments = relations::load(tx, &keys).await?;
        for paper in known {
            // No source puts a hidden paper on a feed, nor moves one that waits for its day.
            let is_hidden = paper.hidden_at.is_some();
            let place =
                if is_hidden { Place::Removed } else { places.remove(&paper.id).unwrap_or(Place::None) };
            let attachments = attachments.remove(&paper.id).unwrap_or_default();
            self.add(PendingPaper {
                stored: Some(paper.clone()),
                paper,
                is_changed: false,
                place,
                attachments,
            });
        }
        Ok(())
    }

    fn add(&mut self, slot: PendingPaper) -> usize {
        let index = self.slots.len();
        if let Some(id) = &slot.paper.arxiv_id {
            self.by_arxiv_id.insert(id.clone(), index);
        }
        self.by_title.entry(slot.paper.title_key.clone()).or_default().push(index);
        self.slots.push(slot);
        self.index_doi(index);
        index
    }

    /// Of several papers with one DOI, one without an arXiv identifier is the one to merge with.
    fn index_doi(&mut self, index: usize) {
        let Some(key) = self.slots[index].paper.doi.as_deref().map(doi_key) else { return };
        let other = self.by_doi.get(&key);
        if other.is_none_or(|&other| self.slots[other].paper.arxiv_id.is_some()) {
            self.by_doi.insert(key, index);
        }
    }

    /// The paper that `new` speaks of, if it is known.
    fn find(&self, new: &NewPaper) -> Option<usize> {
        let can_be_one =
            |index: &usize| new.arxiv_id.is_none() || self.slots[*index].paper.arxiv_id.is_none();
        let by_id = new.arxiv_id.as_ref().and_then(|id| self.by_arxiv_id.get(id.as_str()));
        by_id
            .or_else(|| self.by_doi.get(&doi_key(new.doi.as_deref()?)).filter(|&index| can_be_one(index)))
            .or_else(|| {
                let same_title = self.by_title.get(&plain_text::title_key(new.title.as_deref()?))?;
                let is_one = |index: &&usize| {
                    can_be_one(index) && may_be_one(&new.authors, &self.slots[**index].paper.authors.0)
                };
                // One without an identifier first.
                let is_open = |index: &&usize| self.slots[**index].paper.arxiv_id.is_none();
                let all = || same_title.iter().filter(is_one);
                all().find(is_open).or_else(|| all().next())
            })
            .copied()
    }

    /// The place of the paper that `new` speaks of, and whether it was not known.
    fn take_in(&mut self, new: &NewPaper) -> Result<(usize, bool)> {
        if let Some(index) = self.find(new) {
            let slot = &mut self.slots[index];
            if slot.merge(new) {
                self.namings.add(new);
            }
            if let Some(id) = slot.paper.arxiv_id.clone() {
                self.by_arxiv_id.insert(id, index);
            }
            self.index_doi(index);
            return Ok((index, false));
        }
        let paper = self.new_row(new)?;
        let mut slot = PendingPaper {
            paper,
            stored: None,
            is_changed: false,
            place: Place::None,
            attachments: PaperRelations::default(),
        };
        slot.merge(new);
        self.namings.add(new);
        slot.attachments.words_changed();
        Ok((self.add(slot), true))
    }

    /// Finds out which of the papers that were known are not as they were stored.
    fn settle(&mut self) {
        for slot in &mut self.slots {
            slot.settle(self.now);
        }
    }

    fn new_row(&mut self, new: &NewPaper) -> Result<paper::Model> {
        let missing = |what: &str| Error::Internal(format!("a new paper without {what}"));
        let title = new.title.clone().ok_or_else(|| missing("a title"))?;
        let slug = relations::free_slug(new.arxiv_id.as_ref(), &title, &mut self.slugs);
        let featured_on = new.feature.as_ref().map(|feature| Ord::min(feature.day, self.now.date_naive()));
        Ok(paper::Model {
            id: 0,
            slug,
            arxiv_id: None,
            title_key: plain_text::title_key(&title),
            title,
            r#abstract: new.r#abstract.clone().unwrap_or_default(),
            summary: None,
            authors: StringList::default(),
            author_count: 0,
            organization_id: None,
            published_on: new.published_on.or(featured_on).ok_or_else(|| missing("a day"))?,
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
            arxiv_version: None,
            arxiv_on: None,
            curated_fields: StringList::default(),
            said_before: StringList::default(),
            withdrawn_on: None,
            source_upvotes: 0,
            source_comments: 0,
            upvotes: 0,
            comments: 0,
            trending: 0,
            hidden_at: None,
            looked_up_at: None,
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
        let is_new = |slot: &&mut PendingPaper| slot.paper.id == 0;
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
        let changed = self.slots.iter().filter(|slot| slot.is_stale());
        let changed: Vec<_> =
            changed.map(|slot| slot.paper.clone().into_active_model().reset_all()).collect();
        if !changed.is_empty() {
            // Votes and comments given here are not a source's.
            let kept = |column: &paper::Column| {
                use paper::Column::{Comments, CreatedAt, Id, Upvotes};
                matches!(column, Id | CreatedAt | Upvotes | Comments)
            };
            let columns = <paper::Column as sea_orm::Iterable>::iter().filter(|column| !kept(column));
            let replace = OnConflict::column(paper::Column::Id).update_columns(columns).to_owned();
            paper::Entity::insert_many(changed).on_conflict(replace).exec_without_returning(tx).await?;
        }
        relations::write(tx, self.slots.iter().map(|slot| (&slot.paper, &slot.attachments))).await?;
        let (mut features, mut planned, mut moves, mut opened) = (vec![], vec![], vec![], vec![]);
        for slot in &self.slots {
            let (paper_id, Some(feature)) = (slot.paper.id, slot.place.given().cloned()) else { continue };
            match slot.place {
                Place::Moved(_) => moves.push((paper_id, feature)),
                Place::Replanned { is_new, .. } if feature.opens_at > self.now => {
                    planned.push(PlannedPlace { paper_id, feature, is_new });
                }
                _ if feature.opens_at > self.now => {
                    planned.push(PlannedPlace { paper_id, feature, is_new: !known.contains(&paper_id) });
                }
                Place::Replanned { .. } => {
                    opened.push(paper_id);
                    features.push((paper_id, feature));
                }
                _ => features.push((paper_id, feature)),
            }
        }
        planned::forget(tx, opened).await?;
        planned::plan(tx, planned).await?;
        feature::record(tx, self.now, features).await?;
        feature::move_back(tx, self.now, moves).await
    }
}
