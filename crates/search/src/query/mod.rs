//! The query language: what a person types into one field, read without ever failing.
//!
//! Words are looked for in every field. `"…"` is a phrase, `-` in front excludes, `author:`, `title:`, `org:` and `cat:`
//! name a field, `year:2024` and `year:2020-2023` a range of years, `has:code` papers with a repository. An arXiv
//! identifier, a DOI or an address that holds one finds its document. Whatever does not follow these rules is searched as
//! plain words; [`Query`] displays as how it was read.

mod identifier;
mod parse;

use std::fmt;

/// The longest query, in characters.
pub const MAX_QUERY_CHARS: usize = 256;

/// Where a clause looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// Everywhere.
    Any,
    /// In the title.
    Title,
    /// In the names of authors.
    Author,
    /// In the name of the organization.
    Organization,
}

/// One thing that is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Clause {
    /// Where.
    pub field: Field,
    /// As it was typed, without quotation marks.
    pub text: String,
    /// Whether its words must follow one another.
    pub is_phrase: bool,
    /// Whether a document that has it is left out.
    pub is_excluded: bool,
}

/// A category that a document must, or must not, have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CategoryClause {
    /// Its code as typed; an archive, such as `cs`, stands for all of its categories.
    pub code: String,
    /// Whether documents of it are left out.
    pub is_excluded: bool,
}

/// Years of publication, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Years {
    /// The first; `None` without a lower bound.
    pub first: Option<u16>,
    /// The last; `None` without an upper bound.
    pub last: Option<u16>,
}

impl Years {
    /// The years that are in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { first: self.first.max(other.first), last: self.last.into_iter().chain(other.last).min() }
    }
}

/// A query as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Query {
    /// Words and phrases, in the order in which they were typed.
    pub clauses: Vec<Clause>,
    /// Categories.
    pub categories: Vec<CategoryClause>,
    /// Years.
    pub years: Option<Years>,
    /// Only documents with code, or only those without.
    pub has_code: Option<bool>,
    /// The query as an identifier, if it is one: an arXiv identifier without its version, or a DOI, in lower case.
    pub identifier: Option<String>,
}

/// A query that is longer than [`MAX_QUERY_CHARS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The text to search for has more than {MAX_QUERY_CHARS} characters.")]
pub struct QueryTooLong;

impl Query {
    /// Reads what was typed.
    ///
    /// # Errors
    /// Only the length: everything else means something.
    pub fn parse(typed: &str) -> Result<Self, QueryTooLong> {
        if typed.len() > 4 * MAX_QUERY_CHARS || typed.chars().count() > MAX_QUERY_CHARS {
            return Err(QueryTooLong);
        }
        Ok(parse::parse(typed))
    }

    /// Whether nothing is looked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What the query is about, in words: what is compared by meaning. Fields and what is excluded are left out.
    #[must_use]
    pub fn topic(&self) -> String {
        let about =
            |clause: &&Clause| !clause.is_excluded && matches!(clause.field, Field::Any | Field::Title);
        let words: Vec<&str> = self.clauses.iter().filter(about).map(|clause| clause.text.as_str()).collect();
        words.join(" ")
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        if let Some(identifier) = &self.identifier {
            parts.push(format!("identifier {identifier}"));
        }
        let plain = |clause: &&Clause| clause.field == Field::Any && !clause.is_phrase && !clause.is_excluded;
        let words: Vec<&str> = self.clauses.iter().filter(plain).map(|clause| clause.text.as_str()).collect();
        if !words.is_empty() {
            parts.push(format!("words {}", words.join(" ")));
        }
        for clause in self.clauses.iter().filter(|clause| !plain(clause)) {
            let not = if clause.is_excluded { "not " } else { "" };
            let field = match clause.field {
                Field::Any if clause.is_phrase => "phrase ",
                Field::Any => "",
                Field::Title => "title ",
                Field::Author => "author ",
                Field::Organization => "organization ",
            };
            let mark = if clause.is_phrase { "\"" } else { "" };
            parts.push(format!("{not}{field}{mark}{}{mark}", clause.text));
        }
        for category in &self.categories {
            let not = if category.is_excluded { "not " } else { "" };
            parts.push(format!("{not}category {}", category.code));
        }
        match self.years {
            Some(Years { first: Some(first), last: Some(last) }) if first == last => {
                parts.push(format!("year {first}"));
            }
            Some(Years { first: Some(first), last: Some(last) }) => {
                parts.push(format!("years {first} to {last}"));
            }
            Some(Years { first: Some(first), last: None }) => parts.push(format!("year {first} or later")),
            Some(Years { first: None, last: Some(last) }) => parts.push(format!("year {last} or earlier")),
            Some(Years { first: None, last: None }) | None => {}
        }
        match self.has_code {
            Some(true) => parts.push("with code".to_owned()),
            Some(false) => parts.push("without code".to_owned()),
            None => {}
        }
        f.write_str(&parts.join("; "))
    }
}

#[cfg(test)]
mod tests;
