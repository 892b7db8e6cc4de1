//! Hugging Face's daily-papers JSON, as `GET /api/daily_papers` answers it and as archives keep it.
//!
//! A file holds a list of items, or an object that wraps one; an item is an object, or the same object as
//! Python text. What can be read is read; the rest is refused with a reason each. The feed day is that of
//! the file's name or wrapper, else that of the submission, else (older items) that of the item.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::Value;

use crate::feeds::DayBounds;
use crate::papers::text::one_line;
use crate::papers::{ArxivId, NewOrganization, NewPaper, withdrawn};

use super::python_literal;

/// Votes and comments that are believed: with those given here they must not exceed what a column holds.
const MOST: i32 = 1_000_000_000;

/// What became of one item: a paper, or why it was refused.
pub type Item = Result<NewPaper, String>;

/// Keys under which a wrapper holds its list.
const LISTS: [&str; 4] = ["data", "papers", "items", "dailyPapers"];

/// Reads a file. `day` is the feed day that its name says.
///
/// # Errors
/// Why nothing of it can be read.
pub fn parse(octets: &[u8], day: Option<NaiveDate>, bounds: &DayBounds) -> Result<Vec<Item>, String> {
    let value: Value = serde_json::from_slice(octets).map_err(|error| format!("no JSON: {error}"))?;
    let (items, wrapped_day) = match value {
        Value::Array(items) => (items, None),
        Value::Object(mut wrapper) => {
            let wrapped_day = wrapper.get("date").and_then(Value::as_str).and_then(|day| day.parse().ok());
            let list = LISTS.iter().find_map(|&key| match wrapper.remove(key) {
                Some(Value::Array(items)) => Some(items),
                _ => None,
            });
            (list.ok_or("an object that wraps no list of papers")?, wrapped_day)
        }
        _ => return Err("neither a list of papers nor an object that wraps one".to_owned()),
    };
    let day = day.or(wrapped_day);
    Ok(items.into_iter().zip(0..).map(|(item, position)| read(item, position, day, bounds)).collect())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    paper: WirePaper,
    title: Option<String>,
    published_at: Option<DateTime<Utc>>,
    thumbnail: Option<String>,
    num_comments: Option<i32>,
    organization: Option<WireOrganization>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePaper {
    id: Option<String>,
    #[serde(default)]
    authors: Vec<WireAuthor>,
    published_at: Option<DateTime<Utc>>,
    submitted_on_daily_at: Option<DateTime<Utc>>,
    title: Option<String>,
    summary: Option<String>,
    upvotes: Option<i32>,
    project_page: Option<String>,
    github_repo: Option<String>,
    github_stars: Option<i32>,
    #[serde(rename = "ai_summary")]
    ai_summary: Option<String>,
    #[serde(rename = "ai_keywords")]
    ai_keywords: Option<Vec<String>>,
    organization: Option<WireOrganization>,
    withdrawn_at: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
struct WireAuthor {
    name: Option<String>,
    #[serde(default)]
    hidden: bool,
}

#[derive(Deserialize)]
struct WireOrganization {
    name: String,
    fullname: Option<String>,
    avatar: Option<String>,
}

fn read(item: Value, position: i32, day: Option<NaiveDate>, bounds: &DayBounds) -> Item {
    let item = match item {
        Value::String(text) => python_literal::parse(&text)?,
        other => other,
    };
    let Value::Object(object) = item else { return Err("no object".to_owned()) };
    if !object.contains_key("paper") {
        return Err("has no paper".to_owned());
    }
    let wire: Wire = serde_json::from_value(Value::Object(object)).map_err(|error| error.to_string())?;
    let paper = wire.paper;
    let id = paper.id.ok_or("has no paper.id")?;
    let arxiv_id = ArxivId::parse(&id).ok_or_else(|| format!("paper.id {id:?} is no arXiv identifier"))?;
    let published_on = paper.published_at.ok_or("has no paper.publishedAt")?.date_naive();
    let published_on = bounds.past_day(published_on).map_err(|refusal| refusal.to_string())?;
    let day = match (day, paper.submitted_on_daily_at.or(wire.published_at)) {
        (Some(day), _) => bounds.feed_day(day),
        (None, Some(at)) => bounds.feed_day_of(at),
        (None, None) => return Err("says nowhere which day it was featured on".to_owned()),
    };
    let day = day.map_err(|refusal| refusal.to_string())?;
    let withdrawn_on = paper.withdrawn_at.and_then(|at| bounds.past_day(at.date_naive()).ok());
    // Where the abstract alone says so, it was so on the day of the feed.
    let says_withdrawn = paper.summary.as_deref().is_some_and(withdrawn::says_withdrawn);
    let withdrawn_on = withdrawn_on.or_else(|| says_withdrawn.then_some(day));
    let authors: Vec<String> =
        paper.authors.into_iter().filter(|author| !author.hidden).filter_map(|author| author.name).collect();
    let paper = NewPaper {
        arxiv_id: Some(arxiv_id),
        title: wire.title.filter(|title| !title.trim().is_empty()).or(paper.title),
        r#abstract: paper.summary,
        summary: paper.ai_summary,
        authors,
        organization: paper.organization.or(wire.organization).and_then(organization),
        keywords: paper.ai_keywords.unwrap_or_default(),
        published_on: Some(published_on),
        project_url: paper.project_page,
        repository_url: paper.github_repo,
        repository_stars: paper.github_stars,
        thumbnail_url: wire.thumbnail,
        withdrawn_on: withdrawn_on,
        source_upvotes: paper.upvotes.map(|votes| votes.clamp(0, MOST)),
        source_comments: wire.num_comments.map(|comments| comments.clamp(0, MOST)),
        feature: Some(bounds.feature(day, paper.submitted_on_daily_at, position)),
        ..NewPaper::default()
    };
    let paper = paper.cleaned().without_bad_urls();
    let problems = paper.problems(true);
    if problems.is_empty() {
        Ok(paper)
    } else {
        Err(problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join(" "))
    }
}

fn organization(wire: WireOrganization) -> Option<NewOrganization> {
    let slug = one_line(&wire.name);
    let name = wire.fullname.map(|name| one_line(&name)).filter(|name| !name.is_empty());
    let is_named = (1..=200).contains(&slug.chars().count());
    is_named.then(|| NewOrganization {
        name: name.unwrap_or_else(|| slug.clone()),
        slug,
        logo_url: wire.avatar,
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::feeds::Calendar;

    fn bounds() -> DayBounds {
        let calendar = Calendar::new(crate::zones::find("UTC").unwrap(), time(0, 0, 0, 0));
        DayBounds::new(calendar, "2026-01-12T12:00:00Z".parse().unwrap())
    }

    fn item() -> Value {
        json!({
            "paper": {
                "id": "2601.01234",
                "authors": [{"name": "Ada  Lovelace", "hidden": false}, {"name": "Nobody", "hidden": true}, {"_id": "x"}],
                "publishedAt": "2026-01-05T18:59:59.000Z",
                "submittedOnDailyAt": "2026-01-06T01:02:03.456Z",
                "title": "A title\n  in two lines",
                "summary": "What it\nsays.",
                "upvotes": 12,
                "ai_summary": "In short.",
                "ai_keywords": ["engines"],
                "githubRepo": "https://github.com/ada/engine",
                "githubStars": 3,
                "projectPage": "javascript:alert(1)",
                "organization": {"_id": "1", "name": "nvidia", "fullname": "NVIDIA", "avatar": "/relative.png"},
                "unknown": {"is": "ignored"},
            },
            "title": "A title in two lines",
            "publishedAt": "2026-01-04T20:00:00.000Z",
            "thumbnail": "https://example.org/t.png",
            "numComments": 2,
        })
    }

    fn one(value: &Value, day: Option<&str>) -> Item {
        let octets = serde_json::to_vec(&json!([value])).unwrap();
        parse(&octets, day.map(|day| day.parse().unwrap()), &bounds()).unwrap().remove(0)
    }

    #[test]
    fn an_item_becomes_a_paper() {
        let paper = one(&item(), Some("2026-01-06")).unwrap();
        assert_eq!(paper.arxiv_id.unwrap().as_str(), "2601.01234");
        assert_eq!(paper.title.as_deref(), Some("A title in two lines"));
        assert_eq!(paper.r#abstract.as_deref(), Some("What it says."));
        assert_eq!(paper.authors, ["Ada Lovelace"]);
        assert_eq!(paper.published_on.unwrap().to_string(), "2026-01-05");
        assert_eq!((paper.source_upvotes, paper.source_comments), (Some(12), Some(2)));
        assert_eq!(paper.project_url, None);
        assert_eq!(paper.repository_url.as_deref(), Some("https://github.com/ada/engine"));
        let organization = paper.organization.unwrap();
        assert_eq!((organization.slug.as_str(), organization.name.as_str()), ("nvidia", "NVIDIA"));
        assert_eq!(organization.logo_url, None);
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
        assert!(one(&value, None).unwrap_err().contains("which day"));
    }

    #[test]
    fn text_and_wrappers_are_read() {
        let text = "{'paper': {'id': '2601.01234', 'authors': [{'name': 'O\\'Neil', 'hidden': False}], \
                    'publishedAt': '2026-01-05T00:00:00.000Z', 'title': \"It's\", 'summary': 'Text.', \
                    'upvotes': 1}, 'publishedAt': '2026-01-06T00:00:00.000Z', 'title': \"It's\"}";
        let octets =
            serde_json::to_vec(&json!({"status": "success", "date": "2026-01-07", "data": [text]})).unwrap();
        let paper = parse(&octets, None, &bounds()).unwrap().remove(0).unwrap();
        assert_eq!(paper.title.as_deref(), Some("It's"));
        assert_eq!(paper.authors, ["O'Neil"]);
        assert_eq!(paper.feature.unwrap().day.to_string(), "2026-01-07");
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_a_reason() {
        let mut no_title = item();
        no_title["title"] = json!("  ");
        assert!(one(&no_title, Some("2026-01-06")).is_ok());
        no_title["paper"]["title"] = json!("");
        let mut bad_id = item();
        bad_id["paper"]["id"] = json!("nothing");
        let mut bad_votes = item();
        bad_votes["paper"]["upvotes"] = json!("many");
        for (value, reason) in [
            (json!(3), "no object"),
            (json!({"id": "2601.01234"}), "has no paper"),
            (json!("not a literal"), "no Python literal"),
            (no_title, "The title is missing."),
            (bad_id, "no arXiv identifier"),
            (bad_votes, "invalid type"),
        ] {
            let found = one(&value, Some("2026-01-06")).unwrap_err();
            assert!(found.contains(reason), "{found}");
        }
        for octets in [&b"<html>"[..], b"", b"3", b"{}", b"{\"data\": 3}"] {
            assert!(parse(octets, None, &bounds()).is_err());
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&octets, None, &bounds());
        }
    }
}
