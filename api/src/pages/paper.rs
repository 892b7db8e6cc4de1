//! One paper.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use domain::direction::BidiText;
use domain::entity::json::Person;
use domain::papers::ArxivId;
use domain::papers::PaperRow;
use domain::papers::read::by_slug;
use domain::papers::topics::keywords;
use domain::wording::{byline, long_date, names};
use latex::readable;

use crate::pages::page;
use crate::state::ApiState;

#[derive(Template)]
#[template(path = "web/paper.html")]
struct Page {
    title: String,
    byline: BidiText,
    authors: BidiText,
    r#abstract: String,
    summary: Option<String>,
    featured: Option<(String, String)>,
    keywords: Vec<String>,
    submitter: Option<BidiText>,
    participants: BidiText,
    media: Vec<(usize, String)>,
    links: Vec<(&'static str, String)>,
    /// The day on which its authors withdrew it, for people.
    withdrawn: Option<String>,
}

/// `GET /papers/{slug}`: by slug, or by arXiv identifier in any form.
pub async fn show(state: Data<ApiState>, slug: Path<String>) -> HttpResponse {
    // Postgres takes no NUL in a text, so no paper is called that.
    if slug.contains('\0') {
        return crate::pages::not_found(state).await;
    }
    let found = match by_slug(state.services.db.read(), &slug).await {
        Ok(found) => found,
        Err(error) => return page::failure(&state, error),
    };
    let Some(listed) = found else { return crate::pages::not_found(state).await };
    match load(&state, listed).await {
        Ok(page) => page::public(StatusCode::OK, &page),
        Err(error) => page::failure(&state, error),
    }
}

async fn load(state: &ApiState, listed: PaperRow) -> domain::Result<Page> {
    let services = &state.services;
    let listed = &listed;
    let keywords = keywords(services.db.read(), &[listed.paper.id]).await?.remove(&listed.paper.id);
    let keywords = keywords.unwrap_or_default();
    let paper = &listed.paper;
    let arxiv = paper.arxiv_id.as_deref().and_then(ArxivId::parse);
    let links = [
        ("arXiv", arxiv.as_ref().map(ArxivId::abstract_url)),
        ("PDF", arxiv.as_ref().filter(|_| paper.withdrawn_on.is_none()).map(ArxivId::pdf_url)),
        ("Project", paper.project_url.clone()),
        ("Code", paper.repository_url.clone()),
    ];
    let featured = listed.feature.as_ref().map(|feature| (feature.day.to_string(), long_date(feature.day)));
    Ok(Page {
        title: readable(&paper.title),
        byline: byline(listed),
        authors: names(&paper.authors.0),
        r#abstract: readable(&paper.r#abstract),
        summary: paper.summary.as_deref().map(readable),
        featured,
        withdrawn: paper.withdrawn_on.map(long_date),
        keywords: keywords.iter().map(|keyword| readable(keyword)).collect(),
        submitter: paper.submitter.as_ref().map(named),
        participants: BidiText::join(paper.participants.0.iter().map(named), ", "),
        media: (1..).zip(paper.media_urls.0.iter().cloned()).collect(),
        links: links.into_iter().filter_map(|(name, url)| Some((name, url?))).collect(),
    })
}

/// A name with that of the account.
fn named(person: &Person) -> BidiText {
    let mut named = BidiText::foreign(&person.name);
    if person.name != person.handle {
        named.push_own(" (@");
        named.push_foreign(&person.handle);
        named.push_own(")");
    }
    named
}
