//! One item of Hugging Face's daily papers, field by field.
//!
//! Older items have some fields beside the paper that newer ones have in it; what is in neither is left out.

use chrono::{DateTime, NaiveDate, Utc};
use entity::json::Person;
use serde_json::{Map, Value};

use crate::calendar::DayBounds;
use crate::papers::new_paper::{
    MAX_ABSTRACT, MAX_AUTHORS, MAX_LIST, MAX_MEDIA, MAX_NAME, MAX_SUMMARY, MAX_TITLE, NewFeature,
    NewOrganization, NewPaper, Statement,
};
use crate::papers::{ArxivId, Speaker, withdrawn};
use crate::sources::formats::fields::{Fields, Warnings, address, line};

/// The site that addresses of pictures are relative to.
const SITE: &str = "https://huggingface.co";

/// An item and the paper in it, of which what is read is taken away.
pub(super) struct WireItem {
    item: Fields,
    paper: Fields,
}

/// The days that an item states.
struct ItemDays {
    published_on: Option<NaiveDate>,
    feature: NewFeature,
}

impl WireItem {
    pub(super) fn new(item: Map<String, Value>, paper: Map<String, Value>) -> Self {
        Self { item: Fields::new("", item), paper: Fields::new("paper", paper) }
    }

    /// The paper, or the reason for its rejection.
    pub(super) fn paper(
        mut self,
        position: i32,
        day: Option<NaiveDate>,
        bounds: &DayBounds,
        warnings: &mut Warnings,
    ) -> Result<NewPaper, String> {
        let (arxiv_id, version) = self.identifier()?;
        let title = self.title(warnings)?;
        let days = self.days(position, day, bounds, warnings)?;
        let (authors, participants) = self.authors(warnings);
        let r#abstract = self.paper.text("summary", MAX_ABSTRACT, warnings);
        let r#abstract = r#abstract.or_else(|| self.item.text("summary", MAX_ABSTRACT, warnings));
        if r#abstract.is_none() {
            warnings.say("paper.summary", "There is no abstract. It was left empty.");
        }
        let organization = organization(self.paper.object("organization", warnings), warnings)
            .or_else(|| organization(self.item.object("organization", warnings), warnings));
        let (media_urls, submitter) = (self.media(warnings), self.submitter(warnings));
        let Self { mut item, mut paper } = self;
        let withdrawn_at = paper.instant("withdrawnAt", warnings);
        let withdrawn_on = withdrawn_at.and_then(|at| bounds.past_day(at.date_naive()).ok());
        // If the abstract alone says so, it was so on the day of the feed.
        let says_withdrawn = r#abstract.as_deref().is_some_and(withdrawn::says_withdrawn);
        let withdrawn_on = withdrawn_on.or_else(|| says_withdrawn.then_some(days.feature.day));
        Ok(NewPaper {
            arxiv_id: Some(arxiv_id),
            title: Some(title),
            r#abstract,
            summary: paper.text("ai_summary", MAX_SUMMARY, warnings),
            authors,
            organization,
            keywords: lines(paper.list("ai_keywords", MAX_LIST, warnings), warnings),
            published_on: days.published_on,
            project_url: paper.address("projectPage", None, warnings),
            repository_url: paper.address("githubRepo", None, warnings),
            repository_stars: paper.number("githubStars", warnings),
            thumbnail_url: item.address("thumbnail", Some(SITE), warnings),
            withdrawn_on,
            source_upvotes: paper.number("upvotes", warnings),
            source_comments: item.number("numComments", warnings),
            said: Statement { by: Speaker::HfDaily, version, day: Some(days.feature.day) },
            media_urls,
            submitter,
            participants,
            feature: Some(days.feature),
            ..NewPaper::default()
        })
    }

    fn identifier(&mut self) -> Result<(ArxivId, Option<u32>), String> {
        let id = match self.paper.take("id") {
            Some(Value::String(id)) => id,
            Some(_) => return Err("paper.id is not text".to_owned()),
            None => return Err("paper.id is missing".to_owned()),
        };
        ArxivId::parse_with_version(&id).ok_or_else(|| {
            let shown: String = id.chars().take(80).collect();
            format!("paper.id {shown:?} is not an arXiv identifier")
        })
    }

    fn title(&mut self, warnings: &mut Warnings) -> Result<String, String> {
        let mut title = |fields: &mut Fields| {
            fields.text("title", MAX_TITLE, warnings).filter(|title| !plain_text::is_blank(title))
        };
        title(&mut self.item)
            .or_else(|| title(&mut self.paper))
            .ok_or_else(|| "The title is missing.".to_owned())
    }

    fn days(
        &mut self,
        position: i32,
        day: Option<NaiveDate>,
        bounds: &DayBounds,
        warnings: &mut Warnings,
    ) -> Result<ItemDays, String> {
        let published_at = self.paper.instant("publishedAt", warnings);
        let submitted_at = self.paper.instant("submittedOnDailyAt", warnings);
        let listed_at = self.item.instant("publishedAt", warnings);
        let day = match (day, submitted_at.or(listed_at)) {
            (Some(day), _) => bounds.feed_day(day),
            (None, Some(at)) => bounds.feed_day_of(at),
            (None, None) => return Err("the day on which it was featured is missing".to_owned()),
        };
        let day = day.map_err(|refusal| refusal.to_string())?;
        // A day on which no paper can have been published is a flaw of this field, and not of the paper.
        let possible = |at: DateTime<Utc>| bounds.past_day(at.date_naive());
        let said = published_at.map(possible);
        let listed_on = || listed_at.and_then(|at| possible(at).ok());
        let published_on = said.as_ref().and_then(|said| said.as_ref().ok().copied()).or_else(listed_on);
        let flaw = match said {
            Some(Ok(_)) => None,
            Some(Err(refusal)) => Some(refusal.to_string()),
            None => Some("The publication date is missing.".to_owned()),
        };
        if let Some(flaw) = flaw {
            let taken = published_on.map_or("The day of the feed".to_owned(), |day| day.to_string());
            warnings.say("paper.publishedAt", format!("{flaw} {taken} was used instead."));
        }
        Ok(ItemDays { published_on, feature: NewFeature::of_source(bounds, day, submitted_at, position) })
    }

    /// The names on the paper, and those of them who have an account. `hidden` is about the profile at the source,
    /// not about the paper: everyone is named.
    fn authors(&mut self, warnings: &mut Warnings) -> (Vec<String>, Vec<Person>) {
        let (mut names, mut people) = (Vec::new(), Vec::new());
        for (place, entry) in self.paper.list("authors", MAX_AUTHORS, warnings) {
            let mut author = match entry {
                Value::Object(author) => Fields::new(&place, author),
                // Some archives have bare names.
                Value::String(_) => {
                    names.extend(line(&place, entry, MAX_NAME, warnings));
                    continue;
                }
                _ => {
                    warnings.say(&place, "This is not an author. It was left out.");
                    continue;
                }
            };
            author.truth("hidden", warnings);
            match author.text("name", MAX_NAME, warnings) {
                Some(name) => names.push(name),
                None => warnings.say(&place, "The author has no name and was left out."),
            }
            if people.len() < MAX_LIST {
                people.extend(author.object("user", warnings).and_then(|user| person(user, warnings)));
            }
        }
        (names, people)
    }

    /// Pictures and films, of the item or of the paper; older items have one.
    fn media(&mut self, warnings: &mut Warnings) -> Vec<String> {
        let mut listed = self.item.list_or_none("mediaUrls", MAX_MEDIA, warnings);
        listed.extend(self.paper.list_or_none("mediaUrls", MAX_MEDIA, warnings));
        let mut found: Vec<String> = Vec::new();
        let one = self.item.address("mediaUrl", Some(SITE), warnings);
        let all =
            listed.into_iter().filter_map(|(place, entry)| address(&place, &entry, Some(SITE), warnings));
        for url in all.collect::<Vec<_>>().into_iter().chain(one) {
            if found.len() < MAX_MEDIA && !found.contains(&url) {
                found.push(url);
            }
        }
        found
    }

    fn submitter(&mut self, warnings: &mut Warnings) -> Option<Person> {
        let of_paper = self.paper.object("submittedOnDailyBy", warnings);
        of_paper
            .and_then(|user| person(user, warnings))
            .or_else(|| self.item.object("submittedBy", warnings).and_then(|user| person(user, warnings)))
    }
}

