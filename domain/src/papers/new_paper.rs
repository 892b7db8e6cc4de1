//! A new paper from a source, a curator or a form, cleaned and checked before it is stored.

use arxiv::ArxivId;
use chrono::{DateTime, NaiveDate, Utc};
use data_encoding::HEXLOWER;
use entity::json::Person;
use plain_text::{is_blank, one_line};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::calendar::DayBounds;
use crate::error::{UserError, UserErrorCode};

use super::precedence::Speaker;

/// Characters in a title.
pub(crate) const MAX_TITLE: usize = 1_000;
/// Characters in an abstract.
pub(crate) const MAX_ABSTRACT: usize = 20_000;
/// Characters in a summary.
pub(crate) const MAX_SUMMARY: usize = 2_000;
/// Characters in an address.
const MAX_URL: usize = 2_000;
/// Names in a list of authors; large collaborations have thousands.
pub(crate) const MAX_AUTHORS: usize = 10_000;
/// Characters in a name, a keyword or a category.
pub(crate) const MAX_NAME: usize = 200;
/// Entries in a list of keywords or categories.
pub(crate) const MAX_LIST: usize = 50;

/// Addresses in a list of pictures and films.
pub(crate) const MAX_MEDIA: usize = 20;

/// The data of a paper. For a known paper, absent or empty fields stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewPaper {
    /// arXiv identifier, if it has one.
    pub arxiv_id: Option<ArxivId>,
    /// Title.
    pub title: Option<String>,
    /// The authors' abstract.
    pub r#abstract: Option<String>,
    /// One or two sentences.
    pub summary: Option<String>,
    /// Author names in order.
    pub authors: Vec<String>,
    /// The number of authors, if the source states it without naming all.
    pub author_count: Option<i32>,
    /// The institution.
    pub organization: Option<NewOrganization>,
    /// Category codes, the primary one first.
    pub categories: Vec<String>,
    /// Free words.
    pub keywords: Vec<String>,
    /// Day of the first version; of a new paper without one, that of its feed is taken.
    pub published_on: Option<NaiveDate>,
    /// Day of the latest version.
    pub updated_on: Option<NaiveDate>,
    /// Project page.
    pub project_url: Option<String>,
    /// Source code.
    pub repository_url: Option<String>,
    /// Stars of the repository.
    pub repository_stars: Option<i32>,
    /// A picture.
    pub thumbnail_url: Option<String>,
    /// Digital object identifier.
    pub doi: Option<String>,
    /// Who says all this, and when.
    pub said: Statement,
    /// Versions that its source lists.
    pub versions: Vec<NewVersion>,
    /// Addresses of pictures and films that were handed in with it.
    pub media_urls: Vec<String>,
    /// The submitter at the source.
    pub submitter: Option<Person>,
    /// Its authors who have an account at its source.
    pub participants: Vec<Person>,
    /// Day of withdrawal.
    pub withdrawn_on: Option<NaiveDate>,
    /// Votes that the source reports.
    pub source_upvotes: Option<i32>,
    /// Comments that the source reports.
    pub source_comments: Option<i32>,
    /// The feed that it is on.
    pub feature: Option<NewFeature>,
}

/// Who says something, and of when it is: of one source a later version of the paper wins, then a later day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// Who.
    pub by: Speaker,
    /// The version of the paper that it is about.
    pub version: Option<u32>,
    /// Hugging Face: the feed day that it is of. arXiv: the day on which the record last changed.
    pub day: Option<NaiveDate>,
}

/// A version of a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct NewVersion {
    /// Its number, from 1 on.
    pub number: i32,
    /// The submission.
    pub submitted_at: DateTime<Utc>,
}

/// An institution as a source names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewOrganization {
    /// Unique name for URLs.
    pub slug: String,
    /// Name as shown.
    pub name: String,
    /// The address of its logo.
    pub logo_url: Option<String>,
}

/// A place on the feed of a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewFeature {
    /// The day.
    pub day: NaiveDate,
    /// The opening time of that day's feed; until then, the place is planned and not shown.
    pub opens_at: DateTime<Utc>,
    /// The source's submission instant, else the opening of the day.
    pub featured_at: DateTime<Utc>,
    /// Place in the list of the day.
    pub position: i32,
    /// The person who featured it here; `None` for a source.
    pub featured_by: Option<i64>,
}

