//! The snapshot of all metadata: JSON lines, one paper each, in millions.
//!
//! [`parse`] reads one line. [`LineReader`] reads a file of any size at constant memory, [`Records`] is both together.
//! [`decompress`] opens what may be compressed. Source: <https://www.kaggle.com/datasets/Cornell-University/arxiv>.
//!
//! A line that is too long is a reason and not the end: reading goes on behind it. Each line has its place, so that a
//! reader that was interrupted goes on there.

mod compressed;
mod lines;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::io::{self, BufRead};
use std::ops::Deref;

use serde::Deserialize;

use crate::authors::{AuthorList, NameParts};
use crate::error::{RecordError, quoted};
use crate::oai::version_number;
use crate::record::{Record, RecordTexts, Version, Warning};
use crate::{dates, text};

pub use compressed::decompress;
pub use lines::{LineContent, LineReader, RawLine};

/// Versions of a paper.
const MAX_VERSIONS: usize = 1_000;

/// Text that is borrowed from the line if it has no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// A line as it is written.
#[derive(Deserialize)]
struct WirePaper<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    title: Option<Text<'a>>,
    #[serde(borrow, default)]
    authors: Option<Text<'a>>,
    #[serde(borrow, default)]
    authors_parsed: Option<Vec<Vec<Text<'a>>>>,
    #[serde(borrow, default)]
    comments: Option<Text<'a>>,
    #[serde(borrow, default, rename = "journal-ref")]
    journal_ref: Option<Text<'a>>,
    #[serde(borrow, default)]
    doi: Option<Text<'a>>,
    #[serde(borrow, default)]
    categories: Option<Text<'a>>,
    #[serde(borrow, default)]
    license: Option<Text<'a>>,
    #[serde(borrow, default, rename = "abstract")]
    summary: Option<Text<'a>>,
    #[serde(borrow, default)]
    versions: Option<Vec<WireVersion<'a>>>,
    #[serde(borrow, default)]
    update_date: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct WireVersion<'a> {
    #[serde(borrow)]
    version: Text<'a>,
    #[serde(borrow)]
    created: Text<'a>,
}

/// Reads one line.
///
/// # Errors
/// The line is not JSON of a paper, or lacks an identifier or a title.
pub fn parse(line: &[u8]) -> Result<Record, RecordError> {
    let paper: WirePaper<'_> = serde_json::from_slice(line).map_err(|error| {
        RecordError::new(None, format!("it is not a paper: {}", quoted(&error.to_string())))
    })?;
    let mut record = Record::begin(Some(&paper.id), paper.title.as_deref())?;
    record.set_texts(&RecordTexts {
        r#abstract: paper.summary.as_deref(),
        comments: paper.comments.as_deref(),
        journal_ref: paper.journal_ref.as_deref(),
        doi: paper.doi.as_deref(),
        license: paper.license.as_deref(),
    });
    record.set_authors(authors(&paper));
    record.categories = text::categories(paper.categories.as_deref().unwrap_or_default().split_whitespace());
    set_versions(&mut record, paper.versions.as_deref().unwrap_or_default());
    if record.updated_on.is_none() {
        record.updated_on = paper.update_date.as_deref().and_then(dates::day);
    }
    record.find_withdrawal(false);
    Ok(record)
}

/// The names in parts; those of the line of authors if there are none. "et al." stands in the line alone.
fn authors(paper: &WirePaper<'_>) -> AuthorList {
    let line = paper.authors.as_deref().unwrap_or_default();
    let parts = paper.authors_parsed.as_deref().unwrap_or_default().iter().map(|author| {
        let part = |at: usize| author.get(at).map(|text| &**text).unwrap_or_default();
        NameParts { keyname: part(0), forenames: part(1), suffix: part(2) }
    });
    let mut list = AuthorList::from_parts(parts);
    if list.names.is_empty() {
        return AuthorList::parse(line);
    }
    list.has_more = list.has_more || AuthorList::goes_on(line);
    list
}

fn set_versions(record: &mut Record, wire: &[WireVersion<'_>]) {
    let mut versions = Vec::with_capacity(wire.len().min(MAX_VERSIONS));
    for version in wire.iter().take(MAX_VERSIONS) {
        let number = version_number(&version.version);
        match number.zip(dates::mail_instant(&version.created)) {
            Some((number, submitted_at)) => versions.push(Version { number, submitted_at }),
            None => record
                .warnings
                .push(Warning::new("versions", "A version has no number or no date. It was left out.")),
        }
    }
    record.set_versions(versions);
}

/// A line of a snapshot, and where it stands.
#[derive(Debug)]
pub struct Line {
    /// The number, from 1 on.
    pub number: u64,
    /// The place of its first byte, after decompression.
    pub offset: u64,
    /// The place of the line behind it, from which a reader that is interrupted now goes on.
    pub next_offset: u64,
    /// The paper.
    pub record: Result<Record, RecordError>,
}

/// The papers of a snapshot, one by one. Blank lines are passed over; an input that cannot be read is the end.
#[derive(Debug)]
pub struct Records<R> {
    lines: LineReader<R>,
    is_failed: bool,
}

impl<R: BufRead> Records<R> {
    /// The papers that are still to come.
    pub fn new(lines: LineReader<R>) -> Self {
        Self { lines, is_failed: false }
    }
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.is_failed {
            let RawLine { number, offset, next_offset, content } = match self.lines.next_line() {
                Ok(line) => line?,
                Err(error) => {
                    self.is_failed = true;
                    return Some(Err(error));
                }
            };
            let record = match content {
                LineContent::Text(text) if text.trim_ascii().is_empty() => continue,
                LineContent::Text(text) => parse(text),
                LineContent::TooLong => Err(RecordError::new(None, "the line is too long")),
            };
            return Some(Ok(Line { number, offset, next_offset, record }));
        }
        None
    }
}
