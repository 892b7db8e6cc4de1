//! Why a paper was found: the places that have words of the query, and the passage that shows it best.

use latex::readable;
use search::highlight::Passage;

use super::ranking::{RankedPaper, Ranking};

/// Where the words or the meaning of a query were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the title.
    Title,
    /// In the abstract.
    Abstract,
    /// In the name of an author.
    Authors,
    /// In the name of the organization.
    Organization,
    /// In the meaning of title and abstract.
    Meaning,
}

/// The texts of a paper as the database has them.
#[derive(Clone, Copy, Debug)]
pub struct PaperText<'a> {
    /// Title.
    pub title: &'a str,
    /// Abstract.
    pub r#abstract: &'a str,
    /// Author names.
    pub authors: &'a [String],
    /// The name of the organization.
    pub organization: Option<&'a str>,
}

/// Why a paper was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reasons {
    /// Where.
    pub places: Vec<Place>,
    /// The passage of title or abstract with most words of the query, as HTML; `None` if neither has any.
    pub highlight: Option<String>,
}

impl Ranking {
    /// Why a paper of the list was found.
    #[must_use]
    pub fn reasons(&self, ranked: &RankedPaper, text: &PaperText<'_>) -> Reasons {
        let passage = |text: &str| self.highlighter.passage(text);
        let (title, summary) = (readable(text.title), readable(text.r#abstract));
        let (in_title, in_summary) = (passage(&title), passage(&summary));
        let found = [
            (Place::Title, in_title.is_some()),
            (Place::Abstract, in_summary.is_some()),
            (Place::Authors, text.authors.iter().any(|name| passage(name).is_some())),
            (Place::Organization, text.organization.is_some_and(|name| passage(name).is_some())),
            (Place::Meaning, ranked.meaning.is_some()),
        ];
        let places = found.into_iter().filter(|(_, is_found)| *is_found).map(|(place, _)| place).collect();
        let words = |passage: &Option<Passage>| passage.as_ref().map_or(0, |passage| passage.words);
        let highlight = if words(&in_summary) > words(&in_title) {
            in_summary.map(|passage| passage.html(&summary))
        } else {
            in_title.map(|passage| passage.html(&title))
        };
        Reasons { places, highlight }
    }
}
