//! Pages of the query API, in Atom.
//!
//! An error comes as a page with one entry titled "Error", with the status 400 or 200. A page that has fewer entries than
//! it should is refused: the API answers so when it is busy, and a later request has them all.
//! Source: <https://info.arxiv.org/help/api/user-manual.html>.

use chrono::{DateTime, Utc};

use crate::authors::AuthorList;
use crate::error::{PageError, RecordError, quoted};
use crate::record::{Record, RecordTexts, Version};
use crate::xml::{Document, Element};
use crate::{body, dates, text};

/// Entries of a page; the API gives at most 2,000.
const MAX_ENTRIES: usize = 20_000;

/// A page of results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Results of the whole query.
    pub total: u64,
    /// The place of the first entry, from 0 on.
    pub start: u64,
    /// The number of entries that was asked for.
    pub per_page: u64,
    /// The instant of the answer.
    pub updated_at: Option<DateTime<Utc>>,
    /// The entries.
    pub entries: Vec<Result<Record, RecordError>>,
}

/// Reads a page.
///
/// # Errors
/// The page is not all there, is another document, or says that there was an error.
pub fn parse(octets: &[u8]) -> Result<Page, PageError> {
    let text = body::xml(octets)?;
    let (mut document, _) = Document::open_as(&text, &["feed"])?;
    let (mut total, mut start, mut per_page, mut updated_at) = (None, None, None, None);
    let mut entries = Vec::new();
    while let Some(tag) = document.child()? {
        if tag.name() == "entry" {
            if entries.len() == MAX_ENTRIES {
                return Err(PageError::Limit("20,000 entries"));
            }
            entries.push(match document.read(tag)? {
                Ok(entry) => {
                    reported(&entry).map_or(Ok(()), Err)?;
                    record(&entry)
                }
                Err(excess) => Err(RecordError::new(None, format!("it has {excess}"))),
            });
            continue;
        }
        let Ok(element) = document.read(tag)? else { continue };
        match element.name() {
            "totalResults" => total = element.text().parse().ok(),
            "startIndex" => start = element.text().parse().ok(),
            "itemsPerPage" => per_page = element.text().parse().ok(),
            "updated" => updated_at = dates::instant(element.text()),
            _ => {}
        }
    }
    document.finish()?;
    let counts = total.zip(start).zip(per_page);
    let ((total, start), per_page) =
        counts.ok_or_else(|| PageError::Unexpected("a feed without the number of its results".to_owned()))?;
    let page = Page { total, start, per_page, updated_at, entries };
    page.check_count()?;
    Ok(page)
}

impl Page {
    /// Refuses a page that lacks entries. One of identifiers has all that exist, of however many were asked for.
    fn check_count(&self) -> Result<(), PageError> {
        let stated = self.total.saturating_sub(self.start).min(self.per_page);
        let found = self.entries.len() as u64;
        if found < stated { Err(PageError::Count { part: "the page", stated, found }) } else { Ok(()) }
    }
}

/// The error that an entry is.
fn reported(entry: &Element) -> Option<PageError> {
    let id = entry.child_text("id").unwrap_or_default();
    let code = id.split_once("/api/errors").map(|(_, code)| code)?;
    Some(PageError::Reported {
        code: quoted(code.trim_start_matches(['#', '/'])),
        message: quoted(entry.child_text("summary").unwrap_or_default()),
    })
}

fn record(entry: &Element) -> Result<Record, RecordError> {
    let mut record = Record::begin(entry.child_text("id"), entry.child_text("title"))?;
    record.set_texts(&RecordTexts {
        r#abstract: entry.child_text("summary"),
        comments: entry.child_text("comment"),
        journal_ref: entry.child_text("journal_ref"),
        doi: entry.child_text("doi"),
        license: entry.child_text("rights"),
    });
    record.set_authors(AuthorList::from_names(
        entry.children("author").filter_map(|author| author.child_text("name")),
    ));
    let codes = entry.children("primary_category").chain(entry.children("category"));
    record.categories = text::categories(codes.filter_map(|category| category.attribute("term")));
    let published = entry.child_text("published").and_then(dates::instant);
    let updated = entry.child_text("updated").and_then(dates::instant);
    if let Some(number) = record.version {
        let first = published.map(|submitted_at| Version { number: 1, submitted_at });
        let this = updated.map(|submitted_at| Version { number, submitted_at });
        record.set_versions(first.into_iter().chain(this).collect());
    }
    record.submitted_on = published.map(|at| at.date_naive());
    record.updated_on = updated.map(|at| at.date_naive());
    record.find_withdrawal(false);
    Ok(record)
}
