//! A browser view of mail in files: newcomers can follow its links without a mail program.
//!
//! Only if the service runs for one person on one machine: mail goes to files, and the service listens on a loopback
//! address under a loopback name. A page of another site whose name leads to this machine (DNS rebinding) would see the
//! links too; so the name that the browser asked for must be one of the machine's own.

use std::path::Path as FilePath;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use domain::mail::folder::{self, FiledMail, MAX_LISTED};
use domain::settings::is_loopback;

use crate::pages::page;
use crate::state::ApiState;

/// The content security policy for the HTML part of a mail: its own styles, and links out of it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; \
    sandbox allow-top-navigation-by-user-activation allow-popups allow-popups-to-escape-sandbox";

#[derive(Template)]
#[template(path = "web/dev_mails.html")]
struct List {
    title: &'static str,
    mails: Vec<FiledMail>,
    max_listed: usize,
}

#[derive(Template)]
#[template(path = "web/dev_mail.html")]
struct Show<'a> {
    title: &'a str,
    mail: &'a FiledMail,
    /// The text part in pieces, and whether each is a link.
    pieces: Vec<(&'a str, bool)>,
}

/// `GET /dev/mail`.
pub async fn list(request: HttpRequest, state: Data<ApiState>) -> HttpResponse {
    let Some(folder) = folder_for(&request, &state) else { return crate::pages::not_found(state).await };
    match folder::list(folder).await {
        Ok(mails) => {
            page::private(StatusCode::OK, &List { title: "Mail in files", mails, max_listed: MAX_LISTED })
        }
        Err(error) => unreadable(&state, &error),
    }
}

/// `GET /dev/mail/{name}`.
pub async fn show(request: HttpRequest, state: Data<ApiState>, name: Path<String>) -> HttpResponse {
    let Some(folder) = folder_for(&request, &state) else { return crate::pages::not_found(state).await };
    match folder::read(folder, &name).await {
        Ok(Some(mail)) => {
            let pieces = pieces(&mail.text);
            page::private(StatusCode::OK, &Show { title: &mail.subject, mail: &mail, pieces })
        }
        Ok(None) => crate::pages::not_found(state).await,
        Err(error) => unreadable(&state, &error),
    }
}

/// `GET /dev/mail/{name}/html`: the HTML part alone.
pub async fn html(request: HttpRequest, state: Data<ApiState>, name: Path<String>) -> HttpResponse {
    let Some(folder) = folder_for(&request, &state) else { return crate::pages::not_found(state).await };
    match folder::read(folder, &name).await {
        Ok(Some(mail)) => HttpResponse::Ok()
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(mail.html),
        Ok(None) => crate::pages::not_found(state).await,
        Err(error) => unreadable(&state, &error),
    }
}

/// The folder, if there is one and the browser asked for this machine by a name of its own.
fn folder_for<'a>(request: &HttpRequest, state: &'a ApiState) -> Option<&'a FilePath> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok())?;
    state.dev_mail.as_deref().filter(|_| is_loopback_name(host))
}

/// Whether a Host header names this machine alone.
fn is_loopback_name(host: &str) -> bool {
    url::Url::parse(&format!("http://{host}/")).is_ok_and(|url| is_loopback(&url))
}

/// A text in pieces: addresses of pages, and what is between them.
fn pieces(text: &str) -> Vec<(&str, bool)> {
    let is_link = |word: &str| word.starts_with("http://") || word.starts_with("https://");
    text.split_inclusive(char::is_whitespace)
        .flat_map(|word| {
            let (word, space) = word.split_at(word.trim_end().len());
            [(word, is_link(word)), (space, false)]
        })
        .collect()
}

fn unreadable(state: &ApiState, error: &std::io::Error) -> HttpResponse {
    tracing::error!(%error, "the mail folder cannot be read");
    let text = "The mail folder cannot be read. The log has the reason.";
    page::message(state, StatusCode::INTERNAL_SERVER_ERROR, "That did not work", &[text])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_local_host_names_are_answered() {
        for host in ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "127.0.0.53"] {
            assert!(is_loopback_name(host), "{host}");
        }
        for host in
            ["papers.example.org", "localhost.evil.example", "10.0.0.1:8080", "", "127.0.0.1.evil.example"]
        {
            assert!(!is_loopback_name(host), "{host}");
        }
    }

    #[test]
    fn links_in_text_are_recognized() {
        let text = "Confirm:\nhttp://127.0.0.1/x?token=a\n";
        let links: Vec<_> = pieces(text).into_iter().filter(|piece| piece.1).map(|piece| piece.0).collect();
        assert_eq!(links, ["http://127.0.0.1/x?token=a"]);
        assert_eq!(pieces(text).into_iter().map(|piece| piece.0).collect::<String>(), text);
    }
}