impl NewFeature {
    /// The place that a source gives a paper on the feed of a day that was checked.
    #[must_use]
    pub fn of_source(
        bounds: &DayBounds,
        day: NaiveDate,
        submitted_at: Option<DateTime<Utc>>,
        position: i32,
    ) -> Self {
        Self {
            day,
            opens_at: bounds.opens_at(day),
            featured_at: bounds.featured_at(day, submitted_at),
            position,
            featured_by: None,
        }
    }
}

impl NewPaper {
    /// A key of what is said, by which the same is known again: 16 hexadecimal digits. Counts of a moment are left out,
    /// and so is the place on a feed, which moves whenever another paper comes before it.
    pub(super) fn key(&self) -> String {
        let words = Self {
            source_upvotes: None,
            source_comments: None,
            repository_stars: None,
            feature: None,
            ..self.clone()
        };
        // Serialising to memory what has no maps fails for no value; an empty text is a harmless key.
        let text = serde_json::to_vec(&words).unwrap_or_default();
        HEXLOWER.encode(&Sha256::digest(text)[..8])
    }

    /// Bytes of its title, its abstract and its lists.
    pub(crate) fn text_bytes(&self) -> usize {
        let texts = [&self.title, &self.r#abstract, &self.summary].into_iter().flatten();
        let lists = [&self.authors, &self.categories, &self.keywords, &self.media_urls];
        texts.chain(lists.into_iter().flatten()).map(String::len).sum()
    }

    /// Cleans every text: one line each, empty ones dropped.
    #[must_use]
    pub fn cleaned(mut self) -> Self {
        for text in [&mut self.title, &mut self.r#abstract, &mut self.summary, &mut self.doi] {
            *text = text.take().map(|text| one_line(&text)).filter(|text| !text.is_empty());
        }
        for url in [&mut self.project_url, &mut self.repository_url, &mut self.thumbnail_url] {
            let whole = |text: String| web_address(&text).unwrap_or(text);
            *url = url.take().map(|url| url.trim().to_owned()).filter(|url| !url.is_empty()).map(whole);
        }
        self.doi = self.doi.map(|doi| plain_doi(&doi)).filter(|doi| !doi.is_empty());
        self.title = self.title.filter(|title| !is_blank(title));
        for list in [&mut self.authors, &mut self.categories, &mut self.keywords] {
            *list = list.iter().map(|text| one_line(text)).filter(|text| !text.is_empty()).collect();
        }
        self
    }

    /// The problems of the paper, each with its path below `input`. A paper that is not known yet
    /// also needs a title, an abstract and a day.
    #[must_use]
    pub fn problems(&self, is_new: bool) -> Vec<UserError> {
        let mut problems = Vec::new();
        let texts = [
            ("title", &self.title, MAX_TITLE, is_new),
            ("abstract", &self.r#abstract, MAX_ABSTRACT, is_new),
            ("summary", &self.summary, MAX_SUMMARY, false),
            ("doi", &self.doi, MAX_NAME, false),
        ];
        for (field, text, limit, required) in texts {
            match text {
                None if required => {
                    problems.push(problem(
                        UserErrorCode::Required,
                        field,
                        format!("The {field} is missing."),
                    ));
                }
                Some(text) if text.chars().count() > limit => problems.push(problem(
                    UserErrorCode::TooLong,
                    field,
                    format!("The {field} can have at most {limit} characters."),
                )),
                _ => {}
            }
        }
        if is_new && self.published_on.is_none() {
            problems.push(problem(
                UserErrorCode::Required,
                "publishedOn",
                "The publication date is missing.".to_owned(),
            ));
        }
        let urls = [
            ("projectUrl", &self.project_url),
            ("repositoryUrl", &self.repository_url),
            ("thumbnailUrl", &self.thumbnail_url),
        ];
        for (field, url) in urls {
            if url.as_ref().is_some_and(|url| !is_web_address(url)) {
                problems.push(problem(
                    UserErrorCode::Invalid,
                    field,
                    format!("This is not a valid http or https address of at most {MAX_URL} characters."),
                ));
            }
        }
        let lists = [
            ("authors", &self.authors, MAX_AUTHORS),
            ("categories", &self.categories, MAX_LIST),
            ("keywords", &self.keywords, MAX_LIST),
        ];
        for (field, list, limit) in lists {
            if list.len() > limit {
                problems.push(problem(
                    UserErrorCode::TooMany,
                    field,
                    format!("There can be at most {limit} {field}."),
                ));
            }
            if list.iter().any(|text| text.chars().count() > MAX_NAME) {
                problems.push(problem(
                    UserErrorCode::TooLong,
                    field,
                    format!("Each of the {field} can have at most {MAX_NAME} characters."),
                ));
            }
        }
        if let Some(code) = self.categories.iter().find(|code| !is_category(code)) {
            problems.push(problem(
                UserErrorCode::Invalid,
                "categories",
                format!("{code:?} is not a category code such as cs.CL."),
            ));
        }
        problems
    }
}

fn problem(code: UserErrorCode, field: &str, message: String) -> UserError {
    UserError::new(code, &["input", field], message)
}

/// Whether a text is an absolute http or https address of a length that everything can carry.
#[must_use]
pub fn is_web_address(text: &str) -> bool {
    web_address(text).is_some()
}

/// A text as an absolute http or https address that everything can carry: without line breaks or other controls,
/// without a name and password, anything but ASCII encoded. `None` if it is not such an address.
#[must_use]
pub fn web_address(text: &str) -> Option<String> {
    if text.len() > MAX_URL || text.chars().any(char::is_control) {
        return None;
    }
    let url = Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    if !is_web || !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte);
    let is_as_it_should = ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme));
    let written = if is_as_it_should && text.bytes().all(is_plain) { text.to_owned() } else { url.into() };
    (written.len() <= MAX_URL).then_some(written)
}

