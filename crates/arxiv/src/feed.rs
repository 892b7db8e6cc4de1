//! Feeds of new announcements, in RSS 2.0 and Atom.
//!
//! A feed holds what was announced in its categories on one day, and nothing on days without an announcement. It can show
//! the announcement of an earlier day under a fresh date of its own, so that the days of its entries are what counts. It
//! does not tell the primary category, the comments, or when a paper was submitted.
//! Sources: <https://info.arxiv.org/help/rss_specifications.html>, <https://info.arxiv.org/help/atom_specifications.html>.

use chrono::{DateTime, NaiveDate, Utc};

use crate::authors::AuthorList;
use crate::error::{PageError, RecordError, quoted};
use crate::record::{AnnounceKind, Record, RecordTexts, Warning};
use crate::xml::{Document, Element};
use crate::{body, dates, text};

/// Entries of a feed; arXiv gives at most 2,000.
const MAX_ENTRIES: usize = 20_000;

/// The beginning of the title of a feed that reports an error.
const ERROR_TITLE: &str = "Feed error";

/// What precedes the abstract in the description of an entry.
const ABSTRACT: &str = "Abstract:";

/// What precedes the kind of announcement there.
const ANNOUNCE_TYPE: &str = "Announce Type:";

/// A feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Feed {
    /// The instant at which it was built.
    pub built_at: Option<DateTime<Utc>>,
    /// The day of the announcement, as the feed states it: it can be fresh above old entries.
    pub published_on: Option<NaiveDate>,
    /// The entries; none on a day without an announcement.
    pub entries: Vec<Result<Record, RecordError>>,
}

/// Reads a feed of either format.
///
/// # Errors
/// The feed is not all there, is another document, or says that there was an error.
pub fn parse(octets: &[u8]) -> Result<Feed, PageError> {
    let text = body::xml(octets)?;
    let (mut document, root) = Document::open_as(&text, &["rss", "feed"])?;
    let mut feed = FeedReader::default();
    if root.name() == "feed" {
        feed.read(&mut document)?;
    } else {
        let mut has_channel = false;
        while let Some(tag) = document.child()? {
            if tag.name() == "channel" {
                has_channel = true;
                feed.read(&mut document)?;
            } else {
                document.skip()?;
            }
        }
        if !has_channel {
            return Err(PageError::Unexpected("RSS without a channel".to_owned()));
        }
    }
    document.finish()?;
    feed.finish()
}

#[derive(Default)]
struct FeedReader {
    feed: Feed,
    title: String,
    description: String,
}

