//! What is asked for: queries of each kind, drawn from the words of the documents.

use anyhow::Result;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use search::index::Filter;
use search::query::Query;

use super::super::Options;
use super::super::corpus::{Corpus, DAYS, FIRST_DAY, author};
use super::vectors::unit_vector;

/// Words of a query that is embedded.
const EMBEDDED_QUERY_WORDS: usize = 9;

/// What is asked for.
pub(super) struct Asked {
    pub(super) one: Vec<Query>,
    pub(super) two: Vec<Query>,
    pub(super) three: Vec<Query>,
    pub(super) nine: Vec<Query>,
    pub(super) phrases: Vec<Query>,
    pub(super) typed: Vec<String>,
    pub(super) topics: Vec<String>,
    pub(super) vectors: Vec<Vec<f32>>,
    pub(super) filter: Filter,
    /// One document of ten.
    pub(super) is_tenth: fn(u64) -> bool,
}

impl Asked {
    pub(super) fn new(options: &Options, corpus: &Corpus, dimensions: usize) -> Result<Self> {
        let mut chance = StdRng::seed_from_u64(0);
        let count = options.queries as usize;
        let mut words = |length| -> Vec<String> {
            (0..count).map(|_| corpus.query(&mut chance, length).join(" ")).collect()
        };
        let parse =
            |texts: &[String]| texts.iter().map(|text| Query::parse(text)).collect::<Result<Vec<_>, _>>();
        let (one, two, three, nine) =
            (parse(&words(1))?, parse(&words(2))?, parse(&words(3))?, parse(&words(9))?);
        let topics = words(EMBEDDED_QUERY_WORDS);
        let phrases: Vec<String> = (0..count)
            .map(|_| {
                let document = corpus.document(chance.random_range(1..=options.documents));
                let words: Vec<&str> = document.summary.split(' ').collect();
                let at = chance.random_range(0..words.len() - 3);
                format!("\"{}\"", words[at..at + 3].join(" "))
            })
            .collect();
        let typed = (0..count).map(|_| {
            let name = author(chance.random_range(0..10_000)).to_lowercase();
            name.chars().take(chance.random_range(2..=8)).collect()
        });
        let typed = typed.collect();
        let vectors = (0..count).map(|_| unit_vector(&mut chance, dimensions)).collect();
        let filter = Filter {
            categories: corpus.document(1).categories.into_iter().take(1).collect(),
            from_day: Some(FIRST_DAY + DAYS / 2),
            ..Filter::default()
        };
        let is_tenth = |id: u64| id.is_multiple_of(10);
        Ok(Self {
            one,
            two,
            three,
            nine,
            phrases: parse(&phrases)?,
            typed,
            topics,
            vectors,
            filter,
            is_tenth,
        })
    }
}
