//! A paper of arXiv, and its versions. A test says of it what matters to it; everything else has a default.

use chrono::{DateTime, NaiveDate, Utc};

/// A paper.
#[derive(Clone, Debug)]
pub struct Paper {
    pub id: String,
    pub title: String,
    pub summary: String,
    pub authors: Vec<String>,
    /// Codes; the first is that of the primary category.
    pub categories: Vec<String>,
    pub comments: Option<String>,
    pub journal_ref: Option<String>,
    pub doi: Option<String>,
    /// By number, from 1 on.
    pub versions: Vec<PaperVersion>,
    /// The day of the last change of the record, if that is not the day of its latest version.
    pub changed_on: Option<NaiveDate>,
    /// Whether arXiv serves the paper; if not, only Hugging Face does.
    pub is_at_arxiv: bool,
}

/// A version of a paper.
#[derive(Clone, Copy, Debug)]
pub struct PaperVersion {
    pub submitted_at: DateTime<Utc>,
    /// Whether it has no files, because it withdraws the paper.
    pub is_withdrawal: bool,
}

impl Paper {
    /// A paper with an identifier of the new form, submitted in the month that this names.
    pub fn new(id: &str) -> Self {
        let (year, month) = (id.get(..2), id.get(2..4));
        let month = year.zip(month).filter(|_| id.as_bytes().get(4) == Some(&b'.'));
        let submitted_at = month.map_or("1999-01-01T12:00:00Z".to_owned(), |(year, month)| {
            format!("20{year}-{month}-01T12:00:00Z")
        });
        Self {
            id: id.to_owned(),
            title: format!("Paper {id}"),
            summary: format!("What paper {id} is about."),
            authors: vec!["Ada Lovelace".to_owned(), "Bo Example".to_owned()],
            categories: vec!["cs.CL".to_owned()],
            comments: None,
            journal_ref: None,
            doi: None,
            versions: vec![PaperVersion { submitted_at: instant(&submitted_at), is_withdrawal: false }],
            changed_on: None,
            is_at_arxiv: true,
        }
    }

    /// Paper `number` of January 2026, as [`item`](super::super::fixtures::item) has it.
    pub fn numbered(number: u32) -> Self {
        let submitted_at = format!("2026-01-{:02}T12:00:00Z", 1 + number % 5);
        Self::new(&format!("2601.{number:05}"))
            .title(&format!("Paper {number}"))
            .summary(&format!("What paper {number} is about."))
            .authors(&[&format!("Author {number}"), "Ada Lovelace"])
            .submitted(&submitted_at)
    }

    pub fn title(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    pub fn summary(mut self, summary: &str) -> Self {
        summary.clone_into(&mut self.summary);
        self
    }

    pub fn authors(mut self, names: &[&str]) -> Self {
        self.authors = names.iter().map(|&name| name.to_owned()).collect();
        self
    }

    /// Sets the categories, separated by spaces, the primary one first.
    pub fn categories(mut self, codes: &str) -> Self {
        self.categories = codes.split_whitespace().map(str::to_owned).collect();
        self
    }

    pub fn comments(mut self, comments: &str) -> Self {
        self.comments = Some(comments.to_owned());
        self
    }

    pub fn journal_ref(mut self, journal_ref: &str) -> Self {
        self.journal_ref = Some(journal_ref.to_owned());
        self
    }

    pub fn doi(mut self, doi: &str) -> Self {
        self.doi = Some(doi.to_owned());
        self
    }

    /// Sets the instant of the first version.
    pub fn submitted(mut self, at: &str) -> Self {
        self.versions[0].submitted_at = instant(at);
        self
    }

    /// Adds a version.
    pub fn revised(mut self, at: &str) -> Self {
        self.versions.push(PaperVersion { submitted_at: instant(at), is_withdrawal: false });
        self
    }

    /// Adds a version that withdraws the paper, as the comments then say.
    pub fn withdrawn(mut self, at: &str) -> Self {
        self.versions.push(PaperVersion { submitted_at: instant(at), is_withdrawal: true });
        self.comments("This paper has been withdrawn by the authors")
    }

    /// Sets the day of the last change of the record, which is not that of a version.
    pub fn changed(mut self, on: &str) -> Self {
        self.changed_on = Some(day(on));
        self
    }

    /// Keeps arXiv from serving it, as it does in the hours before an announcement.
    pub fn unknown_to_arxiv(mut self) -> Self {
        self.is_at_arxiv = false;
        self
    }

    /// The day of the last change of the record.
    pub(super) fn datestamp(&self) -> NaiveDate {
        self.changed_on.unwrap_or_else(|| self.latest().submitted_at.date_naive())
    }

    pub(super) fn latest(&self) -> PaperVersion {
        self.versions[self.versions.len() - 1]
    }
}

/// An instant, such as `2026-01-05T12:00:00Z`.
pub(super) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap_or_else(|error| panic!("{text:?} is no instant: {error}"))
}

/// A day, such as `2026-01-05`.
pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap_or_else(|error| panic!("{text:?} is no day: {error}"))
}
