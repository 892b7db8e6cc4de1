//! Hugging Face's daily papers: `GET /api/daily_papers?date=…&p=…&limit=…`.

use std::hash::{DefaultHasher, Hash, Hasher as _};

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::Paper;
use super::faults::PageChange;
use super::http::{Request, Response};
use super::paper::instant;
use super::state::SiteState;

const MEDIA_TYPE: &str = "application/json; charset=utf-8";

/// Items of a page by default, and at most.
const LIMIT: usize = 50;
const MAX_LIMIT: usize = 100;

/// Items of the page before that an overlapping page begins with.
const OVERLAP: usize = 2;

/// A paper's place on a day.
#[derive(Clone, Debug)]
pub struct DailyItem {
    pub(super) paper: String,
    pub(super) votes: u32,
    comments: u32,
    submitter: Option<String>,
    submitted_at: Option<DateTime<Utc>>,
}

/// A day of the feed.
#[derive(Clone, Debug)]
pub struct FeedDay {
    pub(super) items: Vec<DailyItem>,
    pub(super) is_indexed: bool,
}

impl Default for FeedDay {
    fn default() -> Self {
        Self { items: Vec::new(), is_indexed: true }
    }
}

impl DailyItem {
    /// A paper that the site knows, without votes.
    pub fn new(paper: &str) -> Self {
        Self { paper: paper.to_owned(), votes: 0, comments: 0, submitter: None, submitted_at: None }
    }

    pub fn votes(mut self, votes: u32) -> Self {
        self.votes = votes;
        self
    }

    pub fn comments(mut self, comments: u32) -> Self {
        self.comments = comments;
        self
    }

    /// Sets the account of the submitter.
    pub fn submitter(mut self, account: &str) -> Self {
        self.submitter = Some(account.to_owned());
        self
    }

    /// Sets `submittedOnDailyAt`, which is the beginning of the day by default.
    pub fn submitted(mut self, at: &str) -> Self {
        self.submitted_at = Some(instant(at));
        self
    }
}

pub(super) fn answer(state: &SiteState, request: &Request, change: Option<PageChange>) -> Response {
    match page(state, request, change) {
        Ok(response) => response,
        Err((status, message)) => Response::new(status, MEDIA_TYPE, json!({ "error": message }).to_string()),
    }
}

type Refusal = (u16, &'static str);

fn page(state: &SiteState, request: &Request, change: Option<PageChange>) -> Result<Response, Refusal> {
    let date = request.param("date").and_then(|date| date.parse::<NaiveDate>().ok());
    let date = date.ok_or((400, "Invalid date"))?;
    if date > state.now.date_naive() {
        return Err((400, "The date is in the future"));
    }
    let number = |name: &str, default: usize| match request.param(name) {
        Some(text) => text.parse().map_err(|_| (400, "Expected a number")),
        None => Ok(default),
    };
    let (page, limit) = (number("p", 0)?, number("limit", LIMIT)?);
    if !(1..=MAX_LIMIT).contains(&limit) {
        return Err((400, "Too big: expected number to be <=100"));
    }
    let none = FeedDay::default();
    let day = state.days.get(&date).unwrap_or(&none);
    if !day.is_indexed {
        return Err((404, "Daily papers of this date are not indexed"));
    }
    let mut items: Vec<&DailyItem> = day.items.iter().collect();
    // A stable order: of two with the same votes the one that was featured first.
    items.sort_by_key(|item| std::cmp::Reverse(item.votes));
    let at = |page: usize| page.saturating_mul(limit).min(items.len());
    let (start, end) = (at(page), at(page.saturating_add(1)));
    let (shown, next_page) = match change {
        Some(PageChange::Repeated) if page > 0 => (at(page - 1)..start, page),
        Some(PageChange::Overlapping) => (start.saturating_sub(OVERLAP)..end, page + 1),
        Some(PageChange::Short) => (start..end.saturating_sub(1).max(start), page + 1),
        _ => (start..end, page + 1),
    };
    let shown = items[shown].iter().map(|item| wrapped(state.paper(&item.paper), item, date));
    let response = Response::new(200, MEDIA_TYPE, shown.collect::<Value>().to_string());
    let response = with_etag(response, request);
    Ok(if end < items.len() || next_page == page {
        response.with("Link", next(request, date, next_page, limit))
    } else {
        response
    })
}

/// The response with its tag, or without its body if the client has it.
fn with_etag(response: Response, request: &Request) -> Response {
    let etag = format!("W/\"{:x}\"", hash(&response.body));
    let known = request.header("if-none-match").unwrap_or_default();
    let is_known = known.split(',').any(|tag| tag.trim() == etag || tag.trim() == "*");
    let response = if is_known { Response::new(304, MEDIA_TYPE, "") } else { response };
    response.with("ETag", etag)
}

/// The link to the next page.
fn next(request: &Request, date: NaiveDate, page: usize, limit: usize) -> String {
    let host = request.header("host").unwrap_or_default();
    format!("<http://{host}{}?date={date}&limit={limit}&p={page}>; rel=\"next\"", request.path)
}

fn wrapped(paper: &Paper, item: &DailyItem, day: NaiveDate) -> Value {
    let published_at = written(paper.versions[0].submitted_at);
    let start_of_day = day.and_time(chrono::NaiveTime::MIN).and_utc();
    let mut outer = json!({
        "paper": {
            "id": paper.id,
            "authors": paper.authors.iter().map(|name| author(name)).collect::<Vec<_>>(),
            "publishedAt": published_at,
            "submittedOnDailyAt": written(item.submitted_at.unwrap_or(start_of_day)),
            "title": paper.title,
            "summary": paper.summary,
            "upvotes": item.votes,
            "discussionId": object_id(&("discussion", &paper.id)),
        },
        "publishedAt": published_at,
        "title": paper.title,
        "summary": paper.summary,
        "thumbnail": format!("https://thumbnails.example.org/papers/{}.png", paper.id),
        "numComments": item.comments,
        "isAuthorParticipating": false,
    });
    if let Some(account) = &item.submitter {
        outer["paper"]["submittedOnDailyBy"] = user("user", account);
        outer["submittedBy"] = user("name", account);
    }
    outer
}

fn author(name: &str) -> Value {
    json!({ "_id": object_id(name), "name": name, "hidden": false })
}

fn user(key: &str, account: &str) -> Value {
    json!({
        "_id": object_id(account),
        "avatarUrl": format!("/avatars/{account}.svg"),
        "isPro": false,
        "fullname": format!("The person {account}"),
        key: account,
        "type": "user",
    })
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An identifier of 24 hexadecimal digits.
fn object_id(of: &(impl Hash + ?Sized)) -> String {
    format!("{:024x}", hash(of))
}

fn hash(of: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}
