//! What is indexed of a document.

use std::collections::BTreeSet;

use parking_lot::Mutex;
use tantivy::TantivyDocument;
use tantivy::schema::Field;

use super::placed::PlacedText;
use super::schema::Fields;
use super::spelling::SpelledWords;
use super::suggest;
use crate::text::{StemCache, Token, is_stop_word, tokens};

/// Authors whose names are searched with the text: the first ones. All are found by `author:`.
const AUTHORS_IN_TEXT: usize = 20;

/// Positions between two parts of a text, so that no phrase reaches over.
const GAP: usize = 100;

/// A document, as it is displayed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// Its id: a row id.
    pub id: u64,
    /// Title.
    pub title: String,
    /// Abstract.
    pub summary: String,
    /// Keywords.
    pub keywords: Vec<String>,
    /// Authors in order.
    pub authors: Vec<String>,
    /// The name of the organization.
    pub organization: Option<String>,
    /// The id of the organization.
    pub organization_id: Option<u64>,
    /// Category codes, such as `cs.CL`.
    pub categories: Vec<String>,
    /// What it is known by: arXiv identifier without version, DOI, slug.
    pub identifiers: Vec<String>,
    /// The day of publication, in days since 1970-01-01.
    pub day: i64,
    /// The year of that day.
    pub year: u16,
    /// Whether it comes with code.
    pub has_code: bool,
}

impl Document {
    /// The document for the index. Words that were not spelled often lately are spelled in this one.
    pub(super) fn to_index(
        &self,
        fields: &Fields,
        stems: &mut StemCache,
        spelled: &Mutex<SpelledWords>,
    ) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_u64(fields.id, self.id);
        let title = tokens(&self.title);
        let summary = tokens(&self.summary);
        self.add_text(&mut document, fields, stems, &title, &summary);
        add_stems(&mut document, fields.title, stems, [title.as_slice()]);
        let authors: Vec<Vec<Token>> = self.authors.iter().map(|name| tokens(name)).collect();
        add_words(&mut document, fields.authors, authors.iter().map(Vec::as_slice));
        let organization = tokens(self.organization.as_deref().unwrap_or(""));
        add_words(&mut document, fields.organization, [organization.as_slice()]);
        for term in self.authors.iter().flat_map(|name| suggest::name_terms(name)) {
            document.add_text(fields.author_names, term);
        }
        let mut spelling = PlacedText::default();
        for word in spelled.lock().rare(spellings(title.iter().chain(&summary))) {
            spelling.push(0, word);
        }
        spelling.add_to(&mut document, fields.spelling);
        for identifier in &self.identifiers {
            document.add_text(fields.identifier, identifier.to_lowercase());
        }
        for key in self.categories.iter().flat_map(|code| category_keys(code)).collect::<BTreeSet<_>>() {
            document.add_text(fields.category_key, key);
        }
        for code in &self.categories {
            document.add_text(fields.category, code);
        }
        if let Some(id) = self.organization_id {
            document.add_u64(fields.organization_id, id);
        }
        document.add_i64(fields.day, self.day);
        document.add_u64(fields.year, u64::from(self.year));
        document.add_u64(fields.has_code, u64::from(self.has_code));
        document
    }

    fn add_text(
        &self,
        document: &mut TantivyDocument,
        fields: &Fields,
        stems: &mut StemCache,
        title: &[Token],
        summary: &[Token],
    ) {
        let names = self.authors.iter().take(AUTHORS_IN_TEXT).chain(&self.organization);
        let others: Vec<Vec<Token>> = self.keywords.iter().chain(names).map(|text| tokens(text)).collect();
        let parts = [title, summary].into_iter().chain(others.iter().map(Vec::as_slice));
        add_stems(document, fields.text, stems, parts);
    }
}

/// A category's code and its archive, in lower case: `cs.cl` and `cs`.
fn category_keys(code: &str) -> impl Iterator<Item = String> {
    let code = code.to_lowercase();
    let archive = code.split('.').next().unwrap_or(&code).to_owned();
    [code, archive].into_iter()
}

/// Words that can be a correction of another: of letters, and not too short to be told apart.
fn spellings<'a>(tokens: impl Iterator<Item = &'a Token>) -> impl Iterator<Item = &'a str> {
    let words = tokens.filter(|token| !token.is_joined).map(|token| token.word.as_str());
    words.filter(|word| can_be_misspelled(word))
}

/// Whether a folded word is long enough, and of letters alone, so that another can be meant.
pub(super) fn can_be_misspelled(word: &str) -> bool {
    word.chars().count() >= super::spelling::MIN_LETTERS && word.chars().all(char::is_alphabetic)
}

/// Adds the words of parts of a text to a field.
fn add_words<'a>(document: &mut TantivyDocument, field: Field, parts: impl IntoIterator<Item = &'a [Token]>) {
    let mut text = PlacedText::default();
    let mut start = 0;
    for tokens in parts {
        for token in tokens {
            text.push(start + token.position, &token.word);
        }
        start += GAP + tokens.last().map_or(0, |token| token.position);
    }
    text.add_to(document, field);
}

/// Adds the stems of parts of a text to a field, but for stop words.
fn add_stems<'a>(
    document: &mut TantivyDocument,
    field: Field,
    stems: &mut StemCache,
    parts: impl IntoIterator<Item = &'a [Token]>,
) {
    let mut text = PlacedText::default();
    let mut start = 0;
    for tokens in parts {
        for token in tokens.iter().filter(|token| !is_stop_word(&token.word)) {
            text.push(start + token.position, stems.stem(&token.word));
        }
        start += GAP + tokens.last().map_or(0, |token| token.position);
    }
    text.add_to(document, field);
}
