//! A typed query as a query of the index.
//!
//! Plain words are a union: a document with some of them is found, and the more and the rarer its words, the further up.
//! Phrases and words with a field must be there. Words of a long query that are in very many documents only add to the
//! score of what rarer ones found, so that what a query costs is bounded.

use std::collections::HashSet;

use tantivy::query::{AllQuery, BooleanQuery, BoostQuery, Occur, PhraseQuery, Query, TermQuery};
use tantivy::schema::{Field as IndexField, IndexRecordOption, Term};
use tantivy::{Searcher, TantivyError};

use super::filter::{Filter, any, silent};
use super::schema::Fields;
use super::spelling::{self, Correction};
use crate::query::{Clause, Field, Query as TypedQuery};
use crate::text::{is_stop_word, stem, tokens};

/// The most plain words of a query that are looked up: its rarest.
const MAX_WORDS: usize = 12;

/// The most words of a query for which a correction is looked for: each is a walk through a dictionary.
const MAX_CORRECTED: usize = 4;

/// Postings that the union of a long query reads in full; the rarest word is read whatever it has.
const MAX_UNION_POSTINGS: u64 = 60_000;

/// Up to this many words are one union whose common words are skipped by block maxima instead.
const MAX_FLAT_WORDS: usize = 3;

/// A part of a query: whether it must, may or must not match.
pub(super) type Condition = (Occur, Box<dyn Query>);

/// What two words with a hyphen count as one, beside either of them; with 1 they would count twice. Measured.
const JOINED_WEIGHT: f32 = 0.3;

/// A plain word of a query with the documents that have it.
#[derive(Clone, Debug)]
pub(super) struct PlannedWord {
    /// Its stem, in `text` and `title`.
    pub stem: String,
    /// The number of documents that have it.
    pub document_count: u64,
    /// Its weight: below 1 for words that only may be meant.
    pub weight: f32,
}

/// A query for the index.
#[derive(Debug)]
pub(super) struct Plan {
    /// Matches, scored by `text`.
    pub query: Box<dyn Query>,
    /// The plain words, to be looked up in titles as well.
    pub words: Vec<PlannedWord>,
    /// Whether anything adds to a score; without, the newest come first.
    pub is_scored: bool,
    /// Words that no document has, with what was searched instead.
    pub corrections: Vec<Correction>,
}

/// Plans a query.
pub(super) fn plan(
    searcher: &Searcher,
    fields: &Fields,
    query: &TypedQuery,
    filter: &Filter,
) -> Result<Plan, TantivyError> {
    if let Some(plan) = by_identifier(searcher, fields, query, filter)? {
        return Ok(plan);
    }
    let (mut clauses, mut is_scored) = conditions(fields, query, filter);
    let (words, corrections) = planned_words(searcher, fields, query)?;
    if !words.is_empty() {
        is_scored = true;
        clauses.push((Occur::Must, union(fields.text, &words)));
    } else if !corrections.is_empty() || has_unknown_words(query) {
        clauses.push((Occur::Must, any([])));
    }
    Ok(Plan { query: all_of(clauses), words, is_scored, corrections })
}

/// The query for what a query and a filter ask for beside plain words; `None` if that is nothing.
pub(super) fn narrowing(fields: &Fields, query: &TypedQuery, filter: &Filter) -> Option<Box<dyn Query>> {
    let (clauses, _) = conditions(fields, query, filter);
    (!clauses.is_empty()).then(|| all_of(clauses))
}

/// What must, and what must not be there, and whether any of it ranks.
fn conditions(fields: &Fields, query: &TypedQuery, filter: &Filter) -> (Vec<Condition>, bool) {
    let mut clauses = filter.clauses(fields);
    clauses.append(&mut Filter::typed(query).clauses(fields));
    let mut is_scored = false;
    for clause in query.clauses.iter().filter(|clause| !is_plain(clause)) {
        let Some(matches) = matches(fields, clause) else { continue };
        if clause.is_excluded {
            clauses.push((Occur::MustNot, matches));
        } else {
            is_scored |= matches!(clause.field, Field::Any | Field::Title);
            clauses.push((Occur::Must, matches));
        }
    }
    (clauses, is_scored)
}

fn all_of(mut clauses: Vec<Condition>) -> Box<dyn Query> {
    if !clauses.iter().any(|(occur, _)| *occur == Occur::Must) {
        clauses.push((Occur::Must, silent(Box::new(AllQuery))));
    }
    Box::new(BooleanQuery::new(clauses))
}

/// The plan for a query that is an identifier which a document has.
fn by_identifier(
    searcher: &Searcher,
    fields: &Fields,
    query: &TypedQuery,
    filter: &Filter,
) -> Result<Option<Plan>, TantivyError> {
    let Some(identifier) = &query.identifier else { return Ok(None) };
    let term = Term::from_field_text(fields.identifier, identifier);
    if searcher.doc_freq(&term)? == 0 {
        return Ok(None);
    }
    let mut clauses = filter.clauses(fields);
    clauses.push((Occur::Must, any([term])));
    let query = Box::new(BooleanQuery::new(clauses));
    Ok(Some(Plan { query, words: Vec::new(), is_scored: false, corrections: Vec::new() }))
}

fn is_plain(clause: &Clause) -> bool {
    clause.field == Field::Any && !clause.is_phrase && !clause.is_excluded
}

