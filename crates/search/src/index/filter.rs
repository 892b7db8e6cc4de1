//! Conditions that narrow a search and do not rank it.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use tantivy::query::doc_predicate_query::{DocPredicateQuery, FunctionPredicate};
use tantivy::query::{BooleanQuery, ConstScoreQuery, EmptyQuery, Occur, Query, RangeQuery, TermQuery};
use tantivy::schema::{IndexRecordOption, Term};
use tantivy::{DocId, SegmentReader};

use super::facets::FacetKind;
use super::schema::{Fields, column};
use crate::ids::IdSet;
use crate::query::{Query as TypedQuery, Years};

/// Conditions on documents. Every one narrows; what is empty does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// In one of these categories or archives.
    pub categories: Vec<String>,
    /// In none of these.
    pub exclude_categories: Vec<String>,
    /// Of one of these organizations, by id.
    pub organization_ids: Option<BTreeSet<u64>>,
    /// Published in these years.
    pub years: Option<Years>,
    /// Published on this day or later, in days since 1970-01-01.
    pub from_day: Option<i64>,
    /// Published on this day or earlier.
    pub to_day: Option<i64>,
    /// With, or without, code.
    pub has_code: Option<bool>,
    /// One of these documents, as somebody else found them.
    pub ids: Option<Arc<IdSet>>,
}

impl Filter {
    /// What a typed query asks for beside its words. Of several categories a document has any.
    pub(super) fn typed(query: &TypedQuery) -> Self {
        let categories = |is_excluded| {
            let clauses = query.categories.iter().filter(move |clause| clause.is_excluded == is_excluded);
            clauses.map(|clause| clause.code.clone()).collect()
        };
        Self {
            categories: categories(false),
            exclude_categories: categories(true),
            years: query.years,
            has_code: query.has_code,
            ..Self::default()
        }
    }

    /// Without conditions of one kind.
    #[must_use]
    pub(super) fn without(&self, kind: FacetKind) -> Self {
        let mut filter = self.clone();
        match kind {
            FacetKind::Category => filter.categories.clear(),
            FacetKind::Organization => filter.organization_ids = None,
            FacetKind::Year => (filter.years, filter.from_day, filter.to_day) = (None, None, None),
            FacetKind::Code => filter.has_code = None,
        }
        filter
    }

    /// The clauses for a query of the index.
    pub(super) fn clauses(&self, fields: &Fields) -> Vec<(Occur, Box<dyn Query>)> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        if !self.categories.is_empty() {
            clauses.push((Occur::Must, any_category(fields, &self.categories)));
        }
        if !self.exclude_categories.is_empty() {
            clauses.push((Occur::MustNot, any_category(fields, &self.exclude_categories)));
        }
        if let Some(ids) = &self.organization_ids {
            clauses.push((
                Occur::Must,
                any(ids.iter().map(|&id| Term::from_field_u64(fields.organization_id, id))),
            ));
        }
        if let Some(years) = self.years.filter(|years| years.first.is_some() || years.last.is_some()) {
            let bound = |year: Option<u16>| {
                year.map_or(Bound::Unbounded, |year| {
                    Bound::Included(Term::from_field_u64(fields.year, u64::from(year)))
                })
            };
            clauses.push((
                Occur::Must,
                silent(Box::new(RangeQuery::new(bound(years.first), bound(years.last)))),
            ));
        }
        if self.from_day.is_some() || self.to_day.is_some() {
            let bound = |day: Option<i64>| {
                day.map_or(Bound::Unbounded, |day| Bound::Included(Term::from_field_i64(fields.day, day)))
            };
            clauses.push((
                Occur::Must,
                silent(Box::new(RangeQuery::new(bound(self.from_day), bound(self.to_day)))),
            ));
        }
        if let Some(has_code) = self.has_code {
            let term = Term::from_field_u64(fields.has_code, u64::from(has_code));
            clauses.push((Occur::Must, any([term])));
        }
        if let Some(ids) = &self.ids {
            clauses.push((Occur::Must, among(Arc::clone(ids))));
        }
        clauses
    }
}

fn any_category(fields: &Fields, codes: &[String]) -> Box<dyn Query> {
    any(codes.iter().map(|code| Term::from_field_text(fields.category_key, &code.to_lowercase())))
}

/// Documents with any of these terms, without a score.
pub(super) fn any(terms: impl IntoIterator<Item = Term>) -> Box<dyn Query> {
    let mut clauses: Vec<(Occur, Box<dyn Query>)> = terms
        .into_iter()
        .map(|term| {
            (Occur::Should, Box::new(TermQuery::new(term, IndexRecordOption::Basic)) as Box<dyn Query>)
        })
        .collect();
    match clauses.len() {
        0 => Box::new(EmptyQuery),
        1 => silent(clauses.remove(0).1),
        _ => silent(Box::new(BooleanQuery::new(clauses))),
    }
}

/// A query that adds nothing to a score.
pub(super) fn silent(query: Box<dyn Query>) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

/// Documents whose id is in a set.
fn among(ids: Arc<IdSet>) -> Box<dyn Query> {
    let predicate = FunctionPredicate::from(move |segment: &SegmentReader| {
        let column = segment.fast_fields().u64(column::ID)?;
        let ids = Arc::clone(&ids);
        Ok(move |document: DocId| column.first(document).is_some_and(|id| ids.contains(id)))
    });
    silent(Box::new(DocPredicateQuery::from(predicate)))
}
