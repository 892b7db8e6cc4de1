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
                Err(excess) if is_entry => {
                    self.feed.entries.push(Err(RecordError::new(None, format!("it has {excess}"))));
                }
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
    let description = entry.child_text("description").or_else(|| entry.child_text("summary")).unwrap_or_default();
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
    let kind = entry.child_text("announce_type").or_else(|| {
        head.split_once(ANNOUNCE_TYPE).and_then(|(_, kind)| kind.split_whitespace().next())
    });
    record.announcement = kind.and_then(AnnounceKind::parse);
    if record.announcement.is_none() {
        record.warnings.push(Warning::new("announcement", "The kind of announcement is missing or not known."));
    }
    let in_rss = entry.child_text("pubDate").and_then(dates::mail_day);
    record.announced_on = in_rss.or_else(|| entry.child_text("published").and_then(dates::day));
    record.find_withdrawal(false);
    Ok(record)
}
