//! Shared parts of the pages: rendering templates as responses, and message pages.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use askama::Template;

use crate::state::ApiState;
use crate::visitor::Refusal;

/// Messages, each a page of its own.
#[derive(Template)]
#[template(path = "web/message.html")]
struct Message<'a> {
    title: &'a str,
    paragraphs: &'a [&'a str],
    home: &'a str,
}

/// A page that may be kept and indexed.
pub fn public(status: StatusCode, template: &impl Template) -> HttpResponse {
    render(status, template, "public, max-age=30", false)
}

/// A page behind a token: kept and indexed by nobody.
pub fn private(status: StatusCode, template: &impl Template) -> HttpResponse {
    render(status, template, "no-store", true)
}

/// A page that says something.
pub fn message(state: &ApiState, status: StatusCode, title: &str, paragraphs: &[&str]) -> HttpResponse {
    message_for(state.services.settings.base_url.as_str(), status, title, paragraphs)
}

/// The same, with a link to this front page.
pub fn message_for(home: &str, status: StatusCode, title: &str, paragraphs: &[&str]) -> HttpResponse {
    private(status, &Message { title, paragraphs, home })
}

/// The page for a domain error: problems that the person can fix are shown, the rest is logged.
pub fn failure(state: &ApiState, error: domain::Error) -> HttpResponse {
    match error {
        domain::Error::User(problems) => {
            let texts: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
            message(state, StatusCode::BAD_REQUEST, "That did not work", &texts)
        }
        error => {
            let reference = domain::random::name();
            tracing::error!(%error, reference, "a page could not be rendered");
            let status = if error.is_unavailable() {
                StatusCode::SERVICE_UNAVAILABLE
            } else {
                StatusCode::INTERNAL_SERVER_ERROR
            };
            let number = format!("The error number is {reference}.");
            message(state, status, "Something went wrong", &["Please try again later.", &number])
        }
    }
}

/// The page for what a visitor did not get.
pub fn refusal(state: &ApiState, refusal: Refusal) -> HttpResponse {
    match refusal {
        Refusal::Domain(error) => failure(state, error),
        Refusal::TooManyMails | Refusal::TooManySignIns => {
            let text = refusal.to_string();
            message(state, StatusCode::TOO_MANY_REQUESTS, "Too many requests", &[&text])
        }
    }
}

fn render(status: StatusCode, template: &impl Template, cache: &str, is_private: bool) -> HttpResponse {
    match template.render() {
        Ok(html) => {
            let mut answer = HttpResponse::build(status);
            answer.insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"));
            answer.insert_header((header::CACHE_CONTROL, cache.to_owned()));
            if is_private {
                answer.insert_header(("X-Robots-Tag", "noindex"));
            }
            answer.body(html)
        }
        Err(error) => {
            tracing::error!(%error, "a template could not be filled in");
            HttpResponse::InternalServerError().finish()
        }
    }
}