/// Someone with an account; `user` is its name in one place, `name` in another.
fn person(mut user: Fields, warnings: &mut Warnings) -> Option<Person> {
    let handle = user.text("user", MAX_NAME, warnings).or_else(|| user.text("name", MAX_NAME, warnings))?;
    let name = user.text("fullname", MAX_NAME, warnings).unwrap_or_else(|| handle.clone());
    Some(Person { name, handle, avatar_url: user.address("avatarUrl", Some(SITE), warnings) })
}

fn lines(entries: Vec<(String, Value)>, warnings: &mut Warnings) -> Vec<String> {
    entries.into_iter().filter_map(|(place, entry)| line(&place, entry, MAX_NAME, warnings)).collect()
}

fn organization(fields: Option<Fields>, warnings: &mut Warnings) -> Option<NewOrganization> {
    let mut fields = fields?;
    let fullname = fields.text("fullname", MAX_NAME, warnings);
    let account = fields.text("name", MAX_NAME, warnings);
    if account.is_none() {
        warnings.say(&fields.name("name"), "The organization has no short name. One was made from its name.");
    }
    let slug = account.as_deref().or(fullname.as_deref()).map(|name| match &account {
        Some(account) => account.to_lowercase(),
        None => slug::slugify(name),
    })?;
    let logo_url = fields.address("avatar", Some(SITE), warnings);
    (!slug.is_empty()).then(|| NewOrganization {
        name: fullname.or(account).unwrap_or_else(|| slug.clone()),
        slug,
        logo_url,
    })
}
