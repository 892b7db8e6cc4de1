//! The page of a category's newest announcement, `/list/CATEGORY/new`, in HTML.
//!
//! It states its day and how many entries each of its sections shows and has in all: this is what an announcement is
//! checked by. A page whose entries are not as many as it states is refused. A long announcement comes in pages
//! (`?skip=…&show=…`); [`Listing::is_complete`] says whether one page has all of it. Source: `browse/templates/list` of
//! <https://github.com/arXiv/arxiv-browse>.

mod entry;
mod reader;
#[cfg(test)]
mod tests;

use chrono::NaiveDate;

use crate::body;
use crate::error::{PageError, RecordError};
use crate::record::{AnnounceKind, Record};

use entry::WireEntry;
use reader::{ListingReader, WireSection};

/// An announcement, or one page of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The day of the announcement.
    pub announced_on: NaiveDate,
    /// Entries of the whole announcement in this category; 0 if there was nothing to announce.
    pub total: u64,
    /// The sections that the page shows.
    pub sections: Vec<Section>,
}

/// A section of an announcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The kind of its entries. All replacements are [`AnnounceKind::Replace`]: the page does not tell them apart.
    pub kind: AnnounceKind,
    /// Entries of the section on all pages.
    pub total: u64,
    /// Entries on this page.
    pub entries: Vec<Result<Record, RecordError>>,
}

/// Reads a page.
///
/// # Errors
/// The page is not all there, is another document, or has other numbers of entries than it states.
pub fn parse(octets: &[u8]) -> Result<Listing, PageError> {
    let text = body::document(octets)?;
    let page = ListingReader::read(&text)?;
    if !page.is_ended {
        return Err(PageError::CutOff);
    }
    let Some(announced_on) = page.announced_on else {
        return Err(match body::html(&text) {
            PageError::Html { title } => {
                PageError::Unexpected(format!("a page titled {title:?}, without the day of a listing"))
            }
            message => message,
        });
    };
    if page.sections.is_empty() && page.total.is_none() && !page.says_empty {
        return Err(PageError::Unexpected(
            "a listing without entries that does not say that it has none".to_owned(),
        ));
    }
    let (per_page, first) = (page.per_page, page.sections.iter().flat_map(|section| &section.entries).next());
    let first = first.and_then(WireEntry::number);
    let sections = page
        .sections
        .into_iter()
        .map(|section| checked(section, announced_on))
        .collect::<Result<Vec<_>, _>>()?;
    let has_entries = sections.iter().any(|section| !section.entries.is_empty());
    let total = match page.total {
        Some(total) => total,
        None if !has_entries => 0,
        None => return Err(PageError::Unexpected("a listing without the number of its entries".to_owned())),
    };
    let listing = Listing { announced_on, total, sections };
    listing.check_total()?;
    if let (Some(per_page), Some(first)) = (per_page, first) {
        listing.check_page(per_page, first)?;
    }
    Ok(listing)
}

impl Listing {
    /// Whether this page has all entries of the announcement.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.entries().count() as u64 == self.total
    }

    /// The entries of all sections.
    pub fn entries(&self) -> impl Iterator<Item = &Result<Record, RecordError>> {
        self.sections.iter().flat_map(|section| &section.entries)
    }

    /// Refuses a page that lacks entries behind the first, up to the number that a page can have.
    fn check_page(&self, per_page: u64, first: u64) -> Result<(), PageError> {
        let found = self.entries().count() as u64;
        let stated = self.total.saturating_sub(first - 1).min(per_page);
        if found == stated { Ok(()) } else { Err(PageError::Count { part: "the page", stated, found }) }
    }

    /// Refuses a page that has more than it states, or nothing of it.
    fn check_total(&self) -> Result<(), PageError> {
        let found = self.entries().count() as u64;
        let in_sections: u64 = self.sections.iter().map(|section| section.total).sum();
        let is_wrong = in_sections > self.total || (found == 0 && self.total > 0);
        let found = found.max(in_sections);
        if is_wrong {
            Err(PageError::Count { part: "the listing", stated: self.total, found })
        } else {
            Ok(())
        }
    }
}

/// A section whose number of entries is the one that it states.
fn checked(section: WireSection, announced_on: NaiveDate) -> Result<Section, PageError> {
    let WireSection { kind, shown, total, entries } = section;
    let (found, part) = (entries.len() as u64, part(kind));
    if found != shown {
        return Err(PageError::Count { part, stated: shown, found });
    }
    if shown > total {
        return Err(PageError::Count { part, stated: total, found });
    }
    let entries = entries.into_iter().map(|entry: WireEntry| entry.record(kind, announced_on)).collect();
    Ok(Section { kind, total, entries })
}

fn part(kind: AnnounceKind) -> &'static str {
    match kind {
        AnnounceKind::New => "the section of new submissions",
        AnnounceKind::Cross => "the section of cross-lists",
        AnnounceKind::Replace | AnnounceKind::ReplaceCross => "the section of replacements",
    }
}
