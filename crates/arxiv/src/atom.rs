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
                Err(excess) => Err(excess.into()),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::WithdrawalEvidence;

    const PAGE: &str = include_str!("../tests/data/query.xml");

    fn refused(page: &str) -> PageError {
        parse(page.as_bytes()).expect_err("the page is not sound")
    }

    #[test]
    fn entries_are_read() {
        let page = parse(PAGE.as_bytes()).unwrap();
        assert_eq!((page.total, page.start, page.per_page), (3, 0, 2));
        assert_eq!(page.updated_at.unwrap().to_rfc3339(), "2026-04-12T22:09:27+00:00");
        let first = page.entries[0].as_ref().unwrap();
        assert_eq!((first.id.as_str(), first.version), ("2602.01234", Some(3)));
        assert_eq!(first.title, r"Deep Examples of $\alpha$ & Others");
        assert_eq!(first.r#abstract.as_deref(), Some("We give examples for which 1 < 2."));
        assert_eq!(first.authors, ["Ada B. Doe", "李四", "C.-P. Roe"]);
        assert_eq!(first.categories, ["cs.CL", "cs.LG"]);
        assert_eq!(first.comments.as_deref(), Some("9 pages"));
        assert_eq!(first.journal_ref.as_deref(), Some("J. Ex. 1 (2026) 1-9"));
        assert_eq!(first.doi.as_deref(), Some("10.1000/example.1"));
        assert_eq!(first.submitted_on.unwrap().to_string(), "2026-02-03");
        assert_eq!(first.updated_on.unwrap().to_string(), "2026-03-01");
        let numbers: Vec<u32> = first.versions.iter().map(|version| version.number).collect();
        assert_eq!(numbers, [1, 3]);
        let second = page.entries[1].as_ref().unwrap();
        assert_eq!(second.id.as_str(), "math/0611800");
        assert_eq!(second.authors, ["E. Poe", "Example Collaboration"]);
        let withdrawal = second.withdrawal.unwrap();
        assert_eq!(
            (withdrawal.evidence, withdrawal.since),
            (WithdrawalEvidence::Abstract, second.updated_on)
        );
    }

    #[test]
    fn errors_are_told_apart() {
        let error = "<feed><entry><id>https://arxiv.org/api/errors#incorrect_id_format_for_abc</id>\
            <title>Error</title><summary>incorrect id format for abc</summary></entry></feed>";
        let code = "incorrect_id_format_for_abc".to_owned();
        let message = "incorrect id format for abc".to_owned();
        assert_eq!(refused(error), PageError::Reported { code, message });
        assert_eq!(refused(""), PageError::Empty);
        assert_eq!(refused("Rate exceeded."), PageError::RateExceeded);
        assert_eq!(refused("<!DOCTYPE html><title>x</title>"), PageError::Html { title: "x".to_owned() });
        assert_eq!(
            refused("<?xml version='1.0'?><html><title>x</title></html>"),
            PageError::Html { title: "x".to_owned() }
        );
        assert!(matches!(refused("<rss/>"), PageError::Unexpected(_)));
        assert!(matches!(refused("<feed></feed>"), PageError::Unexpected(_)));
        assert!(matches!(refused("<feed></entry>"), PageError::Malformed(_)));
    }

    #[test]
    fn pages_that_lack_entries_are_refused() {
        let count = |stated, found| PageError::Count { part: "the page", stated, found };
        let start = PAGE.find("<entry>").unwrap();
        let empty = format!("{}</feed>", &PAGE[..start]);
        assert_eq!(refused(&empty), count(2, 0));
        let more = PAGE.replace("PerPage>2<", "PerPage>100<");
        assert_eq!(refused(&more), count(3, 2));
        let behind_the_end = empty.replace("startIndex>0<", "startIndex>3<");
        assert_eq!(parse(behind_the_end.as_bytes()).unwrap().entries, []);
        let none = empty.replace("Results>3<", "Results>0<");
        assert_eq!(parse(none.as_bytes()).unwrap().total, 0);
    }

    #[test]
    fn one_bad_entry_does_not_refuse_the_page() {
        let page = PAGE.replace("Withdrawn Bounds", " ").replace("abs/2602.01234v3", "abs/x");
        let errors: Vec<String> = parse(page.as_bytes())
            .unwrap()
            .entries
            .into_iter()
            .map(|entry| entry.unwrap_err().to_string())
            .collect();
        assert_eq!(
            errors,
            [
                "http://arxiv.org/abs/x: \"http://arxiv.org/abs/x\" is not an arXiv identifier",
                "http://arxiv.org/abs/math.CA/0611800v1: the title is missing",
            ]
        );
    }

    #[test]
    fn a_page_that_is_cut_anywhere_is_refused() {
        for cut in (0..PAGE.trim_end().len()).filter(|&cut| PAGE.is_char_boundary(cut)) {
            let error = parse(&PAGE.as_bytes()[..cut]).unwrap_err();
            assert!(matches!(error, PageError::CutOff | PageError::Empty), "{cut}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_read_without_a_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&octets);
        }

        #[test]
        fn damaged_pages_never_become_shorter(at in 0..PAGE.len(), octets in proptest::collection::vec(any::<u8>(), 0..12)) {
            let mut page = PAGE.as_bytes().to_vec();
            let end = (at + octets.len()).min(page.len());
            page.splice(at..end, octets);
            if let Ok(page) = parse(&page) {
                prop_assert!(page.entries.len() as u64 >= page.per_page.min(page.total - page.start.min(page.total)));
            }
        }
    }
}
