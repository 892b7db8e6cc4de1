//! What is read of Hugging Face's items, and what any value in them does.

use chrono::{DateTime, Utc};
use jiff::civil::time;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::calendar::{Calendar, DayBounds};
use crate::papers::new_paper::NewPaper;

use super::{Item, parse};

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
