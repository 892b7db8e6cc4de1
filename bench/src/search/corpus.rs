//! Generated documents whose words are as frequent as those of a language.
//!
//! The word of rank n is n times as rare as the first (Zipf), and the first ones are English stop words, as in a text.
//!
//! Always: the same document for the same number and settings, whatever was generated before.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use search::index::Document;

/// The most frequent words; they are asked for by nobody.
const STOP_WORDS: [&str; 33] = [
    "the", "of", "and", "to", "in", "a", "is", "that", "for", "it", "was", "on", "are", "as", "with", "be",
    "at", "by", "this", "not", "or", "but", "an", "they", "there", "their", "such", "if", "then", "will",
    "into", "these", "no",
];

const CONSONANTS: [&str; 16] =
    ["b", "k", "d", "f", "g", "st", "l", "m", "n", "p", "r", "tr", "t", "v", "pl", "z"];
const VOWELS: [&str; 5] = ["a", "o", "u", "i", "e"];

/// Words of a title.
const TITLE_WORDS: u32 = 10;

/// Different authors, organizations, and categories.
const AUTHORS: u32 = 20_000;
const ORGANIZATIONS: u32 = 500;
const ARCHIVES: u32 = 8;
const CATEGORIES_OF_ARCHIVE: u32 = 20;

/// The first day and the days of publication.
pub(super) const FIRST_DAY: i64 = 16_436;
pub(super) const DAYS: i64 = 3_650;

/// A language and the size of its documents.
#[derive(Debug)]
pub(crate) struct Corpus {
    vocabulary: Vec<String>,
    /// The sum of frequencies up to each word.
    cumulated: Vec<f64>,
    words: u32,
}

impl Corpus {
    /// Of so many different words, and so many words a document.
    pub(crate) fn new(vocabulary: u32, words: u32) -> Self {
        let made = (0..).map(spell).filter(|word| !STOP_WORDS.contains(&word.as_str()));
        let stop_words = STOP_WORDS.iter().map(|&word| word.to_owned());
        let mut sum = 0.0;
        let cumulated = (1..=vocabulary).map(|rank| {
            sum += 1.0 / f64::from(rank);
            sum
        });
        let cumulated = cumulated.collect();
        Self { vocabulary: stop_words.chain(made).take(vocabulary as usize).collect(), cumulated, words }
    }

    /// The document of an id, which starts at 1.
    pub(super) fn document(&self, id: u64) -> Document {
        let mut chance = StdRng::seed_from_u64(id);
        let day = FIRST_DAY + chance.random_range(0..DAYS);
        let author_count = chance.random_range(2..=6);
        let organization = chance.random_range(0..ORGANIZATIONS);
        let categories = (0..chance.random_range(1..=3)).map(|_| category(&mut chance)).collect();
        Document {
            id,
            title: self.text(&mut chance, TITLE_WORDS),
            summary: self.text(&mut chance, self.words - TITLE_WORDS),
            keywords: (0..3).map(|_| self.text(&mut chance, 1)).collect(),
            authors: (0..author_count).map(|_| author(chance.random_range(0..AUTHORS))).collect(),
            organization: Some(format!("{} Institute", capital(&spell(organization)))),
            organization_id: Some(u64::from(organization)),
            categories,
            identifiers: vec![format!("{:04}.{:05}", 1501 + id / 100_000, id % 100_000)],
            day,
            year: u16::try_from(1970 + day * 400 / 146_097).unwrap_or_default(),
            has_code: chance.random_bool(0.3),
        }
    }

    /// `count` different words, no stop words; frequent ones are asked for more often.
    pub(super) fn query(&self, chance: &mut StdRng, count: usize) -> Vec<String> {
        let mut words: Vec<String> = Vec::with_capacity(count);
        while words.len() < count {
            let word = self.word(chance);
            if !STOP_WORDS.contains(&word) && !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        }
        words
    }

    /// A sentence of `count` words.
    pub(crate) fn text(&self, chance: &mut StdRng, count: u32) -> String {
        let words: Vec<&str> = (0..count).map(|_| self.word(chance)).collect();
        let mut text = words.join(" ");
        text.push('.');
        text
    }

    fn word(&self, chance: &mut StdRng) -> &str {
        let all = self.cumulated.last().copied().unwrap_or_default();
        let at = chance.random_range(0.0..all);
        let place = self.cumulated.partition_point(|sum| *sum <= at);
        &self.vocabulary[place.min(self.vocabulary.len() - 1)]
    }
}

/// A category code, frequent ones more often.
fn category(chance: &mut StdRng) -> String {
    let archive = chance.random_range(0..ARCHIVES).min(chance.random_range(0..ARCHIVES));
    format!("{}.{}", spell(archive), chance.random_range(0..CATEGORIES_OF_ARCHIVE))
}

/// The name of an author: a few hundred first names, many last names.
pub(crate) fn author(number: u32) -> String {
    format!("{} {}", capital(&spell(number % 300)), capital(&spell(1_000 + number)))
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// Another word for each number: its digits as syllables, the last of which is closed, so that no two have one stem.
fn spell(number: u32) -> String {
    let count = u32::try_from(CONSONANTS.len() * VOWELS.len()).unwrap_or(1);
    let mut word = String::new();
    let mut rest = number;
    loop {
        let syllable = (rest % count) as usize;
        word.push_str(CONSONANTS[syllable % CONSONANTS.len()]);
        word.push_str(VOWELS[syllable / CONSONANTS.len()]);
        rest /= count;
        if rest == 0 {
            break;
        }
        rest -= 1;
    }
    word.push('k');
    word
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn documents_are_the_same_each_time_and_differ() {
        let (one, other) = (Corpus::new(2_000, 160), Corpus::new(2_000, 160));
        other.document(8);
        assert_eq!(one.document(7), other.document(7));
        assert_ne!(one.document(7).summary, one.document(8).summary);
        assert_eq!(one.document(7).summary.split(' ').count(), 150);
    }

    #[test]
    fn words_are_as_frequent_as_their_rank_says() {
        let corpus = Corpus::new(2_000, 160);
        assert_eq!(corpus.vocabulary.iter().collect::<HashSet<_>>().len(), 2_000);
        let text: Vec<String> = (1..200).map(|id| corpus.document(id).summary).collect();
        let text = text.join(" ");
        let frequency =
            |rank: usize| text.split(' ').filter(|word| *word == corpus.vocabulary[rank - 1]).count();
        assert!(frequency(1) > frequency(4) * 3 && frequency(4) > frequency(40) * 5, "{}", frequency(1));
    }

    #[test]
    fn years_are_those_of_the_days() {
        let corpus = Corpus::new(1_000, 20);
        let years: HashSet<u16> = (1..500).map(|id| corpus.document(id).year).collect();
        assert!(years.contains(&2015) && years.contains(&2024) && years.len() <= 11, "{years:?}");
    }

    #[test]
    fn a_query_has_different_words_and_no_stop_word() {
        let words = Corpus::new(1_000, 20).query(&mut StdRng::seed_from_u64(1), 9);
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), 9);
        assert!(!words.iter().any(|word| STOP_WORDS.contains(&word.as_str())));
    }
}
