//! Hugging Face's daily-papers JSON, as `GET /api/daily_papers` answers it and as archives keep it.
//!
//! A file holds a list of items, or an object that wraps one; an item is an object, or the same object as JSON or
//! Python text. Only what a paper cannot be without, its identifier, its title and its day, is worth refusing an item
//! for, with a reason; of everything else what cannot be read is left out with a warning. The feed day is that of
//! the file's name or wrapper, else that of the submission, else (older items) that of the item.

use chrono::{DateTime, NaiveDate, Utc};
use entity::json::Person;
use serde_json::Value;

use crate::calendar::DayBounds;
use crate::papers::new_paper::{
    MAX_ABSTRACT, MAX_AUTHORS, MAX_LIST, MAX_MEDIA, MAX_NAME, MAX_SUMMARY, MAX_TITLE, NewFeature,
    NewOrganization, NewPaper, SourceVersion,
};
use crate::papers::{ArxivId, withdrawn};

use super::fields::{Fields, Warning, Warnings, address, line};
use super::lenient;

/// The site that addresses of pictures are relative to.
const SITE: &str = "https://huggingface.co";

/// Bytes of an item that is text.
const MAX_TEXT: usize = 1 << 20;

/// Items in a file; a day has less than a hundred.
const MAX_ITEMS: usize = 200_000;

/// The result of one item: a paper with its warnings, or the reason for its rejection.
pub type Item = Result<(NewPaper, Vec<Warning>), String>;

/// Keys under which a wrapper object has its list.
const LIST_KEYS: [&str; 4] = ["data", "papers", "items", "dailyPapers"];

/// Reads a file. `day` is the feed day that its name says.
///
/// # Errors
/// Why nothing of it can be read.
pub fn parse(bytes: &[u8], day: Option<NaiveDate>, bounds: &DayBounds) -> Result<Vec<Item>, String> {
    let value =
        lenient::parse(&lenient::decode(bytes)).map_err(|reason| format!("not valid JSON: {reason}"))?;
    let (items, wrapped_day) = match value {
        Value::Array(items) => (items, None),
        Value::Object(mut wrapper) => {
            let wrapped_day = wrapper.get("date").and_then(Value::as_str).and_then(|day| day.parse().ok());
            let list = LIST_KEYS.iter().find_map(|&key| match wrapper.remove(key) {
                Some(Value::Array(items)) => Some(items),
                _ => None,
            });
            (list.ok_or("an object without a list of papers")?, wrapped_day)
        }
        _ => return Err("neither a list of papers nor an object with one".to_owned()),
    };
    if items.len() > MAX_ITEMS {
        return Err(format!("more than {MAX_ITEMS} items"));
    }
    let day = day.or(wrapped_day);
    Ok(items.into_iter().zip(0..).map(|(item, position)| read(item, position, day, bounds)).collect())
}

fn read(item: Value, position: i32, day: Option<NaiveDate>, bounds: &DayBounds) -> Item {
    let item = match item {
        Value::String(text) if text.len() > MAX_TEXT => {
            return Err(format!("text of more than {MAX_TEXT} bytes"));
        }
        Value::String(text) => {
            lenient::parse(&text).map_err(|_| "text that is neither JSON nor a Python literal".to_owned())?
        }
        other => other,
    };
    let Value::Object(mut object) = item else { return Err("not an object".to_owned()) };
    if let Some(Value::String(reason)) = object.get("unreadable") {
        return Err(reason.clone());
    }
    let paper = match object.remove("paper") {
        Some(Value::Object(paper)) => paper,
        Some(_) => return Err("paper is not an object".to_owned()),
        None => return Err("there is no paper".to_owned()),
    };
    let mut warnings = Warnings::default();
    let wire = WireItem { item: Fields::new("", object), paper: Fields::new("paper", paper) };
    let paper = wire.paper(position, day, bounds, &mut warnings)?;
    Ok((paper, warnings.into_vec()))
}

/// An item and the paper in it, of which what is read is taken away.
struct WireItem {
    item: Fields,
    paper: Fields,
}