impl FeedReader {
    /// Reads what the channel or the feed holds.
    fn read(&mut self, document: &mut Document<'_>) -> Result<(), PageError> {
        while let Some(tag) = document.child()? {
            let is_entry = matches!(tag.name(), "item" | "entry");
            if is_entry && self.feed.entries.len() == MAX_ENTRIES {
                return Err(PageError::Limit("20,000 entries"));
            }
            match document.read(tag)? {
                Ok(element) if is_entry => self.feed.entries.push(record(&element)),
                Err(excess) if is_entry => self.feed.entries.push(Err(excess.into())),
                Ok(element) => self.read_own(&element),
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn read_own(&mut self, element: &Element) {
        let said = element.text();
        match element.name() {
            "lastBuildDate" => self.feed.built_at = dates::mail_instant(said),
            "updated" => self.feed.built_at = dates::instant(said),
            "pubDate" => self.feed.published_on = dates::mail_day(said),
            "title" => self.title = quoted(said),
            "description" | "subtitle" => self.description = quoted(said),
            _ => {}
        }
    }

    fn finish(self) -> Result<Feed, PageError> {
        if self.title.starts_with(ERROR_TITLE) {
            return Err(PageError::Reported { code: String::new(), message: self.description });
        }
        Ok(self.feed)
    }
}

fn record(entry: &Element) -> Result<Record, RecordError> {
    let description =
        entry.child_text("description").or_else(|| entry.child_text("summary")).unwrap_or_default();
    let id = entry.child_text("guid").or_else(|| entry.child_text("id")).or_else(|| entry.child_text("link"));
    let mut record = Record::begin(id, entry.child_text("title"))?;
    let (head, r#abstract) = description.split_once(ABSTRACT).unwrap_or(("", description));
    record.set_texts(&RecordTexts {
        r#abstract: Some(r#abstract),
        comments: None,
        journal_ref: entry.child_text("journal_reference"),
        doi: entry.child_text("DOI"),
        license: entry.child_text("rights"),
    });
    record.set_authors(AuthorList::parse(entry.child_text("creator").unwrap_or_default()));
    let codes = entry.children("category").map(|code| code.attribute("term").unwrap_or_else(|| code.text()));
    record.categories = text::categories(codes);
    let kind = entry
        .child_text("announce_type")
        .or_else(|| head.split_once(ANNOUNCE_TYPE).and_then(|(_, kind)| kind.split_whitespace().next()));
    record.announcement = kind.and_then(AnnounceKind::parse);
    if record.announcement.is_none() {
        record
            .warnings
            .push(Warning::new("announcement", "The kind of announcement is missing or not known."));
    }
    let in_rss = entry.child_text("pubDate").and_then(dates::mail_day);
    record.announced_on = in_rss.or_else(|| entry.child_text("published").and_then(dates::day));
    record.find_withdrawal(false);
    Ok(record)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RSS: &str = include_str!("../tests/data/feed.rss");
    const ATOM: &str = include_str!("../tests/data/feed.atom");

    #[test]
    fn both_formats_give_the_same_record() {
        let rss = parse(RSS.as_bytes()).unwrap();
        let atom = parse(ATOM.as_bytes()).unwrap();
        assert_eq!(rss.entries[0], atom.entries[0]);
        let record = rss.entries[0].as_ref().unwrap();
        assert_eq!((record.id.as_str(), record.version), ("2611.01234", Some(1)));
        assert_eq!(record.title, "Reading Lists & Tables of $x^2$");
        assert_eq!(record.r#abstract.as_deref(), Some("We read lists. A second line, where 1 < 2."));
        assert_eq!(record.authors, ["Ada Doe", "Björn Roe"]);
        assert_eq!(record.categories, ["cs.CL", "cs.AI"]);
        assert_eq!(record.announcement, Some(AnnounceKind::New));
        assert_eq!(record.announced_on, NaiveDate::from_ymd_opt(2026, 11, 27));
        assert_eq!(record.license.as_deref(), Some("http://creativecommons.org/licenses/by/4.0/"));
        assert_eq!(record.doi.as_deref(), Some("10.1000/example.1"));
        assert_eq!(record.journal_ref.as_deref(), Some("J. Ex. 1 (2026)"));
        assert_eq!((record.submitted_on, record.updated_on), (None, None));
        assert_eq!(rss.built_at.unwrap().to_rfc3339(), "2026-11-27T05:00:12+00:00");
        assert_eq!(rss.published_on, NaiveDate::from_ymd_opt(2026, 11, 27));
        assert_eq!(atom.built_at.unwrap().date_naive().to_string(), "2026-11-27");
    }

    #[test]
    fn kinds_are_read_from_the_description_as_well() {
        let feed = parse(RSS.as_bytes()).unwrap();
        let record = feed.entries[1].as_ref().unwrap();
        assert_eq!(record.announcement, Some(AnnounceKind::ReplaceCross));
        assert!(record.warnings.is_empty());
        assert_eq!(
            feed.entries[2].as_ref().unwrap_err().to_string(),
            "oai:arXiv.org:2611.00003v1: the title is missing"
        );
        for kind in
            [AnnounceKind::New, AnnounceKind::Cross, AnnounceKind::Replace, AnnounceKind::ReplaceCross]
        {
            let feed = RSS.replace("Type: replace-cross", &format!("Type: {}", kind.as_str()));
            assert_eq!(parse(feed.as_bytes()).unwrap().entries[1].as_ref().unwrap().announcement, Some(kind));
        }
        let unknown = parse(RSS.replace("Type: replace-cross", "Type: other").as_bytes()).unwrap();
        let unknown = unknown.entries[1].as_ref().unwrap();
        assert_eq!((unknown.announcement, unknown.warnings.len()), (None, 1));
    }

    #[test]
    fn a_day_without_an_announcement_is_empty() {
        let start = RSS.find("<item>").unwrap();
        let feed = parse(format!("{}</channel></rss>", &RSS[..start]).as_bytes()).unwrap();
        assert_eq!(feed.entries, []);
        assert!(feed.built_at.is_some());
    }

    #[test]
    fn errors_are_told_apart() {
        let refused = |body: &str| parse(body.as_bytes()).expect_err("the feed is not sound");
        let error = "<rss><channel><title>Feed error for query: x</title><description>Invalid archive x.</description></channel></rss>";
        let message = "Invalid archive x.".to_owned();
        assert_eq!(refused(error), PageError::Reported { code: String::new(), message });
        assert_eq!(refused(" "), PageError::Empty);
        assert_eq!(refused("Rate exceeded."), PageError::RateExceeded);
        assert!(matches!(refused("<html></html>"), PageError::Html { .. }));
        assert!(matches!(refused("<rss></rss>"), PageError::Unexpected(_)));
        assert!(matches!(refused("<RDF></RDF>"), PageError::Unexpected(_)));
    }

    #[test]
    fn a_feed_that_is_cut_anywhere_is_refused() {
        for feed in [RSS, ATOM] {
            for cut in 0..feed.trim_end().len() {
                let error = parse(&feed.as_bytes()[..cut]).unwrap_err();
                assert!(matches!(error, PageError::CutOff | PageError::Empty), "{cut}: {error}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_read_without_a_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&octets);
        }

        #[test]
        fn damaged_feeds_are_read_without_a_panic(at in 0..RSS.len(), octets in proptest::collection::vec(any::<u8>(), 0..12)) {
            let mut feed = RSS.as_bytes().to_vec();
            let end = (at + octets.len()).min(feed.len());
            feed.splice(at..end, octets);
            let _ = parse(&feed);
        }
    }
}
