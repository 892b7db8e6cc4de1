//! Counts of what was found, by category, organization, year and code.

use std::collections::HashMap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader, TantivyError};

use super::schema::column;

/// A kind of value that is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FacetKind {
    /// Category codes.
    Category,
    /// Organizations, by id.
    Organization,
    /// Years.
    Year,
    /// Documents with code.
    Code,
}

/// A value that is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FacetValue {
    /// A category code.
    Code(String),
    /// An organization's id, a year, or 1 for code.
    Number(u64),
}

/// Counts one kind of value over the documents that match.
#[derive(Clone, Copy, Debug)]
pub(super) struct FacetCollector(pub FacetKind);

/// Counts within a segment.
pub(super) enum SegmentCounts {
    Codes(Option<StrColumn>, Vec<u64>),
    Numbers(Column<u64>, HashMap<u64, u64>),
}

impl Collector for FacetCollector {
    type Fruit = HashMap<FacetValue, u64>;
    type Child = SegmentCounts;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> Result<SegmentCounts, TantivyError> {
        let columns = segment.fast_fields();
        let name = match self.0 {
            FacetKind::Category => {
                let column = columns.str(column::CATEGORY)?;
                let terms = column.as_ref().map_or(0, |column| column.num_terms());
                return Ok(SegmentCounts::Codes(column, vec![0; terms]));
            }
            FacetKind::Organization => column::ORGANIZATION_ID,
            FacetKind::Year => column::YEAR,
            FacetKind::Code => column::HAS_CODE,
        };
        Ok(SegmentCounts::Numbers(columns.u64(name)?, HashMap::new()))
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(
        &self,
        segments: Vec<Result<Self::Fruit, TantivyError>>,
    ) -> Result<Self::Fruit, TantivyError> {
        let mut all = HashMap::new();
        for counts in segments {
            for (value, count) in counts? {
                *all.entry(value).or_default() += count;
            }
        }
        Ok(all)
    }
}

impl SegmentCollector for SegmentCounts {
    type Fruit = Result<HashMap<FacetValue, u64>, TantivyError>;

    fn collect(&mut self, document: DocId, _: Score) {
        match self {
            Self::Codes(Some(column), counts) => {
                for term in column.term_ords(document) {
                    if let Some(count) = usize::try_from(term).ok().and_then(|term| counts.get_mut(term)) {
                        *count += 1;
                    }
                }
            }
            Self::Codes(None, _) => {}
            Self::Numbers(column, counts) => {
                for value in column.values_for_doc(document) {
                    *counts.entry(value).or_default() += 1;
                }
            }
        }
    }

    fn harvest(self) -> Self::Fruit {
        match self {
            Self::Codes(None, _) => Ok(HashMap::new()),
            Self::Codes(Some(column), counts) => {
                let mut found = HashMap::new();
                for (term, count) in (0..).zip(counts).filter(|(_, count)| *count > 0) {
                    let mut code = String::new();
                    column.ord_to_str(term, &mut code)?;
                    found.insert(FacetValue::Code(code), count);
                }
                Ok(found)
            }
            Self::Numbers(_, counts) => {
                Ok(counts.into_iter().map(|(value, count)| (FacetValue::Number(value), count)).collect())
            }
        }
    }
}