/// The days that an item states.
struct ItemDays {
    published_on: Option<NaiveDate>,
    feature: NewFeature,
}

impl WireItem {
    fn paper(
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
            said: SourceVersion { version, day: Some(days.feature.day) },
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

#[cfg(test)]
mod tests {
    use jiff::civil::time;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::calendar::Calendar;

    fn bounds() -> DayBounds {
        let calendar = Calendar::new(crate::zones::find("UTC").unwrap(), time(0, 0, 0, 0));
        DayBounds::new(calendar, "2026-01-12T12:00:00Z".parse().unwrap())
    }

    fn item() -> Value {
        json!({
            "paper": {
                "id": "2601.01234",
                "authors": [{"name": "Ada  Lovelace", "hidden": false}, {"name": "Bo Example", "hidden": true, "user": {"user": "bo"}}],
                "publishedAt": "2026-01-05T18:59:59.000Z",
                "submittedOnDailyAt": "2026-01-06T01:02:03.456Z",
                "title": "A title\n  in two lines",
                "summary": "What it\nsays.",
                "upvotes": 12,
                "ai_summary": "In short.",
                "ai_keywords": ["engines"],
                "githubRepo": "https://github.com/ada/engine",
                "githubStars": 3,
                "projectPage": "https://example.org/engine",
                "organization": {"_id": "1", "name": "nvidia", "fullname": "NVIDIA", "avatar": "/relative.png"},
                "unknown": {"is": "ignored"},
            },
            "title": "A title in two lines",
            "publishedAt": "2026-01-04T20:00:00.000Z",
            "thumbnail": "https://example.org/t.png",
            "numComments": 2,
        })
    }

    fn item_of(value: &Value, day: Option<&str>) -> Item {
        let bytes = serde_json::to_vec(&json!([value])).unwrap();
        parse(&bytes, day.map(|day| day.parse().unwrap()), &bounds()).unwrap().remove(0)
    }

    fn one(value: &Value, day: Option<&str>) -> Result<NewPaper, String> {
        item_of(value, day).map(|(paper, _)| paper)
    }

    /// The fields that are warned of when this is put in the place of that.
    fn warned(pointer: &str, value: Value) -> (NewPaper, Vec<String>) {
        let mut changed = item();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        changed.pointer_mut(parent).unwrap()[key] = value;
        let (paper, warnings) = item_of(&changed, Some("2026-01-06")).unwrap();
        (paper, warnings.into_iter().map(|warning| warning.field).collect())
    }

    #[test]
    fn an_item_becomes_a_paper() {
        let paper = one(&item(), Some("2026-01-06")).unwrap();
        assert_eq!(paper.arxiv_id.unwrap().as_str(), "2601.01234");
        assert_eq!(paper.title.as_deref(), Some("A title in two lines"));
        assert_eq!(paper.r#abstract.as_deref(), Some("What it says."));
        assert_eq!(paper.authors, ["Ada Lovelace", "Bo Example"]);
        assert_eq!(paper.participants[0].handle, "bo");
        assert_eq!(paper.published_on.unwrap().to_string(), "2026-01-05");
        assert_eq!((paper.source_upvotes, paper.source_comments), (Some(12), Some(2)));
        assert_eq!(paper.project_url.as_deref(), Some("https://example.org/engine"));
        assert_eq!(paper.repository_url.as_deref(), Some("https://github.com/ada/engine"));
        let organization = paper.organization.unwrap();
        assert_eq!((organization.slug.as_str(), organization.name.as_str()), ("nvidia", "NVIDIA"));
        assert_eq!(organization.logo_url.as_deref(), Some("https://huggingface.co/relative.png"));
        let feature = paper.feature.unwrap();
        assert_eq!(feature.day.to_string(), "2026-01-06");
        assert_eq!(feature.featured_at, "2026-01-06T01:02:03.456Z".parse::<DateTime<Utc>>().unwrap());
    }

    #[test]
    fn the_day_comes_from_the_file_else_from_the_item() {
        let day = |value: &Value, day| one(value, day).unwrap().feature.unwrap().day.to_string();
        let mut value = item();
        assert_eq!(day(&value, Some("2026-01-09")), "2026-01-09");
        assert_eq!(day(&value, None), "2026-01-06");
        value["paper"].as_object_mut().unwrap().remove("submittedOnDailyAt");
        assert_eq!(day(&value, None), "2026-01-04");
        let opening = one(&value, None).unwrap().feature.unwrap().featured_at;
        assert_eq!(opening, "2026-01-04T00:00:00Z".parse::<DateTime<Utc>>().unwrap());
        value.as_object_mut().unwrap().remove("publishedAt");
        assert!(one(&value, None).unwrap_err().contains("the day on which it was featured is missing"));
    }

    #[test]
    fn text_and_wrappers_are_read() {
        let text = "{'paper': {'id': '2601.01234', 'authors': [{'name': 'O\\'Neil', 'hidden': False}], \
                    'publishedAt': '2026-01-05T00:00:00.000Z', 'title': \"It's\", 'summary': 'Text.', \
                    'upvotes': 1}, 'publishedAt': '2026-01-06T00:00:00.000Z', 'title': \"It's\"}";
        let bytes =
            serde_json::to_vec(&json!({"status": "success", "date": "2026-01-07", "data": [text]})).unwrap();
        let (paper, _) = parse(&bytes, None, &bounds()).unwrap().remove(0).unwrap();
        assert_eq!(paper.title.as_deref(), Some("It's"));
        assert_eq!(paper.authors, ["O'Neil"]);
        assert_eq!(paper.feature.unwrap().day.to_string(), "2026-01-07");
    }

    #[test]
    fn unreadable_records_are_rejected_with_a_reason() {
        let mut no_title = item();
        no_title["title"] = json!("  ");
        assert!(one(&no_title, Some("2026-01-06")).is_ok());
        no_title["paper"]["title"] = json!("");
        let mut bad_id = item();
        bad_id["paper"]["id"] = json!("nothing");
        let mut unseen = item();
        unseen["title"] = json!("\u{200b}\u{2060}");
        unseen["paper"]["title"] = json!("\u{200d}");
        for (value, reason) in [
            (json!(3), "not an object"),
            (json!({"id": "2601.01234"}), "there is no paper"),
            (json!("not a literal"), "nor a Python literal"),
            (no_title, "The title is missing."),
            (bad_id, "not an arXiv identifier"),
            (unseen, "The title is missing."),
            (json!({"paper": null}), "paper is not an object"),
        ] {
            let found = one(&value, Some("2026-01-06")).unwrap_err();
            assert!(found.contains(reason), "{found}");
        }
        for bytes in [&b"<html>"[..], b"", b"3", b"{}", b"{\"data\": 3}"] {
            assert!(parse(bytes, None, &bounds()).is_err());
        }
    }

    #[test]
    fn a_flaw_in_a_minor_field_drops_that_field_only() {
        assert_eq!(warned("/numComments", json!(2)).1, Vec::<String>::new());
        for (pointer, value, field) in [
            ("/paper/authors", json!(null), "paper.authors"),
            ("/paper/authors", json!("Ada"), "paper.authors"),
            ("/paper/authors", json!([{"name": null}]), "paper.authors[0]"),
            ("/paper/authors", json!([{"name": "Ada", "hidden": null}]), "paper.authors[0].hidden"),
            ("/paper/authors", json!([{"name": "n".repeat(300)}]), "paper.authors[0].name"),
            ("/paper/ai_keywords", json!(["a", null]), "paper.ai_keywords[1]"),
            ("/paper/ai_keywords", json!(vec!["k"; 51]), "paper.ai_keywords"),
            ("/paper/ai_summary", json!("word ".repeat(1000)), "paper.ai_summary"),
            ("/paper/summary", json!(null), "paper.summary"),
            ("/paper/githubStars", json!(5_000_000_000_i64), "paper.githubStars"),
            ("/paper/githubStars", json!(-1), "paper.githubStars"),
            ("/paper/upvotes", json!("many"), "paper.upvotes"),
            ("/paper/projectPage", json!("javascript:alert(1)"), "paper.projectPage"),
            ("/paper/githubRepo", json!("https://github.com/a/\u{0}b"), "paper.githubRepo"),
            ("/paper/organization", json!("NVIDIA"), "paper.organization"),
            ("/paper/organization", json!({"name": null, "fullname": "Foo Lab"}), "paper.organization.name"),
            ("/paper/withdrawnAt", json!("yesterday"), "paper.withdrawnAt"),
            ("/paper/publishedAt", json!(17), "paper.publishedAt"),
            ("/paper/publishedAt", json!("9999-12-31T23:59:59Z"), "paper.publishedAt"),
            ("/paper/publishedAt", json!("0001-01-01T00:00:00Z"), "paper.publishedAt"),
            ("/paper/submittedOnDailyAt", json!("+262142-12-31T23:59:59Z"), "paper.submittedOnDailyAt"),
            ("/thumbnail", json!({"url": "https://example.org/x.png"}), "thumbnail"),
            ("/numComments", json!(1.5), "numComments"),
            ("/title", json!("t".repeat(1500)), "title"),
            ("/mediaUrls", json!([17]), "mediaUrls[0]"),
            ("/submittedBy", json!(false), "submittedBy"),
        ] {
            let (paper, warnings) = warned(pointer, value.clone());
            assert!(warnings.iter().any(|said| said == field), "{pointer} {value}: {warnings:?}");
            assert!(paper.problems(false).is_empty(), "{pointer} {value}");
        }
        assert_eq!(
            warned("/paper/organization", json!({"fullname": "Foo Lab"})).0.organization.unwrap().slug,
            "foo-lab"
        );
        assert_eq!(warned("/paper/authors", json!(["Ada"])).0.authors, ["Ada"]);
    }

    #[test]
    fn versions_media_and_submitters_are_read() {
        let mut value = item();
        value["paper"]["id"] = json!("2601.01234v3");
        value["mediaUrls"] = json!(["https://example.org/a.mp4", "//example.org/b.png"]);
        value["paper"]["mediaUrls"] = json!(["https://example.org/a.mp4"]);
        value["submittedBy"] = json!({"name": "ada", "fullname": "Ada L.", "avatarUrl": "/avatars/a.svg"});
        let paper = one(&value, Some("2026-01-06")).unwrap();
        assert_eq!(paper.said.version, Some(3));
        assert_eq!(paper.media_urls, ["https://example.org/a.mp4", "https://example.org/b.png"]);
        let submitter = paper.submitter.unwrap();
        assert_eq!((submitter.handle.as_str(), submitter.name.as_str()), ("ada", "Ada L."));
        assert_eq!(submitter.avatar_url.as_deref(), Some("https://huggingface.co/avatars/a.svg"));
    }

    /// Any value at all.
    fn anything() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                proptest::collection::hash_map("[a-z]{1,4}", inner, 0..4)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Whatever stands in any field but those that count, the paper comes in, fit for the database.
        #[test]
        fn any_value_in_a_minor_field_keeps_the_paper(value in anything(), at in 0_usize..18) {
            let pointers = [
                "authors", "publishedAt", "summary", "upvotes", "ai_summary", "ai_keywords", "githubRepo", "githubStars",
                "projectPage", "organization", "withdrawnAt", "mediaUrls", "submittedOnDailyBy", "submittedOnDailyAt",
            ];
            let outer = ["thumbnail", "numComments", "mediaUrl", "submittedBy"];
            let mut changed = item();
            match pointers.get(at) {
                Some(&key) => changed["paper"][key] = value,
                None => changed[outer[at - pointers.len()]] = value,
            }
            let paper = one(&changed, Some("2026-01-06")).unwrap();
            prop_assert!(paper.problems(false).is_empty());
            let said = format!("{paper:?}");
            prop_assert!(!said.contains("\\0") && !said.contains("\\u{0}"), "{}", said);
        }

        #[test]
        fn parsing_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes, None, &bounds());
        }
    }
}
