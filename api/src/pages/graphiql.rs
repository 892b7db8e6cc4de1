//! GraphiQL: `GET /graphql` as a browser sees it.
//!
//! The page that async-graphql has takes its scripts from another site, and is blank if that cannot be
//! reached. Here the files come from npm by `make graphiql`, below `static/graphiql`, and are compiled in
//! ([`assets`]). They are others' and large, so they are not part of the sources: a build without them is as good,
//! and its page says how to have them. It is the only page with a script; its policy allows what comes from this
//! service.

use actix_web::HttpResponse;
use actix_web::guard::GuardContext;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, Accept, HeaderValue, Quality};
use actix_web::web::Data;
use askama::Template;

use crate::pages::{assets, page};
use crate::state::ApiState;

/// The content security policy of GraphiQL's page. Besides scripts, its editor needs inline styles, and fonts and
/// images from its style sheet.
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; \
    style-src 'self' 'unsafe-inline'; img-src data:; font-src data:; \
    form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

#[derive(Template)]
#[template(path = "web/graphiql.html")]
struct Page;

/// Whether the page is what is asked for: it is not turned off, and HTML is preferred to JSON.
pub fn is_wanted(context: &GuardContext<'_>) -> bool {
    let is_on = context.app_data::<Data<ApiState>>().is_some_and(|state| state.graphiql);
    is_on && context.header::<Accept>().is_some_and(|accept| prefers_html(&accept))
}

/// Only what is named counts: programs that say `*/*` get JSON.
fn prefers_html(accept: &Accept) -> bool {
    let taken = accept.iter().filter(|range| range.quality > Quality::ZERO).cloned().collect();
    let first = Accept(taken).ranked().into_iter().find(|range| {
        matches!(
            range.essence_str(),
            "text/html" | "application/json" | "application/graphql-response+json" | "text/event-stream"
        )
    });
    first.is_some_and(|range| range.essence_str() == "text/html")
}

/// `GET /graphql` in a browser.
pub async fn show(state: Data<ApiState>) -> HttpResponse {
    if !assets::exists("graphiql/graphiql.js") {
        let paragraphs = [
            "This address serves GraphQL by POST and GET. GraphiQL, the page for trying queries, is not part of this build.",
            "To add it, run “make graphiql” in the source tree, which installs it from npm, and build again.",
        ];
        return varied(page::message(&state, StatusCode::OK, "GraphiQL is not included", &paragraphs));
    }
    let mut answer = page::private(StatusCode::OK, &Page);
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    varied(answer)
}

/// The same address has other answers to other clients.
fn varied(mut answer: HttpResponse) -> HttpResponse {
    answer.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::Header as _;
    use actix_web::test::TestRequest;

    #[test]
    fn only_browsers_prefer_html() {
        for (accept, is_html) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", true),
            ("text/html", true),
            ("text/html, application/json;q=0.9", true),
            ("application/json, text/html", false),
            ("text/html;q=0.5, application/json", false),
            ("text/html;q=0, */*", false),
            ("application/graphql-response+json, application/json, multipart/mixed", false),
            ("text/event-stream", false),
            ("*/*", false),
            ("text/*", false),
            ("", false),
        ] {
            let request = TestRequest::default().insert_header((header::ACCEPT, accept)).to_http_request();
            let parsed = Accept::parse(&request);
            assert_eq!(parsed.is_ok_and(|accept| prefers_html(&accept)), is_html, "{accept}");
        }
    }
}
