//! What a text covers of a query: the share of its words that the text has, and that one of its sentences has.
//!
//! A word counts by its rarity, as in BM25: ln(1 + (N - n + 0.5) / (n + 0.5)) for a word that n of N documents have.

use std::collections::HashMap;

use crate::text::{Token, stem, tokens};

/// The most words of a query that are looked for: as many as a mask has bits.
const MAX_WORDS: usize = u32::BITS as usize;

/// What a document covers of a query.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cover {
    /// The share of the query that the document has, 0 to 1.
    pub whole: f32,
    /// The greatest share that the title or one sentence has, 0 to 1.
    pub sentence: f32,
}

/// The words of a query with their shares of it.
#[derive(Clone, Debug, Default)]
pub struct QueryWords {
    /// By stem: the bit of a word.
    bits: HashMap<String, usize>,
    shares: Vec<f32>,
    /// First letters of the stems, with which a word begins if it has the stem.
    initials: Vec<char>,
}

impl QueryWords {
    /// Stems with the number of documents that have them, of so many in all.
    #[must_use]
    pub fn new(words: impl IntoIterator<Item = (String, u64)>, documents: u64) -> Self {
        let mut found = Self::default();
        for (word, count) in words.into_iter().take(MAX_WORDS) {
            if let Some(initial) = word.chars().next()
                && !found.bits.contains_key(&word)
            {
                found.shares.push(rarity(count, documents));
                found.initials.push(initial);
                found.bits.insert(word, found.shares.len() - 1);
            }
        }
        let sum: f32 = found.shares.iter().sum();
        for share in &mut found.shares {
            *share /= sum;
        }
        found
    }

    /// Whether there is nothing to look for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shares.is_empty()
    }

    /// What a document covers, by its displayed title and abstract.
    #[must_use]
    pub fn cover(&self, title: &str, summary: &str) -> Cover {
        let (in_title, best_of_title) = self.look(title);
        let (in_summary, best_of_summary) = self.look(summary);
        Cover { whole: self.share(in_title | in_summary), sentence: best_of_title.max(best_of_summary) }
    }

    /// The words in a text, and the greatest share in one of its sentences.
    fn look(&self, text: &str) -> (u32, f32) {
        let (mut all, mut sentence, mut best, mut end) = (0, 0, 0.0_f32, 0);
        for token in tokens(text) {
            if text.get(end..token.range.start).is_some_and(ends_sentence) {
                best = best.max(self.share(sentence));
                sentence = 0;
            }
            end = token.range.end;
            if let Some(bit) = self.bit(&token) {
                sentence |= 1 << bit;
                all |= 1 << bit;
            }
        }
        (all, best.max(self.share(sentence)))
    }

    fn bit(&self, token: &Token) -> Option<usize> {
        // Stems keep their first letter, and finding a stem takes longer than all the rest.
        let initial = token.word.chars().next()?;
        if token.is_joined || !self.initials.contains(&initial) {
            return None;
        }
        self.bits.get(stem(&token.word).as_ref()).copied()
    }

    fn share(&self, bits: u32) -> f32 {
        self.shares.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, share)| share).sum()
    }
}

/// Whether a sentence ends between two words.
fn ends_sentence(between: &str) -> bool {
    let mut ends = between.match_indices(['.', '!', '?', ';']);
    ends.any(|(at, sign)| between[at + sign.len()..].starts_with(char::is_whitespace))
}

#[expect(clippy::cast_precision_loss, reason = "counts of documents, of which only the size matters")]
fn rarity(count: u64, documents: u64) -> f32 {
    let others = documents.saturating_sub(count) as f32;
    ((others + 0.5) / (count as f32 + 0.5)).ln_1p()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(words: &[(&str, u64)]) -> QueryWords {
        QueryWords::new(words.iter().map(|(word, count)| (stem(word).into_owned(), *count)), 1_000)
    }

    fn cover(query: &QueryWords, title: &str, summary: &str) -> (f32, f32) {
        let Cover { whole, sentence } = query.cover(title, summary);
        ((whole * 100.0).round(), (sentence * 100.0).round())
    }

    #[test]
    fn words_are_looked_for_in_all_of_a_document_and_in_each_sentence() {
        let query = words(&[("graph", 10), ("networks", 10), ("molecules", 10), ("scale", 10)]);
        assert_eq!(cover(&query, "Graph networks", "Molecules at scale."), (100.0, 50.0));
        assert_eq!(cover(&query, "Other", "A graph. The network of molecules; at scale!"), (100.0, 50.0));
        assert_eq!(cover(&query, "Other", "Graphs, a network of molecules (v1.5) at scale"), (100.0, 100.0));
        assert_eq!(cover(&query, "Networking", ""), (25.0, 25.0));
        assert_eq!(cover(&query, "", ""), (0.0, 0.0));
    }

    #[test]
    fn rare_words_count_more() {
        let query = words(&[("axolotl", 1), ("model", 900)]);
        let (rare, frequent) = (query.cover("axolotl", "").whole, query.cover("models", "").whole);
        assert!(rare > 0.95 && frequent > 0.0 && (rare + frequent - 1.0).abs() < 1e-6, "{rare} {frequent}");
        assert!(words(&[]).is_empty() && words(&[]).cover("axolotl", "") == Cover::default());
        // Of two words of one stem one counts, and of many the first.
        assert_eq!(cover(&words(&[("graph", 1), ("graphs", 1)]), "graphs", ""), (100.0, 100.0));
        let many = QueryWords::new((0..99).map(|number| (format!("w{number}"), 1)), 1_000);
        assert_eq!(cover(&many, "w0 w31 w32 w98", ""), (6.0, 6.0));
    }

    proptest! {
        #[test]
        fn shares_of_any_text_are_shares(title in r"\PC{0,80}", summary in r"([a-c .;-]|\PC){0,300}") {
            let query = words(&[("a", 5), ("b", 50), ("c", 500), ("é", 1)]);
            let Cover { whole, sentence } = query.cover(&title, &summary);
            prop_assert!((0.0..=1.0001).contains(&whole) && sentence <= whole, "{} {}", whole, sentence);
        }
    }
}