/// A DOI without its resolver, in lower case: names of this kind have none (ISO 26324).
#[must_use]
pub fn plain_doi(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let prefixes = [
        "https://doi.org/",
        "http://doi.org/",
        "https://dx.doi.org/",
        "http://dx.doi.org/",
        "doi.org/",
        "doi:",
    ];
    prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(&text).trim_start().to_owned()
}

/// Whether a text has the form of a category code: letters and dashes, at most one dot.
fn is_category(code: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
    code.len() <= 40
        && code.split_once('.').map_or_else(|| part(code), |(head, tail)| part(head) && part(tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper() -> NewPaper {
        NewPaper {
            title: Some(" A\n title ".to_owned()),
            r#abstract: Some("Text.".to_owned()),
            published_on: NaiveDate::from_ymd_opt(2026, 1, 6),
            ..NewPaper::default()
        }
    }

    fn fields(paper: &NewPaper, is_new: bool) -> Vec<String> {
        paper.problems(is_new).iter().map(|problem| problem.field.join(".")).collect()
    }

    #[test]
    fn missing_fields_are_named() {
        assert_eq!(fields(&paper().cleaned(), true), Vec::<String>::new());
        assert_eq!(paper().cleaned().title.as_deref(), Some("A title"));
        let unseen = NewPaper { title: Some("\u{200B}\u{200D}\u{2060}".to_owned()), ..paper() }.cleaned();
        assert_eq!(fields(&unseen, true), ["input.title"]);
        let doi = NewPaper { doi: Some("https://doi.org/10.1000/ABC".to_owned()), ..paper() }.cleaned();
        assert_eq!(doi.doi.as_deref(), Some("10.1000/abc"));
        let empty = NewPaper { title: Some("  ".to_owned()), ..NewPaper::default() }.cleaned();
        assert_eq!(fields(&empty, true), ["input.title", "input.abstract", "input.publishedOn"]);
        assert_eq!(fields(&empty, false), Vec::<String>::new());
    }

    #[test]
    fn invalid_urls_and_codes_are_named() {
        let bad = NewPaper {
            project_url: Some("javascript:alert(1)".to_owned()),
            repository_url: Some("github.com/a/b".to_owned()),
            thumbnail_url: Some("https://example.org/x.png".to_owned()),
            categories: vec!["cs.CL".to_owned(), "not a code".to_owned()],
            ..paper()
        };
        assert_eq!(fields(&bad, true), ["input.projectUrl", "input.repositoryUrl", "input.categories"]);
    }

    #[test]
    fn too_many_or_too_long_values_are_refused() {
        let long = NewPaper {
            title: Some("x".repeat(MAX_TITLE + 1)),
            keywords: vec!["k".to_owned(); MAX_LIST + 1],
            authors: vec!["n".repeat(MAX_NAME + 1)],
            ..paper()
        };
        assert_eq!(fields(&long, true), ["input.title", "input.authors", "input.keywords"]);
    }
}
