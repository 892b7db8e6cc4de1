//! What a search is asked and what it answers.

use std::sync::OnceLock;

use search::highlight::Highlighter;
use search::index::{Correction, FacetValue, Filter};
use search::query::Query;
use search::text::tokens;

use crate::papers::PaperFilter;

/// How papers are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// By words.
    Keyword,
    /// By meaning.
    Semantic,
    /// By both.
    Hybrid,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SearchRequest {
    /// As it was typed.
    pub query: String,
    /// How.
    pub mode: Mode,
    /// Narrowed to these.
    pub filter: PaperFilter,
}

/// Something about a list that its reader ought to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Notice {
    /// No model is installed: papers were found by words.
    NoModel,
    /// There are no words whose meaning could be compared: papers were found by words.
    NoTopic,
    /// Not all papers are indexed yet.
    Incomplete,
}

/// A paper of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RankedPaper {
    /// The paper.
    pub paper_id: i64,
    /// What it is ordered by.
    pub score: f32,
    /// BM25 of its words; `None` if they were not asked for, or none matches.
    pub words: Option<f32>,
    /// The cosine of its meaning and the query's; `None` if it was not compared.
    pub meaning: Option<f32>,
    /// How well it fits the query as a cross-encoder judges, 0 to 1; `None` if it was not read by one.
    pub fit: Option<f32>,
}

impl RankedPaper {
    /// A paper with a score of which no part is known.
    pub(super) fn new(paper_id: i64, score: f32) -> Self {
        Self { paper_id, score, words: None, meaning: None, fit: None }
    }
}

/// An ordered list of papers.
#[derive(Debug)]
pub struct Ranking {
    /// The best first.
    pub papers: Vec<RankedPaper>,
    /// How they were found.
    pub mode: Mode,
    /// How the query was read.
    pub query: Query,
    /// Words that no paper has, with what was searched instead.
    pub corrections: Vec<Correction>,
    /// What its reader ought to know.
    pub notice: Option<Notice>,
    /// The state of the indexes that it is of.
    pub state: (u64, u64),
    pub(super) highlighter: Highlighter,
    pub(super) filter: Filter,
    /// The number of papers that match by words, once it was asked for: it stays the same within a list.
    pub(super) count: OnceLock<usize>,
}

/// A value with the number of papers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetCount {
    /// The value.
    pub value: FacetValue,
    /// Papers.
    pub count: u64,
}

/// What goes on from what is being typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suggestions {
    /// Names of authors, with numbers of papers.
    pub authors: Vec<(String, u64)>,
    /// Papers by their titles.
    pub paper_ids: Vec<i64>,
}

impl Ranking {
    /// What was typed with its corrections; `None` if there are none.
    #[must_use]
    pub fn corrected(&self, typed: &str) -> Option<String> {
        let mut corrected = String::with_capacity(typed.len());
        let mut at = 0;
        for token in tokens(typed) {
            let is_next = !token.is_joined && token.range.start >= at;
            let correction = self.corrections.iter().find(|correction| correction.typed == token.word);
            if let Some(correction) = correction.filter(|_| is_next) {
                corrected.push_str(&typed[at..token.range.start]);
                corrected.push_str(&correction.meant);
                at = token.range.end;
            }
        }
        corrected.push_str(&typed[at..]);
        (at > 0).then_some(corrected)
    }
}
