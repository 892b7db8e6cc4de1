//! One paper as a source of arXiv's describes it.
//!
//! One type for all sources: a field is empty if the source does not state it, which is not to say that the paper has
//! none. Which source is believed for which field is for the caller to say.

use chrono::{DateTime, NaiveDate, Utc};

use crate::authors::AuthorList;
use crate::error::{RecordError, quoted};
use crate::identifier::ArxivId;
use crate::{text, withdrawn};

/// A paper, as one source describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The identifier, without a version.
    pub id: ArxivId,
    /// The version that the source describes.
    pub version: Option<u32>,
    /// The title, on one line, with its LaTeX.
    pub title: String,
    /// The abstract, on one line, with its LaTeX.
    pub r#abstract: Option<String>,
    /// The names of the authors and collaborations, in the order of the paper, for display.
    pub authors: Vec<String>,
    /// Whether the source says that there are more authors ("et al.").
    pub has_more_authors: bool,
    /// Codes of categories. The first is the primary one, except in [`crate::feed`], which does not tell which it is.
    pub categories: Vec<String>,
    /// What the authors say about the paper.
    pub comments: Option<String>,
    /// The reference to a journal.
    pub journal_ref: Option<String>,
    /// The DOI of the publication.
    pub doi: Option<String>,
    /// The versions that the source states, by number; not all of them in the query API.
    pub versions: Vec<Version>,
    /// The day of the first version, in UTC.
    pub submitted_on: Option<NaiveDate>,
    /// The day of the version that is described, in UTC.
    pub updated_on: Option<NaiveDate>,
    /// The address of the licence.
    pub license: Option<String>,
    /// Set if the paper was withdrawn.
    pub withdrawal: Option<Withdrawal>,
    /// The kind of announcement, if this is one.
    pub announcement: Option<AnnounceKind>,
    /// The day of the announcement, if this is one.
    pub announced_on: Option<NaiveDate>,
    /// What was left out or shortened.
    pub warnings: Vec<Warning>,
}

/// A version of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The number, from 1 on.
    pub number: u32,
    /// The submission.
    pub submitted_at: DateTime<Utc>,
}

/// A withdrawal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// What says that the paper was withdrawn.
    pub evidence: WithdrawalEvidence,
    /// The day of the version that withdrew it, if the source states days.
    pub since: Option<NaiveDate>,
}

/// What says that a paper was withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithdrawalEvidence {
    /// The latest version has no files: it has the size 0, or a type of source that tells arXiv to ignore them.
    Source,
    /// The comments.
    Comments,
    /// The abstract.
    Abstract,
}

/// The kind of an announcement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AnnounceKind {
    /// A new paper, in its primary category.
    New,
    /// A new paper in another of its categories, or an older one that was added to it.
    Cross,
    /// A new version, in the primary category.
    Replace,
    /// A new version, in another category.
    ReplaceCross,
}

impl AnnounceKind {
    /// The kind of this name in a feed.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "new" => Some(Self::New),
            "cross" => Some(Self::Cross),
            "replace" => Some(Self::Replace),
            "replace-cross" => Some(Self::ReplaceCross),
            _ => None,
        }
    }

    /// The name in a feed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Cross => "cross",
            Self::Replace => "replace",
            Self::ReplaceCross => "replace-cross",
        }
    }
}

/// A value of a record that was left out or shortened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The field of the record.
    pub field: &'static str,
    /// The problem and its treatment.
    pub message: String,
}

impl Warning {
    pub(crate) fn new(field: &'static str, message: impl Into<String>) -> Self {
        Self { field, message: message.into() }
    }
}

/// The texts of a record as a source has them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RecordTexts<'a> {
    pub(crate) r#abstract: Option<&'a str>,
    pub(crate) comments: Option<&'a str>,
    pub(crate) journal_ref: Option<&'a str>,
    pub(crate) doi: Option<&'a str>,
    pub(crate) license: Option<&'a str>,
}

impl Record {
    /// A record of which only the identifier and the title are known.
    ///
    /// # Errors
    /// One of them is missing or not valid.
    pub(crate) fn begin(id: Option<&str>, title: Option<&str>) -> Result<Self, RecordError> {
        let shown = id.ok_or_else(|| RecordError::new(None, "the identifier is missing"))?;
        let (id, version) = ArxivId::parse_with_version(shown).ok_or_else(|| {
            RecordError::new(Some(shown), format!("{:?} is not an arXiv identifier", quoted(shown)))
        })?;
        let mut warnings = Vec::new();
        let title = title.and_then(|title| text::title(title, &mut warnings));
        let title = title.ok_or_else(|| RecordError::new(Some(shown), "the title is missing"))?;
        Ok(Self {
            id,
            version,
            title,
            r#abstract: None,
            authors: Vec::new(),
            has_more_authors: false,
            categories: Vec::new(),
            comments: None,
            journal_ref: None,
            doi: None,
            versions: Vec::new(),
            submitted_on: None,
            updated_on: None,
            license: None,
            withdrawal: None,
            announcement: None,
            announced_on: None,
            warnings,
        })
    }

    /// Takes the texts that are there.
    pub(crate) fn set_texts(&mut self, texts: &RecordTexts<'_>) {
        let warnings = &mut self.warnings;
        self.r#abstract = texts.r#abstract.and_then(|text| text::summary(text, warnings));
        self.comments = texts.comments.and_then(|text| text::note("comments", text, warnings));
        self.journal_ref = texts.journal_ref.and_then(|text| text::note("journal_ref", text, warnings));
        self.doi = texts.doi.and_then(|text| text::doi(text, warnings));
        self.license = texts.license.and_then(text::license);
    }

    /// Takes the authors.
    pub(crate) fn set_authors(&mut self, list: AuthorList) {
        self.authors = list.names;
        self.has_more_authors = list.has_more;
    }

    /// Takes the versions, which a source may list in any order, and what follows from them.
    pub(crate) fn set_versions(&mut self, mut versions: Vec<Version>) {
        versions.sort_unstable();
        versions.dedup_by_key(|version| version.number);
        let day = |version: &Version| version.submitted_at.date_naive();
        if let Some(last) = versions.last() {
            self.version = Some(last.number);
            self.updated_on = Some(day(last));
        }
        self.submitted_on = versions.first().filter(|first| first.number == 1).map(day);
        self.versions = versions;
    }

    /// Looks for a withdrawal in the texts, after all other fields are set.
    pub(crate) fn find_withdrawal(&mut self, latest_has_no_files: bool) {
        let says = |text: &Option<String>, says: fn(&str) -> bool| text.as_deref().is_some_and(says);
        let evidence = if latest_has_no_files {
            WithdrawalEvidence::Source
        } else if says(&self.comments, withdrawn::comments_say_withdrawn) {
            WithdrawalEvidence::Comments
        } else if says(&self.r#abstract, withdrawn::says_withdrawn) {
            WithdrawalEvidence::Abstract
        } else {
            return;
        };
        self.withdrawal = Some(Withdrawal { evidence, since: self.updated_on });
    }
}
