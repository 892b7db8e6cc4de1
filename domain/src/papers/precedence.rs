//! Whose word counts for a field of a paper: the one table, which docs/sources.md explains.
//!
//! What a curator set or cleared by hand stays. Of the sources each field has its own order, because each knows
//! something best: arXiv what the authors wrote, Hugging Face what was made of it. A source that comes later in the
//! order only fills a gap. Within a source a later statement counts.

use Field::{
    Abstract, Authors, Categories, Doi, Keywords, Media, Organization, ProjectUrl, PublishedOn,
    RepositoryUrl, Submitter, Summary, ThumbnailUrl, Title, UpdatedOn, WithdrawnOn,
};
use serde::Serialize;

/// Who says something about a paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub enum Speaker {
    /// Someone who is no source: a submitter, or the sample papers.
    #[default]
    Anyone,
    /// Hugging Face's daily papers.
    HfDaily,
    /// arXiv, in any of its formats.
    Arxiv,
    /// A curator, by hand.
    Curator,
}

/// A field that is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The title.
    Title,
    /// The abstract.
    Abstract,
    /// The names of the authors.
    Authors,
    /// The category codes.
    Categories,
    /// The day of the first version.
    PublishedOn,
    /// The day of the latest version.
    UpdatedOn,
    /// The DOI of the publication.
    Doi,
    /// The day of withdrawal.
    WithdrawnOn,
    /// The summary.
    Summary,
    /// The organization.
    Organization,
    /// The keywords.
    Keywords,
    /// The project page.
    ProjectUrl,
    /// The repository.
    RepositoryUrl,
    /// The picture.
    ThumbnailUrl,
    /// Pictures and films.
    Media,
    /// The submitter at the source, and its participants.
    Submitter,
}

/// Each field with its name in the contract and the sources that state it, the one that is believed first.
pub const PRECEDENCE: [(Field, &str, &[Speaker]); 16] = [
    (Title, "title", BOTH),
    (Abstract, "abstract", BOTH),
    (Authors, "authors", BOTH),
    (Categories, "categories", BOTH),
    (PublishedOn, "publishedOn", BOTH),
    (WithdrawnOn, "withdrawnOn", BOTH),
    (UpdatedOn, "updatedOn", &[Speaker::Arxiv]),
    (Doi, "doi", &[Speaker::Arxiv]),
    (Summary, "summary", HF),
    (Organization, "organization", HF),
    (Keywords, "keywords", HF),
    (ProjectUrl, "projectUrl", HF),
    (RepositoryUrl, "repositoryUrl", HF),
    (ThumbnailUrl, "thumbnailUrl", HF),
    (Media, "mediaUrls", HF),
    (Submitter, "sourceSubmitter", HF),
];

const BOTH: &[Speaker] = &[Speaker::Arxiv, Speaker::HfDaily];
const HF: &[Speaker] = &[Speaker::HfDaily];

impl Field {
    /// The name in the contract.
    #[must_use]
    pub fn name(self) -> &'static str {
        PRECEDENCE.iter().find(|(field, ..)| *field == self).map_or("", |(_, name, _)| name)
    }

    /// Whether another source is believed before `speaker`.
    fn has_better(self, speaker: Speaker, other: Speaker) -> bool {
        let order = PRECEDENCE.iter().find(|(field, ..)| *field == self).map_or(HF, |(.., order)| *order);
        let place = |speaker| order.iter().position(|known| *known == speaker).unwrap_or(usize::MAX);
        place(other) < place(speaker)
    }
}

/// What a statement may do to a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Right {
    /// It takes the place of what is there.
    Replace,
    /// It fills the field if that is empty.
    Fill,
    /// Nothing.
    Keep,
}

/// What one statement may do to the fields of a paper.
#[derive(Clone, Debug)]
pub(super) struct Rights {
    /// Who makes the statement.
    pub speaker: Speaker,
    /// Whether its source said something later before.
    pub is_outdated: bool,
    /// Whether arXiv has spoken of the paper.
    pub is_known_to_arxiv: bool,
    /// Names of the fields that a curator set or cleared.
    pub curated: Vec<String>,
}

impl Rights {
    pub(super) fn to(&self, field: Field) -> Right {
        if self.speaker == Speaker::Curator {
            return Right::Replace;
        }
        if self.curated.iter().any(|name| name == field.name()) {
            return Right::Keep;
        }
        let is_second = self.is_known_to_arxiv && field.has_better(self.speaker, Speaker::Arxiv);
        if self.is_outdated || is_second { Right::Fill } else { Right::Replace }
    }

    /// Puts `new` in place of `old` if it says something, and may.
    pub(super) fn replace<T>(&self, field: Field, old: &mut Option<T>, new: Option<T>) {
        if new.is_some() && self.opens(field, old.is_none()) {
            *old = new;
        }
    }

    /// Whether a field can be written that `is_empty` or not.
    pub(super) fn opens(&self, field: Field, is_empty: bool) -> bool {
        match self.to(field) {
            Right::Replace => true,
            Right::Fill => is_empty,
            Right::Keep => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(speaker: Speaker, is_known_to_arxiv: bool, is_outdated: bool) -> Rights {
        Rights { speaker, is_outdated, is_known_to_arxiv, curated: vec!["abstract".to_owned()] }
    }

    #[test]
    fn each_source_is_believed_for_what_it_knows_best() {
        let hf = rights(Speaker::HfDaily, true, false);
        assert_eq!(
            [Title, Summary, Abstract].map(|field| hf.to(field)),
            [Right::Fill, Right::Replace, Right::Keep]
        );
        let alone = rights(Speaker::HfDaily, false, false);
        assert_eq!([Title, Summary].map(|field| alone.to(field)), [Right::Replace; 2]);
        let arxiv = rights(Speaker::Arxiv, true, false);
        assert_eq!(
            [Title, Doi, Abstract].map(|field| arxiv.to(field)),
            [Right::Replace, Right::Replace, Right::Keep]
        );
        let late = rights(Speaker::Arxiv, true, true);
        assert_eq!([Title, Abstract].map(|field| late.to(field)), [Right::Fill, Right::Keep]);
        let curator = rights(Speaker::Curator, true, false);
        assert_eq!([Title, Abstract].map(|field| curator.to(field)), [Right::Replace; 2]);
    }

    #[test]
    fn every_field_stands_in_the_table_once() {
        let mut names: Vec<&str> = PRECEDENCE.iter().map(|(field, ..)| field.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PRECEDENCE.len());
    }
}
