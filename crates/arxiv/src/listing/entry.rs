//! One entry of a listing: its texts as the page has them, and the record that they make.

use chrono::NaiveDate;

use crate::authors::AuthorList;
use crate::error::RecordError;
use crate::record::{AnnounceKind, Record, RecordTexts};
use crate::text;

/// The texts of an entry.
#[derive(Debug, Default)]
pub(super) struct WireEntry {
    /// The address of its abstract.
    pub(super) link: Option<String>,
    /// The line of its identifier and its files.
    pub(super) head: String,
    pub(super) title: Option<String>,
    pub(super) authors: Option<String>,
    pub(super) comments: Option<String>,
    pub(super) journal_ref: Option<String>,
    pub(super) subjects: Option<String>,
    pub(super) r#abstract: Option<String>,
}

impl WireEntry {
    /// The place in the whole announcement, from 1 on: `[1]`.
    pub(super) fn number(&self) -> Option<u64> {
        let (number, _) = self.head.trim_start().strip_prefix('[')?.split_once(']')?;
        number.parse().ok().filter(|&number| number > 0)
    }

    /// The record, or the reason why there is none.
    pub(super) fn record(self, kind: AnnounceKind, announced_on: NaiveDate) -> Result<Record, RecordError> {
        let link = self.link.as_deref().and_then(|link| link.split_once("/abs/")).map(|(_, id)| id);
        let in_text = self.head.split_once("arXiv:").and_then(|(_, rest)| rest.split_whitespace().next());
        let without =
            |label, text: &'_ Option<String>| text.as_deref().map(|text| strip_label(text, label).to_owned());
        let title = without("Title:", &self.title);
        let mut record = Record::begin(link.or(in_text), title.as_deref())?;
        record.set_texts(&RecordTexts {
            r#abstract: self.r#abstract.as_deref(),
            comments: without("Comments:", &self.comments).as_deref(),
            journal_ref: without("Journal-ref:", &self.journal_ref).as_deref(),
            ..RecordTexts::default()
        });
        record.set_authors(AuthorList::parse(&without("Authors:", &self.authors).unwrap_or_default()));
        let subjects = self.subjects.unwrap_or_default();
        record.categories = text::categories(subjects.split(';').filter_map(code));
        record.announcement = Some(kind);
        record.announced_on = Some(announced_on);
        record.find_withdrawal(false);
        Ok(record)
    }
}

/// The text behind its label, for pages that do not mark the label.
fn strip_label<'a>(text: &'a str, label: &str) -> &'a str {
    let text = text.trim_start();
    text.strip_prefix(label).unwrap_or(text)
}

/// The code of `Computation and Language (cs.CL)`.
fn code(subject: &str) -> Option<&str> {
    let (_, code) = subject.rsplit_once('(')?;
    Some(code.split_once(')')?.0.trim())
}
