//! The upsert of papers in batches. Idempotent.
//!
//! Which statements are about one paper, [`identity`](super::identity) says.
//!
//! Always: several papers of a batch that are one count as changed only if the end differs from what was stored.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};
use db::insert_rows;
use entity::json::{People, StringList};
use entity::{featured_paper, paper, planned_feature};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::NotSet,
    ColumnTrait as _, Condition, DatabaseTransaction, EntityTrait as _, IntoActiveModel as _,
    QueryFilter as _, QuerySelect as _,
    sea_query::{Expr, ExprTrait as _, Func, IntoCondition as _, LockType, OnConflict},
};

use crate::locks::Lock;
use crate::papers::pending::PendingPaper;
use crate::papers::planned::PlannedPlace;
use crate::papers::relations::{self, ChangedRelations, PaperRelations};
use crate::papers::{feature, planned};
use crate::{Error, Result};

use super::cleared::Cleared;
use super::identity::{doi_key, may_be_one};
use super::naming::Namings;
use super::new_paper::NewPaper;
use super::place::Place;
use super::prepared::PreparedPaper;
use super::repeated;

/// Changed papers in one statement, below the parameter limit of every database.
const MAX_CHANGED_PER_STATEMENT: usize = 500;

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

/// Writes a batch of cleaned and checked papers; at most some 2,000, so that a transaction stays short. Returns what
/// became of each, in their order.
///
/// # Errors
/// If a paper that is not known lacks a title or a day.
pub async fn upsert(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    papers: &[&PreparedPaper],
) -> Result<Vec<UpsertResult>> {
    Lock::Papers.hold(tx).await?;
    let repeated = repeated::find(tx, papers).await?;
    let news = papers.iter().enumerate().filter(|(place, _)| !repeated.contains_key(place));
    let news: Vec<&PreparedPaper> = news.map(|(_, paper)| *paper).collect();
    let mut batch = Batch::load(tx, now, &news).await?;
    let mut places = Vec::with_capacity(papers.len());
    for (place, paper) in papers.iter().enumerate() {
        places.push(match repeated.get(&place) {
            // If another statement of the batch is about the same paper, its end is that of both.
            Some(&paper_id) if !batch.has_loaded(paper) => TakenIn::Repeated { paper_id },
            _ => batch.take_in(paper)?,
        });
    }
    batch.settle();
    batch.write(tx).await?;
    let written = |taken_in| {
        let (slot, is_new) = match taken_in {
            TakenIn::Repeated { paper_id } => {
                return UpsertResult { paper_id, outcome: Outcome::Unchanged, featured_on: None };
            }
            TakenIn::Slot { slot, is_new } => (slot, is_new),
        };
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
    let new = &PreparedPaper::new(new.clone());
    let mut batch = Batch::blank(now);
    batch.slugs = relations::taken_slugs(tx, &[new]).await?;
    let known = lock_papers(tx, paper::Column::Id.eq(paper_id).into_condition()).await?;
    batch.load_papers(tx, known).await?;
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

/// What became of a statement of a batch.
#[derive(Clone, Copy, Debug)]
enum TakenIn {
    /// It was taken in before.
    Repeated { paper_id: i64 },
    /// It is about the paper of a slot, which may not have been known.
    Slot { slot: usize, is_new: bool },
}

/// The papers that a condition is true of. Locked, so that votes and curators' changes wait for the batch instead of
/// being lost in it.
async fn lock_papers(tx: &DatabaseTransaction, which: Condition) -> Result<Vec<paper::Model>> {
    Ok(paper::Entity::find().filter(which).lock(LockType::NoKeyUpdate).all(tx).await?)
}

/// The papers that have the title or the DOI of any of these. One that has an arXiv identifier of its own is none that
/// another identifier speaks of. The identifier is wrapped, so that no database looks for papers without one; each
/// alternative has a column with an index, so that SQLite reads no others.
fn has_title_or_doi_of(papers: &[&PreparedPaper]) -> Condition {
    let (identified, other): (Vec<&PreparedPaper>, Vec<&PreparedPaper>) =
        papers.iter().copied().partition(|paper| paper.arxiv_id.is_some());
    let mut any = Condition::any();
    for (papers, is_identified) in [(identified, true), (other, false)] {
        let titles: Vec<&str> =
            papers.iter().filter_map(|paper| paper.folded().title_key.as_deref()).collect();
        let dois: Vec<String> = papers.iter().filter_map(|paper| paper.doi.as_deref()).map(doi_key).collect();
        let has_title = (!titles.is_empty()).then(|| paper::Column::TitleKey.is_in(titles));
        let has_doi = (!dois.is_empty()).then(|| Func::lower(paper::Column::Doi.into_expr()).is_in(dois));
        for has in has_title.into_iter().chain(has_doi) {
            let all = Condition::all().add(has);
            let is_unidentified = || Expr::cust("COALESCE(arxiv_id, '') = ''");
            any = any.add(if is_identified { all.add(is_unidentified()) } else { all });
        }
    }
    // Without titles and DOIs it is none, and not all.
    if any.is_empty() { any.add(Expr::cust("1 = 2")) } else { any }
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

    /// Loads the papers that any of `papers` may be about, as [`identity`](super::identity) has it. Most are found by
    /// their identifiers; titles and DOIs are looked up for the others alone.
    async fn load(tx: &DatabaseTransaction, now: DateTime<Utc>, papers: &[&PreparedPaper]) -> Result<Self> {
        let mut batch = Self::blank(now);
        let ids: Vec<&str> =
            papers.iter().filter_map(|paper| Some(paper.arxiv_id.as_ref()?.as_str())).collect();
        let mut known = if ids.is_empty() {
            Vec::new()
        } else {
            lock_papers(tx, paper::Column::ArxivId.is_in(ids).into_condition()).await?
        };
        let known_ids: HashSet<&str> = known.iter().filter_map(|paper| paper.arxiv_id.as_deref()).collect();
        let is_open =
            |paper: &PreparedPaper| paper.arxiv_id.as_ref().is_none_or(|id| !known_ids.contains(id.as_str()));
        let open: Vec<&PreparedPaper> = papers.iter().copied().filter(|paper| is_open(paper)).collect();
        if !open.is_empty() {
            let alike = lock_papers(tx, has_title_or_doi_of(&open)).await?;
            let loaded: HashSet<i64> = known.iter().map(|paper| paper.id).collect();
            known.extend(alike.into_iter().filter(|paper| !loaded.contains(&paper.id)));
        }
        let open: Vec<&NewPaper> = open.into_iter().map(|paper| &**paper).collect();
        batch.slugs = relations::taken_slugs(tx, &open).await?;
        known.sort_unstable_by_key(|paper| paper.id);
        batch.load_papers(tx, known).await?;
        Ok(batch)
    }

    async fn load_papers(&mut self, tx: &DatabaseTransaction, known: Vec<paper::Model>) -> Result<()> {
        if known.is_empty() {
            return Ok(());
        }
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

    /// Whether the paper with the identifier of `new` is in the batch.
    fn has_loaded(&self, new: &NewPaper) -> bool {
        new.arxiv_id.as_ref().is_some_and(|id| self.by_arxiv_id.contains_key(id.as_str()))
    }

    /// The paper that `new` speaks of, if it is known.
    fn find(&self, new: &PreparedPaper) -> Option<usize> {
        let can_be_one =
            |index: &usize| new.arxiv_id.is_none() || self.slots[*index].paper.arxiv_id.is_none();
        let by_id = new.arxiv_id.as_ref().and_then(|id| self.by_arxiv_id.get(id.as_str()));
        by_id
            .or_else(|| self.by_doi.get(&doi_key(new.doi.as_deref()?)).filter(|&index| can_be_one(index)))
            .or_else(|| {
                let same_title = self.by_title.get(new.folded().title_key.as_deref()?)?;
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

    /// Takes in what `new` says, of a paper that is known or not.
    fn take_in(&mut self, new: &PreparedPaper) -> Result<TakenIn> {
        if let Some(index) = self.find(new) {
            let slot = &mut self.slots[index];
            if slot.merge(new) {
                self.namings.add(new);
            }
            if let Some(id) = slot.paper.arxiv_id.clone() {
                self.by_arxiv_id.insert(id, index);
            }
            self.index_doi(index);
            return Ok(TakenIn::Slot { slot: index, is_new: false });
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
        slot.attachments.title_changed(new);
        slot.attachments.abstract_changed(new);
        Ok(TakenIn::Slot { slot: self.add(slot), is_new: true })
    }

    /// Finds out which of the papers that were known are not as they were stored.
    fn settle(&mut self) {
        for slot in &mut self.slots {
            slot.settle(self.now);
        }
    }

    fn new_row(&mut self, new: &PreparedPaper) -> Result<paper::Model> {
        let missing = |what: &str| Error::Internal(format!("a new paper without {what}"));
        let title = new.title.clone().ok_or_else(|| missing("a title"))?;
        let slug = relations::free_slug(new.arxiv_id.as_ref(), &title, &mut self.slugs);
        let featured_on = new.feature.as_ref().map(|feature| Ord::min(feature.day, self.now.date_naive()));
        Ok(paper::Model {
            id: 0,
            slug,
            arxiv_id: None,
            title_key: new.folded().title_key.clone().unwrap_or_default(),
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
            let rows = insert_rows(tx, fresh, &["slug", "id"]).await?;
            let ids = rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)));
            let mut ids: HashMap<String, i64> = ids.collect::<Result<_>>()?;
            for slot in self.slots.iter_mut().filter(is_new) {
                slot.paper.id = ids
                    .remove(&slot.paper.slug)
                    .ok_or_else(|| Error::Internal("an inserted paper was not returned".to_owned()))?;
            }
        }
        let changed = self.slots.iter().filter(|slot| slot.is_stale());
        let changed: Vec<_> =
            changed.map(|slot| slot.paper.clone().into_active_model().reset_all()).collect();
        for chunk in changed.chunks(MAX_CHANGED_PER_STATEMENT) {
            // Votes and comments given here are not a source's.
            let kept = |column: &paper::Column| {
                use paper::Column::{Comments, CreatedAt, Id, Upvotes};
                matches!(column, Id | CreatedAt | Upvotes | Comments)
            };
            let columns = <paper::Column as sea_orm::Iterable>::iter().filter(|column| !kept(column));
            let replace = OnConflict::column(paper::Column::Id).update_columns(columns).to_owned();
            paper::Entity::insert_many(chunk.to_vec())
                .on_conflict(replace)
                .exec_without_returning(tx)
                .await?;
        }
        let relations = self.slots.iter().map(|slot| ChangedRelations {
            paper: &slot.paper,
            relations: &slot.attachments,
            is_new: slot.stored.is_none(),
        });
        relations::write(tx, relations).await?;
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
