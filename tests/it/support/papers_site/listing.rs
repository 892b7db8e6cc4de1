//! The page of a category's newest announcement: `GET /list/CATEGORY/new?skip=…&show=…`.

use std::fmt::Write as _;

use chrono::NaiveDate;
use quick_xml::escape::escape;

use super::Paper;
use super::faults::PageChange;
use super::http::{Request, Response};
use super::paper::day;
use super::state::SiteState;

const MEDIA_TYPE: &str = "text/html; charset=utf-8";

/// Entries of a page by default, and at most.
const PER_PAGE: usize = 2_000;

/// The headings of the sections.
const HEADINGS: [&str; 3] = ["New submissions", "Cross submissions", "Replacement submissions"];

/// An announcement in one category.
#[derive(Clone, Debug)]
pub struct Announcement {
    stated_on: NaiveDate,
    /// Identifiers of new papers, of those from other categories, and of those with new versions.
    sections: [Vec<String>; 3],
    has_wrong_counts: bool,
}

impl Announcement {
    /// An announcement without entries that states this day.
    pub fn on(stated_on: &str) -> Self {
        Self { stated_on: day(stated_on), sections: Default::default(), has_wrong_counts: false }
    }

    /// Sets the new papers.
    pub fn new_papers(self, ids: &[&str]) -> Self {
        self.section(0, ids)
    }

    /// Sets the papers from other categories.
    pub fn cross(self, ids: &[&str]) -> Self {
        self.section(1, ids)
    }

    /// Sets the papers with new versions.
    pub fn replaced(self, ids: &[&str]) -> Self {
        self.section(2, ids)
    }

    /// Makes each section state one entry more than it has.
    pub fn with_wrong_counts(mut self) -> Self {
        self.has_wrong_counts = true;
        self
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.sections.iter().flatten()
    }

    /// Sections that have entries.
    fn section_count(&self) -> usize {
        self.sections.iter().filter(|ids| !ids.is_empty()).count()
    }

    fn section(mut self, number: usize, ids: &[&str]) -> Self {
        self.sections[number] = ids.iter().map(|&id| id.to_owned()).collect();
        self
    }
}

/// The category of `/list/cs.CL/new`.
pub(super) fn category(path: &str) -> Option<&str> {
    path.strip_prefix("/list/")?.strip_suffix("/new")
}

pub(super) fn answer(
    state: &SiteState,
    category: &str,
    request: &Request,
    change: Option<PageChange>,
) -> Response {
    let Some(announcement) = state.announcements.get(category) else {
        let page = "<html><head><title>Invalid archive</title></head></html>\n";
        return Response::new(404, MEDIA_TYPE, page);
    };
    let number = |name: &str| request.param(name).and_then(|number| number.parse::<usize>().ok());
    let show = number("show").unwrap_or(PER_PAGE).clamp(1, PER_PAGE);
    let skip = number("skip").unwrap_or(0);
    let window = Window { skip, show, is_short: change == Some(PageChange::Short) };
    Response::new(200, MEDIA_TYPE, document(state, category, announcement, &window))
}

/// The part of an announcement that a page shows.
struct Window {
    skip: usize,
    show: usize,
    /// Whether the last entry is left out.
    is_short: bool,
}

