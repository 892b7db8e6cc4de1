//! What browsers post: forms of these pages, and of no other site.
//!
//! A form on another site could have every visitor ask for mails to third parties. Browsers say where a form
//! stands: in `Sec-Fetch-Site` (W3C Fetch Metadata), older ones in `Origin` (RFC 6454). Programs that say
//! nothing are no browsers. A one-click POST comes from a mail program, and stands outside of this.

use actix_web::http::{StatusCode, header};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use url::Url;

use crate::body;
use crate::state::ApiState;

use super::form::Form;
use super::page;

/// Octets of a form.
pub(super) const MAX_FORM: usize = 16 * 1024;

/// The fields of a form that one of these pages holds; else the answer that says why not.
pub(super) async fn form(
    request: &HttpRequest,
    state: &ApiState,
    payload: Payload,
) -> Result<Form, HttpResponse> {
    if !is_own(request, &state.services.settings.base_url) {
        let text = "This form stands on another site. Open the page here, and try again.";
        return Err(page::message(state, StatusCode::FORBIDDEN, "That did not work", &[text]));
    }
    let media_type = header_text(request, header::CONTENT_TYPE.as_str()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        let text = "Forms are sent as application/x-www-form-urlencoded.";
        return Err(page::message(state, StatusCode::UNSUPPORTED_MEDIA_TYPE, "That did not work", &[text]));
    }
    octets(state, payload).await.map(|body| Form::read(&body))
}

async fn octets(state: &ApiState, payload: Payload) -> Result<Vec<u8>, HttpResponse> {
    match body::read(payload, MAX_FORM).await {
        Ok(body) => Ok(body.to_vec()),
        Err(status) => {
            let text = match status {
                StatusCode::PAYLOAD_TOO_LARGE => "The form holds too much.",
                StatusCode::REQUEST_TIMEOUT => "The form took too long to come.",
                _ => "The form broke off.",
            };
            Err(page::message(state, status, "That did not work", &[text]))
        }
    }
}

fn is_own(request: &HttpRequest, base_url: &Url) -> bool {
    if let Some(site) = header_text(request, "sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = header_text(request, header::ORIGIN.as_str()) else { return true };
    let Ok(origin) = Url::parse(origin) else { return false };
    let is_base = base_url.origin() == origin.origin();
    // Asked under the name by which the server was reached, which may not be the one in mails.
    let authority = format!("{}{}", origin.host_str().unwrap_or_default(), port(&origin));
    is_base || header_text(request, header::HOST.as_str()).is_some_and(|host| host == authority)
}

fn port(url: &Url) -> String {
    url.port().map(|port| format!(":{port}")).unwrap_or_default()
}

fn header_text<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn own(headers: &[(&'static str, &'static str)]) -> bool {
        let mut request = TestRequest::post();
        for &header in headers {
            request = request.insert_header(header);
        }
        is_own(&request.to_http_request(), &Url::parse("https://papers.example.org").unwrap())
    }

    #[test]
    fn forms_of_other_sites_are_told_by_their_headers() {
        assert!(own(&[]));
        assert!(own(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        assert!(own(&[("sec-fetch-site", "none")]));
        assert!(!own(&[("sec-fetch-site", "cross-site")]));
        assert!(!own(&[("sec-fetch-site", "same-site"), ("origin", "https://papers.example.org")]));
        assert!(own(&[("origin", "https://papers.example.org")]));
        assert!(own(&[("origin", "http://127.0.0.1:8080"), ("host", "127.0.0.1:8080")]));
        assert!(!own(&[("origin", "https://evil.example"), ("host", "papers.example.org")]));
        assert!(!own(&[("origin", "null")]));
    }
}
