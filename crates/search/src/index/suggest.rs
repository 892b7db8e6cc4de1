//! Completions of what is being typed: names of authors and titles.
//!
//! A name is indexed once for each of its words, beginning there and going on at its start, with the name as displayed
//! behind it; so `hin` finds Geoffrey Hinton by reading a few neighbouring terms.

use std::collections::HashMap;

use tantivy::collector::TopDocs;
use tantivy::query::{PhrasePrefixQuery, Query};
use tantivy::schema::Term;
use tantivy::{Searcher, TantivyError};

use super::schema::{Fields, column};
use crate::text::{fold, stem, tokens};

/// Between the folded name and the displayed one in a term.
const SEPARATOR: char = '\u{1}';

/// The most words of a name from which it is completed.
const MAX_NAME_WORDS: usize = 5;

/// The longest name that is completed, in bytes.
const MAX_NAME_BYTES: usize = 200;

/// The most terms that are read in a segment for one completion.
const MAX_TERMS: usize = 500;

/// A name of an author with the number of documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorSuggestion {
    /// The name as displayed.
    pub name: String,
    /// The number of documents; a lower bound if very many names begin so.
    pub document_count: u64,
}

/// The terms of a name.
pub(super) fn name_terms(name: &str) -> Vec<String> {
    if name.len() > MAX_NAME_BYTES {
        return Vec::new();
    }
    let folded = fold(name);
    let words: Vec<&str> = folded.split(' ').collect();
    (0..words.len().min(MAX_NAME_WORDS))
        .map(|at| {
            let (start, end) = words.split_at(at);
            let turned: Vec<&str> = end.iter().chain(start).copied().collect();
            format!("{}{SEPARATOR}{name}", turned.join(" "))
        })
        .collect()
}

/// Names of authors that go on from what was typed, those with most documents first.
pub(super) fn authors(
    searcher: &Searcher,
    fields: &Fields,
    typed: &str,
    limit: usize,
) -> Result<Vec<AuthorSuggestion>, TantivyError> {
    let prefix = fold(typed);
    if prefix.is_empty() {
        return Ok(Vec::new());
    }
    let mut counts: HashMap<String, u64> = HashMap::new();
    for segment in searcher.segment_readers() {
        let names = segment.inverted_index(fields.author_names)?;
        let mut terms = names.terms().range().ge(&prefix).into_stream()?;
        let mut left = MAX_TERMS;
        while left > 0 && terms.advance() {
            left -= 1;
            if !terms.key().starts_with(prefix.as_bytes()) {
                break;
            }
            let Ok(term) = std::str::from_utf8(terms.key()) else { continue };
            let Some((_, name)) = term.split_once(SEPARATOR) else { continue };
            *counts.entry(name.to_owned()).or_default() += u64::from(terms.value().doc_freq);
        }
    }
    let mut found: Vec<AuthorSuggestion> =
        counts.into_iter().map(|(name, document_count)| AuthorSuggestion { name, document_count }).collect();
    found.sort_by(|a, b| b.document_count.cmp(&a.document_count).then_with(|| a.name.cmp(&b.name)));
    found.truncate(limit);
    Ok(found)
}

/// Documents whose titles hold what was typed, the last word of which may be unfinished; the newest first.
pub(super) fn titles(
    searcher: &Searcher,
    fields: &Fields,
    typed: &str,
    limit: usize,
) -> Result<Vec<u64>, TantivyError> {
    let words: Vec<_> = tokens(typed).into_iter().filter(|token| !token.is_joined).collect();
    let Some((last, whole)) = words.split_last() else { return Ok(Vec::new()) };
    let mut terms: Vec<(usize, Term)> = whole
        .iter()
        .filter(|token| !crate::text::is_stop_word(&token.word))
        .map(|token| (token.position, Term::from_field_text(fields.title, &stem(&token.word))))
        .collect();
    terms.push((last.position, Term::from_field_text(fields.title, &unfinished(&last.word))));
    let mut query = PhrasePrefixQuery::new_with_offset(terms);
    query.set_max_expansions(50);
    let query: Box<dyn Query> = Box::new(query);
    let newest = TopDocs::with_limit(limit.max(1)).order_by_u64_field(column::ID, tantivy::Order::Desc);
    let found = searcher.search(&query, &newest)?;
    Ok(found.into_iter().filter_map(|(id, _)| id).take(limit).collect())
}

/// The part of an unfinished word that its stem has too: `retrieval` is on its way to a word whose stem is `retriev`.
fn unfinished(word: &str) -> String {
    let stem = stem(word);
    let common = word.char_indices().zip(stem.chars()).take_while(|((_, a), b)| a == b).last();
    common.map_or_else(|| word.to_owned(), |((at, c), _)| word[..at + c.len_utf8()].to_owned())
}
