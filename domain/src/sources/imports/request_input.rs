//! A request to a source as an administrator states it: which fields belong to which source, and what they may hold.

use arxiv::ArxivId;
use chrono::NaiveDate;
use entity::enums::PaperSource;

use crate::Result;
use crate::error::{Error, UserError, UserErrorCode};
use crate::papers::taxonomy;

use super::request::{MAX_PARTS, SourceRequest};

/// Characters in the name of a set.
const MAX_SET: usize = 100;

/// What is asked of a source over the network; nothing, if files are read.
#[derive(Clone, Debug, Default)]
pub struct RequestInput {
    /// Days of Hugging Face's daily papers.
    pub days: Vec<NaiveDate>,
    /// Categories of arXiv, whose newest announcements are read.
    pub categories: Vec<String>,
    /// The set of a harvest.
    pub set: Option<String>,
    /// The first day of changes of a harvest.
    pub from: Option<NaiveDate>,
    /// The last day of changes of a harvest.
    pub until: Option<NaiveDate>,
    /// Identifiers of arXiv.
    pub arxiv_ids: Vec<String>,
}

impl RequestInput {
    /// The request to this source; `None` if nothing is asked over the network.
    ///
    /// # Errors
    /// Fields that are not of this source, and values that are not valid.
    pub(in crate::sources) fn request(&self, source: PaperSource) -> Result<Option<SourceRequest>> {
        let is_harvest = self.set.is_some() || self.from.is_some() || self.until.is_some();
        let given = [
            ("days", !self.days.is_empty(), PaperSource::HfDaily),
            ("categories", !self.categories.is_empty(), PaperSource::ArxivListing),
            ("set", self.set.is_some(), PaperSource::ArxivOai),
            ("from", self.from.is_some(), PaperSource::ArxivOai),
            ("until", self.until.is_some(), PaperSource::ArxivOai),
            ("arxivIds", !self.arxiv_ids.is_empty(), PaperSource::ArxivQuery),
        ];
        let misplaced = given.iter().filter(|(_, is_given, of)| *is_given && *of != source);
        let problems: Vec<UserError> = misplaced
            .map(|(field, ..)| invalid(field, "This field does not apply to this source."))
            .collect();
        if !problems.is_empty() {
            return Err(Error::User(problems));
        }
        for (field, count) in [
            ("days", self.days.len()),
            ("categories", self.categories.len()),
            ("arxivIds", self.arxiv_ids.len()),
        ] {
            if count > MAX_PARTS {
                let message = format!("There can be at most {MAX_PARTS}.");
                return Err(Error::user(UserErrorCode::TooMany, &["input", field], message));
            }
        }
        Ok(match source {
            PaperSource::HfDaily if !self.days.is_empty() => {
                Some(SourceRequest::HfDaily { days: self.days.clone() })
            }
            PaperSource::ArxivListing => {
                Some(SourceRequest::ArxivListing { categories: self.known_categories()? })
            }
            PaperSource::ArxivOai if is_harvest => Some(self.harvest()?),
            PaperSource::ArxivQuery if !self.arxiv_ids.is_empty() => {
                Some(SourceRequest::ArxivQuery { ids: self.known_ids()? })
            }
            _ => None,
        })
    }

    fn known_categories(&self) -> Result<Vec<String>> {
        if self.categories.is_empty() {
            let message = "Name the categories whose announcements are to be read.";
            return Err(Error::user(UserErrorCode::Required, &["input", "categories"], message));
        }
        let code = |typed: &String| taxonomy::checked(typed).map(|code| taxonomy::main_code(code).to_owned());
        let codes: Result<Vec<String>, String> = self.categories.iter().map(code).collect();
        codes.map_err(|problem| invalid("categories", problem).into())
    }

    fn harvest(&self) -> Result<SourceRequest> {
        let set = self.set.as_deref().map(str::trim).filter(|set| !set.is_empty());
        let is_valid = |set: &str| {
            set.len() <= MAX_SET
                && set.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-_.".contains(&byte))
        };
        if set.is_some_and(|set| !is_valid(set)) {
            return Err(invalid("set", "A set is named like cs:cs:CL or physics:hep-th.").into());
        }
        if let (Some(from), Some(until)) = (self.from, self.until)
            && from > until
        {
            return Err(invalid("until", "The last day is before the first.").into());
        }
        Ok(SourceRequest::ArxivOai { set: set.map(str::to_owned), from: self.from, until: self.until })
    }

    fn known_ids(&self) -> Result<Vec<String>> {
        let id = |typed: &String| {
            ArxivId::parse(typed).map(|id| id.to_string()).ok_or_else(|| {
                invalid("arxivIds", format!("{:?} is not an arXiv identifier.", crate::error::clip(typed)))
            })
        };
        Ok(self.arxiv_ids.iter().map(id).collect::<Result<_, UserError>>()?)
    }
}

fn invalid(field: &str, message: impl Into<String>) -> UserError {
    UserError::new(UserErrorCode::Invalid, &["input", field], message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_takes_its_own_fields() {
        let days = RequestInput { days: vec![NaiveDate::MIN], ..RequestInput::default() };
        assert!(matches!(days.request(PaperSource::HfDaily), Ok(Some(SourceRequest::HfDaily { .. }))));
        let Err(Error::User(problems)) = days.request(PaperSource::ArxivOai) else { panic!("days of arXiv") };
        assert_eq!(problems[0].field, ["input", "days"]);
        assert!(RequestInput::default().request(PaperSource::ArxivOai).unwrap().is_none(), "files");
        assert!(
            RequestInput::default().request(PaperSource::ArxivListing).is_err(),
            "categories are missing"
        );
    }

    #[test]
    fn values_are_checked() {
        let listing = |code: &str| {
            let input = RequestInput { categories: vec![code.to_owned()], ..RequestInput::default() };
            input.request(PaperSource::ArxivListing)
        };
        let wanted = SourceRequest::ArxivListing { categories: vec!["math.NA".to_owned()] };
        assert_eq!(listing("cs.NA").unwrap(), Some(wanted));
        assert!(listing("cs.XX").is_err());
        let set = |set: &str| {
            let input = RequestInput { set: Some(set.to_owned()), ..RequestInput::default() };
            input.request(PaperSource::ArxivOai)
        };
        assert!(set("physics:hep-th").is_ok() && set("a b").is_err() && set(&"a".repeat(101)).is_err());
        let query = |id: &str| {
            let input = RequestInput { arxiv_ids: vec![id.to_owned()], ..RequestInput::default() };
            input.request(PaperSource::ArxivQuery)
        };
        assert_eq!(
            query("arXiv:2601.00001v2").unwrap(),
            Some(SourceRequest::ArxivQuery { ids: vec!["2601.00001".to_owned()] })
        );
        assert!(query("x").is_err());
    }
}
