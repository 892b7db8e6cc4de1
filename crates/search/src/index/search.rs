//! Searching the word index.
//!
//! The best documents by `text` are found first; then what their titles have of the words is added, and they are
//! ordered anew. Ties are broken by id, the newest first, so that an order is the same wherever it is made.

use tantivy::collector::{Count, TopDocs};
use tantivy::query::{AllQuery, EnableScoring, Query, TermQuery};
use tantivy::schema::{IndexRecordOption, Term};
use tantivy::{DocAddress, DocSet as _, Order, Searcher, TERMINATED, TantivyError};

use super::facets::{FacetCollector, FacetKind, FacetValue};
use super::filter::Filter;
use super::plan::{self, Plan, PlannedWord, plan};
use super::schema::{Fields, column};
use super::spelling::Correction;
use super::suggest::{self, AuthorSuggestion};
use crate::cover::QueryWords;
use crate::ids::IdSet;
use crate::query::Query as TypedQuery;

/// What a word of a title counts, beside the same word in the whole text. Measured on three collections: 1 and more hurt.
const TITLE_WEIGHT: f32 = 0.3;

/// Documents that are looked at for their titles, for each that is asked for.
const CANDIDATES: usize = 2;

/// A document with its score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Its id.
    pub id: u64,
    /// BM25; 0 if the query has nothing that ranks.
    pub score: f32,
}

/// What a search by words found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WordHits {
    /// The best first.
    pub hits: Vec<Hit>,
    /// Words that no document has, with what was searched instead.
    pub corrections: Vec<Correction>,
}

/// The index as it was at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    pub(super) searcher: Searcher,
    pub(super) fields: Fields,
    pub(super) epoch: u32,
}

impl Snapshot {
    /// The number of documents.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.searcher.num_docs()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Which state of the index this is: another after each change that became visible.
    #[must_use]
    pub fn generation(&self) -> u64 {
        (u64::from(self.epoch) << 32) + self.searcher.generation().generation_id()
    }

    /// The best `limit` documents.
    ///
    /// # Errors
    /// A file of the index that cannot be read.
    pub fn search(
        &self,
        query: &TypedQuery,
        filter: &Filter,
        limit: usize,
    ) -> Result<WordHits, TantivyError> {
        let plan = plan(&self.searcher, &self.fields, query, filter)?;
        let corrections = plan.corrections.clone();
        let hits =
            if plan.is_scored { self.best(&plan, limit)? } else { self.newest(plan.query.as_ref(), limit)? };
        Ok(WordHits { hits, corrections })
    }

    /// The number of documents that match.
    ///
    /// # Errors
    /// As [`Snapshot::search`].
    pub fn count(&self, query: &TypedQuery, filter: &Filter) -> Result<usize, TantivyError> {
        let plan = plan(&self.searcher, &self.fields, query, filter)?;
        self.searcher.search(&plan.query, &Count)
    }

    /// The scores by words of these documents; 0 for one that does not match.
    ///
    /// # Errors
    /// As [`Snapshot::search`].
    pub fn scores(&self, query: &TypedQuery, ids: &[u64]) -> Result<Vec<f32>, TantivyError> {
        let set: IdSet = ids.iter().copied().collect();
        let filter = Filter { ids: Some(set.into()), ..Filter::default() };
        let found = self.search(query, &filter, ids.len())?;
        let score = |id: &u64| found.hits.iter().find(|hit| hit.id == *id).map_or(0.0, |hit| hit.score);
        Ok(ids.iter().map(score).collect())
    }

    /// The words of a query, by which to tell what a document covers of it.
    ///
    /// # Errors
    /// As [`Snapshot::search`].
    pub fn query_words(&self, query: &TypedQuery) -> Result<QueryWords, TantivyError> {
        Ok(QueryWords::new(plan::counted_words(&self.searcher, &self.fields, query)?, self.len()))
    }

    /// The number of documents for each value of one kind, the most frequent first. The filter's own conditions of that
    /// kind are left out, so that the other values can be chosen.
    ///
    /// # Errors
    /// As [`Snapshot::search`].
    pub fn facets(
        &self,
        query: &TypedQuery,
        filter: &Filter,
        kind: FacetKind,
        limit: usize,
    ) -> Result<Vec<(FacetValue, u64)>, TantivyError> {
        let plan = plan(&self.searcher, &self.fields, query, &filter.without(kind))?;
        let counts = self.searcher.search(&plan.query, &FacetCollector(kind))?;
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts.truncate(limit);
        Ok(counts)
    }