fn document(state: &SiteState, category: &str, announcement: &Announcement, window: &Window) -> String {
    let total = announcement.ids().count();
    let sections = sections(state, category, announcement, window);
    let wrong = if announcement.has_wrong_counts { announcement.section_count() } else { 0 };
    let stated = total + wrong;
    let paging = format!(
        "    <div class='paging'>Total of {stated} entries\n    </div>\n    \
         <div class='morefewer'>Showing up to {} entries per page:\n      \
         <a href=/list/{category}/new?skip=0&amp;show=1000 rel=\"nofollow\">\n      fewer</a> |\n      \
         <span style=\"color: #454545\">more</span>\n    </div>\n",
        window.show
    );
    let content = if total == 0 { "    <p>No updates today.</p>\n".to_owned() } else { paging + &sections };
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>{category} </title>\n\
         <script>if (1 < 2) {{ document.title += \"</dl>\"; }}</script></head>\n<body>\n\
         <div id='content-inner'>\n<div id='dlpage'>\n  <h1>{category}</h1>\n\
         <p>See <a id=\"recent-{category}\" href=\"/list/{category}/recent\">recent</a> articles</p>\n\
         <h3>Showing new listings for {}</h3>\n\n{content}</div>\n</div>\n</body>\n</html>\n",
        announcement.stated_on.format("%A, %-d %B %Y")
    )
}

fn sections(state: &SiteState, category: &str, announcement: &Announcement, window: &Window) -> String {
    let end = window.skip.saturating_add(window.show);
    let last = end.min(announcement.ids().count());
    let (mut number, mut text) = (0, String::new());
    for (index, ids) in announcement.sections.iter().enumerate() {
        let start = number;
        number += ids.len();
        let places: Vec<usize> = (start..number).filter(|place| (window.skip..end).contains(place)).collect();
        if places.is_empty() {
            continue;
        }
        let wrong = usize::from(announcement.has_wrong_counts);
        let (shown, of) = (places.len() + wrong, ids.len() + wrong);
        let words = match (places[0] > start, places.len() < ids.len()) {
            (_, false) => "showing",
            (false, true) => "showing first",
            (true, true) => "continued, showing last",
        };
        let heading = HEADINGS[index];
        let _ =
            write!(text, "<dl id='articles'>\n    <h3>{heading} ({words} {shown} of {of} entries)</h3>\n");
        for place in places.into_iter().filter(|place| !window.is_short || place + 1 < last) {
            text += &entry(state.paper(&ids[place - start]), index, place + 1, category);
        }
        text += "</dl>\n";
    }
    text
}

fn entry(paper: &Paper, section: usize, number: usize, category: &str) -> String {
    let (id, primary) = (&paper.id, &paper.categories[0]);
    let note = match section {
        0 => String::new(),
        1 => format!(" (cross-list from {primary})"),
        _ if primary == category => " (replaced)".to_owned(),
        _ => format!(" (replaced, cross-list from {primary})"),
    };
    let authors: Vec<String> =
        paper.authors.iter().map(|name| format!("<a href=\"/search\">{}</a>", escape(name))).collect();
    let subjects: Vec<String> =
        paper.categories.iter().map(|code| format!("Subject of {code} ({code})")).collect();
    let (first, others) = subjects.split_first().unwrap();
    let others: String = others.iter().map(|subject| format!("; {subject}")).collect();
    let field = |class: &str, label: &str, text: &Option<String>| {
        text.as_ref().map_or(String::new(), |text| {
            let text = escape(text);
            format!("        <div class='{class}'><span class='descriptor'>{label}:</span>\n          {text}\n        </div>\n")
        })
    };
    // The page has no abstracts of replacements.
    let summary = if section == 2 {
        String::new()
    } else {
        format!("        <p class='mathjax'>\n          {}\n        </p>\n", escape(&paper.summary))
    };
    format!(
        "    <dt>\n      <a name='item{number}'>[{number}]</a>\n      \
         <a href =\"/abs/{id}\" title=\"Abstract\" id=\"{id}\">\n        arXiv:{id}\n      </a>{note}\n      \
         [<a href=\"/pdf/{id}\" title=\"Download PDF\" id=\"pdf-{id}\">pdf</a>]\n    </dt>\n    \
         <dd>\n      <div class='meta'>\n{}        <div class='list-authors'>{}</div>\n{}{}        \
         <div class='list-subjects'><span class='descriptor'>Subjects:</span>\n          \
         <span class=\"primary-subject\">{first}</span>{others}\n        </div>\n{summary}      </div>\n    </dd>\n",
        field("list-title mathjax", "Title", &Some(paper.title.clone())),
        authors.join(", "),
        field("list-comments mathjax", "Comments", &paper.comments),
        field("list-journal-ref", "Journal-ref", &paper.journal_ref),
    )
}
