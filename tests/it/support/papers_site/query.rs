//! The query API: `GET /api/query?id_list=…&start=…&max_results=…`, in Atom.

use chrono::{DateTime, SecondsFormat, Utc};
use quick_xml::escape::escape;

use super::Paper;
use super::faults::PageChange;
use super::http::{Request, Response};
use super::state::SiteState;

const MEDIA_TYPE: &str = "application/atom+xml; charset=utf-8";

/// Entries of a page by default.
const MAX_RESULTS: usize = 10;

/// The largest number of entries that may be asked for.
const LARGEST_MAX_RESULTS: usize = 30_000;

const FEED: &str = "<?xml version='1.0' encoding='UTF-8'?>\n\
    <feed xmlns:opensearch=\"http://a9.com/-/spec/opensearch/1.1/\" \
    xmlns:arxiv=\"http://arxiv.org/schemas/atom\" xmlns=\"http://www.w3.org/2005/Atom\">\n";

/// A reason for a refusal, and the name that arXiv gives it.
struct Refusal {
    code: String,
    message: String,
}

pub(super) fn answer(state: &SiteState, request: &Request, change: Option<PageChange>) -> Response {
    match feed(state, request, change) {
        Ok(feed) => Response::new(200, MEDIA_TYPE, feed),
        Err(refusal) => Response::new(400, MEDIA_TYPE, error_feed(&refusal, state.now)),
    }
}

fn feed(state: &SiteState, request: &Request, change: Option<PageChange>) -> Result<String, Refusal> {
    let id_list = request.param("id_list").unwrap_or_default();
    let start = number(request, "start", 0)?;
    let max_results = number(request, "max_results", MAX_RESULTS)?;
    if max_results > LARGEST_MAX_RESULTS {
        return Err(refusal("max_results_too_large", "max_results must not exceed 30000"));
    }
    let mut found = Vec::new();
    for id in id_list.split(',').filter(|id| !id.is_empty()) {
        let (id, version) = identifier(id).ok_or_else(|| {
            refusal(&format!("incorrect_id_format_for_{id}"), &format!("incorrect id format for {id}"))
        })?;
        let paper = state.papers.get(id).filter(|paper| paper.is_at_arxiv);
        let version = version.or_else(|| paper.map(|paper| paper.versions.len()));
        let known = paper.zip(version).filter(|(paper, version)| *version <= paper.versions.len());
        found.extend(known);
    }
    let shown = found.iter().skip(start).take(max_results);
    let mut entries: Vec<String> = shown.map(|&(paper, version)| entry(paper, version)).collect();
    if change == Some(PageChange::Short) {
        entries.pop();
    }
    let now = written(state.now);
    let asked = escape(&id_list).into_owned();
    let total = found.len();
    Ok(format!(
        "{FEED}  <id>https://arxiv.org/api/ExampleOfAnIdentifier</id>\n  \
         <title>arXiv Query: search_query=&amp;id_list={asked}&amp;start={start}&amp;max_results={max_results}</title>\n  \
         <updated>{now}</updated>\n  \
         <link href=\"https://arxiv.org/api/query?id_list={asked}\" type=\"application/atom+xml\"/>\n  \
         <opensearch:itemsPerPage>{max_results}</opensearch:itemsPerPage>\n  \
         <opensearch:totalResults>{total}</opensearch:totalResults>\n  \
         <opensearch:startIndex>{start}</opensearch:startIndex>\n{}</feed>\n",
        entries.concat()
    ))
}

fn number(request: &Request, name: &str, default: usize) -> Result<usize, Refusal> {
    let Some(text) = request.param(name) else { return Ok(default) };
    text.parse()
        .map_err(|_| refusal(&format!("{name}_must_be_an_integer"), &format!("{name} must be an integer")))
}

fn refusal(code: &str, message: &str) -> Refusal {
    Refusal { code: code.to_owned(), message: message.to_owned() }
}

/// The identifier without its version, and the version, if this has the form of one.
fn identifier(text: &str) -> Option<(&str, Option<usize>)> {
    let (id, version) = match text.rsplit_once('v') {
        Some((id, version)) if id.ends_with(|c: char| c.is_ascii_digit()) => {
            (id, Some(version.parse().ok().filter(|&version| version > 0)?))
        }
        _ => (text, None),
    };
    let is_of_digits = |text: &str, lengths: &[usize]| {
        lengths.contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit())
    };
    let is_new = id
        .split_once('.')
        .is_some_and(|(month, number)| is_of_digits(month, &[4]) && is_of_digits(number, &[4, 5]));
    let is_old = id.split_once('/').is_some_and(|(archive, number)| {
        archive.starts_with(|c: char| c.is_ascii_lowercase()) && is_of_digits(number, &[7])
    });
    (is_new || is_old).then_some((id, version))
}

fn entry(paper: &Paper, version: usize) -> String {
    let id = format!("{}v{version}", paper.id);
    let element = |name: &str, text: &Option<String>| {
        text.as_ref().map_or(String::new(), |text| format!("    <{name}>{}</{name}>\n", escape(text)))
    };
    let categories: String = paper
        .categories
        .iter()
        .map(|code| format!("    <category term=\"{code}\" scheme=\"http://arxiv.org/schemas/atom\"/>\n"))
        .collect();
    let authors: String = paper
        .authors
        .iter()
        .map(|name| format!("    <author>\n      <name>{}</name>\n    </author>\n", escape(name)))
        .collect();
    format!(
        "  <entry>\n    <id>http://arxiv.org/abs/{id}</id>\n    <title>{}</title>\n    <updated>{}</updated>\n    \
         <link href=\"https://arxiv.org/abs/{id}\" rel=\"alternate\" type=\"text/html\"/>\n    \
         <link href=\"https://arxiv.org/pdf/{id}\" rel=\"related\" type=\"application/pdf\" title=\"pdf\"/>\n    \
         <summary>{}</summary>\n{categories}    <published>{}</published>\n{}    \
         <arxiv:primary_category term=\"{}\"/>\n{}{}{authors}  </entry>\n",
        escape(&paper.title),
        written(paper.versions[version - 1].submitted_at),
        escape(&paper.summary),
        written(paper.versions[0].submitted_at),
        element("arxiv:comment", &paper.comments),
        paper.categories[0],
        element("arxiv:journal_ref", &paper.journal_ref),
        element("arxiv:doi", &paper.doi),
    )
}

fn error_feed(refusal: &Refusal, now: DateTime<Utc>) -> String {
    let address = format!("https://arxiv.org/api/errors#{}", escape(&refusal.code));
    let (now, message) = (written(now), escape(&refusal.message));
    format!(
        "{FEED}  <id>https://arxiv.org/</id>\n  <title>arXiv Search Results</title>\n  <updated>{now}</updated>\n  \
         <opensearch:itemsPerPage>1</opensearch:itemsPerPage>\n  \
         <opensearch:totalResults>1</opensearch:totalResults>\n  <opensearch:startIndex>0</opensearch:startIndex>\n  \
         <entry>\n    <id>{address}</id>\n    <title>Error</title>\n    <updated>{now}</updated>\n    \
         <link href=\"{address}\" rel=\"alternate\" type=\"text/html\"/>\n    <summary>{message}</summary>\n    \
         <author>\n      <name>arXiv api core</name>\n    </author>\n  </entry>\n</feed>\n"
    )
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