/// Whether plain words of a query say something; then one of them must be there.
fn has_unknown_words(query: &TypedQuery) -> bool {
    let plain = query.clauses.iter().filter(|clause| is_plain(clause));
    plain.flat_map(|clause| tokens(&clause.text)).any(|token| !is_stop_word(&token.word))
}

/// The plain words of a query that documents have, the rarest first, and what was corrected.
fn planned_words(
    searcher: &Searcher,
    fields: &Fields,
    query: &TypedQuery,
) -> Result<(Vec<PlannedWord>, Vec<Correction>), TantivyError> {
    let mut words: Vec<PlannedWord> = Vec::new();
    let mut corrections = Vec::new();
    let count = |stem: &str| searcher.doc_freq(&Term::from_field_text(fields.text, stem));
    let mut add = |stem: &str, document_count, weight| {
        if !words.iter().any(|word| word.stem == stem) {
            words.push(PlannedWord { stem: stem.to_owned(), document_count, weight });
        }
    };
    let plain: Vec<&str> =
        query.clauses.iter().filter(|clause| is_plain(clause)).map(|clause| clause.text.as_str()).collect();
    let mut seen = HashSet::new();
    let mut corrected = 0;
    for token in tokens(&plain.join(" ")) {
        if is_stop_word(&token.word) || !seen.insert(token.word.clone()) {
            continue;
        }
        let word = stem(&token.word);
        let document_count = count(&word)?;
        if document_count > 0 {
            add(&word, document_count, if token.is_joined { JOINED_WEIGHT } else { 1.0 });
        } else if !token.is_joined && corrected < MAX_CORRECTED {
            corrected += 1;
            if let Some(correction) = spelling::correct(searcher, fields, &token.word)? {
                let meant = stem(&correction.meant).into_owned();
                add(&meant, count(&meant)?.max(1), correction.weight());
                corrections.push(correction);
            }
        }
    }
    words.sort_by(|a, b| a.document_count.cmp(&b.document_count).then_with(|| a.stem.cmp(&b.stem)));
    words.truncate(MAX_WORDS);
    Ok((words, corrections))
}

/// The plain words of a query that documents have, without those that are two joined, and how many have each.
pub(super) fn counted_words(
    searcher: &Searcher,
    fields: &Fields,
    query: &TypedQuery,
) -> Result<Vec<(String, u64)>, TantivyError> {
    let (words, _) = planned_words(searcher, fields, query)?;
    let single = words.into_iter().filter(|word| word.weight > JOINED_WEIGHT);
    Ok(single.map(|word| (word.stem, word.document_count)).collect())
}

/// The documents that have any of these words, the rarest of which stand first.
fn union(field: IndexField, words: &[PlannedWord]) -> Box<dyn Query> {
    let query = |word: &PlannedWord| -> Box<dyn Query> {
        let term = Term::from_field_text(field, &word.stem);
        let query = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
        if word.weight < 1.0 { Box::new(BoostQuery::new(query, word.weight)) } else { query }
    };
    let mut postings = 0;
    let mut essential = 0;
    for word in words {
        postings += word.document_count;
        if essential > 0 && postings > MAX_UNION_POSTINGS {
            break;
        }
        essential += 1;
    }
    if words.len() <= MAX_FLAT_WORDS {
        essential = words.len();
    }
    let (essential, others) = words.split_at(essential);
    let any = BooleanQuery::union(essential.iter().map(query).collect());
    if others.is_empty() {
        return Box::new(any);
    }
    let mut clauses: Vec<Condition> = vec![(Occur::Must, Box::new(any))];
    clauses.extend(others.iter().map(|word| (Occur::Should, query(word))));
    Box::new(BooleanQuery::new(clauses))
}

/// The documents that a phrase, or a clause with a field, asks for. `None` if it has no words that count.
fn matches(fields: &Fields, clause: &Clause) -> Option<Box<dyn Query>> {
    let found = tokens(&clause.text);
    let found = found.iter().filter(|token| !token.is_joined);
    let (field, is_stemmed) = match clause.field {
        Field::Any => (fields.text, true),
        Field::Title => (fields.title, true),
        Field::Author => (fields.authors, false),
        Field::Organization => (fields.organization, false),
    };
    let terms: Vec<(usize, Term)> = found
        .filter(|token| !is_stemmed || !is_stop_word(&token.word))
        .map(|token| {
            let word = if is_stemmed { stem(&token.word).into_owned() } else { token.word.clone() };
            (token.position, Term::from_field_text(field, &word))
        })
        .collect();
    let query: Box<dyn Query> = match terms.as_slice() {
        [] => return None,
        [(_, term)] => Box::new(TermQuery::new(term.clone(), IndexRecordOption::WithFreqs)),
        // A name is found in any order: `author:"LeCun Yann"`.
        _ if clause.field == Field::Author => {
            let all = terms
                .into_iter()
                .map(|(_, term)| Box::new(TermQuery::new(term, IndexRecordOption::Basic)) as Box<dyn Query>);
            Box::new(BooleanQuery::intersection(all.collect()))
        }
        _ if clause.is_phrase => Box::new(PhraseQuery::new_with_offset(terms)),
        _ => {
            let all = terms.into_iter().map(|(_, term)| {
                Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)) as Box<dyn Query>
            });
            Box::new(BooleanQuery::intersection(all.collect()))
        }
    };
    Some(if is_stemmed { query } else { silent(query) })
}
