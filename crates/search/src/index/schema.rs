//! The fields of the word index.
//!
//! Words are looked up in `text`, one field of everything, so that a query of several words is one union that skips what
//! cannot win (block-max WAND works within one field only). `title` adds to the score of what was found. The other fields
//! narrow, are counted or are completed. Nothing is stored: the database has the documents.

use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};

use super::placed;

/// The version of the schema and of the rules by which its words are made. An index of another is built anew.
pub const SCHEMA_VERSION: u32 = 2;

/// Fields by their handles.
#[derive(Clone, Copy, Debug)]
pub struct Fields {
    /// The document's id.
    pub id: Field,
    /// Stems of title, abstract, keywords, authors and organization.
    pub text: Field,
    /// Stems of the title.
    pub title: Field,
    /// Words of the authors' names, not stemmed.
    pub authors: Field,
    /// Words of the organization's name, not stemmed.
    pub organization: Field,
    /// Whole names, as they are completed: see [`super::suggest`].
    pub author_names: Field,
    /// Words as they are spelled, of title and abstract: see [`super::spelling`].
    pub spelling: Field,
    /// Identifiers in lower case.
    pub identifier: Field,
    /// Category codes in lower case, and their archives.
    pub category_key: Field,
    /// Category codes.
    pub category: Field,
    /// The organization's id.
    pub organization_id: Field,
    /// Days since 1970-01-01.
    pub day: Field,
    /// The year of that day.
    pub year: Field,
    /// 1 with code, 0 without.
    pub has_code: Field,
}

/// The names of fields that are read by column.
pub mod column {
    /// The document's id.
    pub const ID: &str = "id";
    /// Category codes.
    pub const CATEGORY: &str = "category";
    /// The organization's id.
    pub const ORGANIZATION_ID: &str = "organization_id";
    /// The year.
    pub const YEAR: &str = "year";
    /// Whether there is code.
    pub const HAS_CODE: &str = "has_code";
}

/// The schema and its fields.
#[must_use]
pub fn schema() -> (Schema, Fields) {
    let words = |option| {
        let indexing = TextFieldIndexing::default().set_tokenizer(placed::NAME).set_index_option(option);
        TextOptions::default().set_indexing_options(indexing)
    };
    let terms = |tokenizer| {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(tokenizer)
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::Basic);
        TextOptions::default().set_indexing_options(indexing)
    };
    let mut schema = Schema::builder();
    let fields = Fields {
        id: schema.add_u64_field(column::ID, INDEXED | FAST),
        text: schema.add_text_field("text", words(IndexRecordOption::WithFreqsAndPositions)),
        title: schema.add_text_field("title", words(IndexRecordOption::WithFreqsAndPositions)),
        authors: schema.add_text_field("authors", terms(placed::NAME)),
        organization: schema.add_text_field("organization", words(IndexRecordOption::WithFreqsAndPositions)),
        author_names: schema.add_text_field("author_names", terms("raw")),
        spelling: schema.add_text_field("spelling", terms(placed::NAME)),
        identifier: schema.add_text_field("identifier", terms("raw")),
        category_key: schema.add_text_field("category_key", terms("raw")),
        category: schema.add_text_field(column::CATEGORY, TextOptions::default().set_fast("raw")),
        organization_id: schema.add_u64_field(column::ORGANIZATION_ID, INDEXED | FAST),
        day: schema.add_i64_field("day", FAST),
        year: schema.add_u64_field(column::YEAR, FAST),
        has_code: schema.add_u64_field(column::HAS_CODE, INDEXED | FAST),
    };
    (schema.build(), fields)
}
