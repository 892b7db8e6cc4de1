//! Corrections of words that no document has.
//!
//! Candidates are words of documents at a small edit distance (Levenshtein with transpositions); the nearest is taken, and
//! of several the one whose stem is in most documents.
//!
//! The field of spellings is a dictionary: a word has to be in it, but not with every document that has the word. So a
//! word is written with a few documents of each commit only. If all of those are removed, the word is no candidate
//! until a document with it is written again.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};

use tantivy::query::FuzzyTermQuery;
use tantivy::schema::Term;
use tantivy::{Searcher, TantivyError};

use super::document::can_be_misspelled;
use super::schema::Fields;
use crate::text::stem;

/// The shortest word that is corrected, in letters.
pub const MIN_LETTERS: usize = 4;

/// From this length on, in letters, two letters may be wrong.
const LETTERS_FOR_TWO: usize = 8;

/// The most candidates that are looked at in a segment of the index.
const MAX_CANDIDATES: usize = 2_000;

/// Documents of a commit with which a word is written.
const SPELLED_PER_COMMIT: u8 = 3;

/// The words that were written since the last commit.
#[derive(Debug, Default)]
pub(super) struct SpelledWords {
    /// By hash: of two words with one hash, which no index will see, one may be missing.
    counts: HashMap<u64, u8>,
    hasher: RandomState,
}

impl SpelledWords {
    /// Those of the words that are to be written with a document.
    pub(super) fn rare<'a>(&mut self, words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
        let mut rare: Vec<&str> = words
            .filter(|word| {
                let count = self.counts.entry(self.hasher.hash_one(word)).or_default();
                *count = count.saturating_add(1);
                *count <= SPELLED_PER_COMMIT
            })
            .collect();
        rare.sort_unstable();
        rare.dedup();
        rare
    }

    /// Begins anew, after a commit.
    pub(super) fn clear(&mut self) {
        self.counts.clear();
    }
}

/// A word that was searched in place of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Correction {
    /// As it was typed, folded.
    pub typed: String,
    /// What was searched, folded.
    pub meant: String,
    /// The number of letters that differ.
    pub distance: u8,
}

impl Correction {
    /// What a match counts, beside a match of what was typed.
    pub(super) fn weight(&self) -> f32 {
        if self.distance == 1 { 0.8 } else { 0.6 }
    }
}

/// The word that is likely to be meant by one that no document has.
pub(super) fn correct(
    searcher: &Searcher,
    fields: &Fields,
    word: &str,
) -> Result<Option<Correction>, TantivyError> {
    if !can_be_misspelled(word) {
        return Ok(None);
    }
    let greatest = if word.chars().count() >= LETTERS_FOR_TWO { 2 } else { 1 };
    for distance in 1..=greatest {
        if let Some(meant) = nearest(searcher, fields, word, distance)? {
            return Ok(Some(Correction { typed: word.to_owned(), meant, distance }));
        }
    }
    Ok(None)
}

/// The most frequent word within a distance. The first letter is taken to be right.
fn nearest(
    searcher: &Searcher,
    fields: &Fields,
    word: &str,
    distance: u8,
) -> Result<Option<String>, TantivyError> {
    let term = Term::from_field_text(fields.spelling, word);
    let fuzzy = FuzzyTermQuery::new(term, distance, true);
    let first = word.chars().next().map_or(0, char::len_utf8);
    let mut best: Option<(u64, String)> = None;
    for segment in searcher.segment_readers() {
        let words = segment.inverted_index(fields.spelling)?;
        let mut found = words.terms().search(fuzzy.automaton()?).ge(&word[..first]).into_stream()?;
        let mut left = MAX_CANDIDATES;
        while left > 0 && found.advance() {
            left -= 1;
            let Ok(candidate) = std::str::from_utf8(found.key()) else { continue };
            if !candidate.starts_with(&word[..first]) {
                break;
            }
            let count = searcher.doc_freq(&Term::from_field_text(fields.text, &stem(candidate)))?;
            if best.as_ref().is_none_or(|(most, name)| (count, name.as_str()) > (*most, candidate)) {
                best = Some((count, candidate.to_owned()));
            }
        }
    }
    Ok(best.map(|(_, candidate)| candidate))
}