    /// The ids of all documents.
    ///
    /// # Errors
    /// As [`Snapshot::search`].
    pub fn ids(&self) -> Result<IdSet, TantivyError> {
        self.ids_of(&AllQuery)
    }

    /// The documents that have what a query and a filter ask for beside plain words: phrases, fields and conditions.
    /// `None` if they ask for nothing else.
    ///
    /// # Errors
    /// As [`Snapshot::search`].
    pub fn narrowed(&self, query: &TypedQuery, filter: &Filter) -> Result<Option<IdSet>, TantivyError> {
        let query = plan::narrowing(&self.fields, query, filter);
        query.map(|query| self.ids_of(query.as_ref())).transpose()
    }

    fn ids_of(&self, query: &dyn Query) -> Result<IdSet, TantivyError> {
        let weight = query.weight(EnableScoring::disabled_from_searcher(&self.searcher))?;
        let mut ids = IdSet::default();
        for segment in self.searcher.segment_readers() {
            let column = segment.fast_fields().u64(column::ID)?;
            weight.for_each_no_score(segment, &mut |documents| {
                for &document in documents {
                    if segment.alive_bitset().is_none_or(|alive| alive.is_alive(document))
                        && let Some(id) = column.first(document)
                    {
                        ids.insert(id);
                    }
                }
            })?;
        }
        Ok(ids)
    }

    /// Names of authors that go on from what was typed.
    ///
    /// # Errors
    /// As [`Snapshot::search`].
    pub fn suggest_authors(&self, typed: &str, limit: usize) -> Result<Vec<AuthorSuggestion>, TantivyError> {
        suggest::authors(&self.searcher, &self.fields, typed, limit)
    }

    /// Documents whose titles hold what was typed, the last word of which may be unfinished.
    ///
    /// # Errors
    /// As [`Snapshot::search`].
    pub fn suggest_titles(&self, typed: &str, limit: usize) -> Result<Vec<u64>, TantivyError> {
        suggest::titles(&self.searcher, &self.fields, typed, limit)
    }

    /// Documents without anything that ranks: the newest, by id.
    fn newest(&self, query: &dyn Query, limit: usize) -> Result<Vec<Hit>, TantivyError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let newest = TopDocs::with_limit(limit).order_by_u64_field(column::ID, Order::Desc);
        let found = self.searcher.search(query, &newest)?;
        Ok(found.into_iter().filter_map(|(id, _)| Some(Hit { id: id?, score: 0.0 })).collect())
    }

    fn best(&self, plan: &Plan, limit: usize) -> Result<Vec<Hit>, TantivyError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let best = TopDocs::with_limit(limit.saturating_mul(CANDIDATES)).order_by_score();
        let mut found = self.searcher.search(&plan.query, &best)?;
        // By document, as the postings of titles are read.
        found.sort_unstable_by_key(|(_, document)| *document);
        for word in &plan.words {
            self.add_title(word, &mut found)?;
        }
        let mut hits = Vec::with_capacity(found.len());
        for of_segment in found.chunk_by(|(_, a), (_, b)| a.segment_ord == b.segment_ord) {
            let Some((_, first)) = of_segment.first() else { continue };
            let ids = self.searcher.segment_reader(first.segment_ord).fast_fields().u64(column::ID)?;
            let hit = |(score, document): &(f32, DocAddress)| {
                ids.first(document.doc_id).map(|id| Hit { id, score: *score })
            };
            hits.extend(of_segment.iter().filter_map(hit));
        }
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| b.id.cmp(&a.id)));
        hits.truncate(limit);
        Ok(hits)
    }

    /// Adds what a word in the title counts to documents in the order of their addresses.
    fn add_title(&self, word: &PlannedWord, found: &mut [(f32, DocAddress)]) -> Result<(), TantivyError> {
        let term = Term::from_field_text(self.fields.title, &word.stem);
        let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
        let weight = query.weight(EnableScoring::enabled_from_searcher(&self.searcher))?;
        let mut rest = found;
        while let Some(segment_ord) = rest.first().map(|(_, document)| document.segment_ord) {
            let end = rest.partition_point(|(_, document)| document.segment_ord == segment_ord);
            let (of_segment, after) = rest.split_at_mut(end);
            let mut scorer =
                weight.scorer(self.searcher.segment_reader(segment_ord), TITLE_WEIGHT * word.weight)?;
            for (score, document) in of_segment {
                if scorer.doc() < document.doc_id && scorer.seek(document.doc_id) == TERMINATED {
                    break;
                }
                if scorer.doc() == document.doc_id {
                    *score += scorer.score();
                }
            }
            rest = after;
        }
        Ok(())
    }
}
