//! Static files: kept for a year at the address that pages have, asked about at any other.

use reqwest::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, ETAG, IF_NONE_MATCH, VARY};
use reqwest::{Response, StatusCode};

use super::{get, stack_with_papers};
use crate::support::Process;

const FOREVER: &str = "public, max-age=31536000, immutable";
const ASK_FIRST: &str = "no-cache";

/// The address of the style sheet in a page.
async fn style_of(server: &Process, page: &str) -> String {
    let (_, page) = get(server, page).await;
    let (_, rest) = page.split_once("<link rel=\"stylesheet\" href=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

async fn ask(server: &Process, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut asked = reqwest::Client::new().get(server.url(path));
    for (name, value) in headers {
        asked = asked.header(*name, *value);
    }
    asked.send().await.unwrap()
}

fn header(response: &Response, name: impl reqwest::header::AsHeaderName) -> &str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_names_its_style_sheet_by_its_content() {
    let (_stack, server) = stack_with_papers().await;
    let address = style_of(&server, "/").await;
    for page in ["/date/2026-01-05", "/papers/2601.00010", "/subscribe", "/sign-in"] {
        assert_eq!(style_of(&server, page).await, address, "{page}");
    }
    let style = ask(&server, &address, &[]).await;
    assert_eq!(style.status(), StatusCode::OK);
    assert_eq!(header(&style, CACHE_CONTROL), FOREVER);
    assert_eq!(header(&style, "content-type"), "text/css; charset=utf-8");
    let tag = header(&style, ETAG).trim_matches('"').to_owned();
    assert!(address == format!("/static/{tag}/style.css"), "{address} {tag}");
    assert!(style.text().await.unwrap().contains("body"));
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_without_the_hash_of_the_content_are_not_kept() {
    let (_stack, server) = stack_with_papers().await;
    let current = ask(&server, &style_of(&server, "/").await, &[]).await.bytes().await.unwrap();
    for path in ["/static/style.css", "/static/0123456789abcdef/style.css"] {
        let style = ask(&server, path, &[]).await;
        assert_eq!((style.status(), header(&style, CACHE_CONTROL)), (StatusCode::OK, ASK_FIRST), "{path}");
        let tag = header(&style, ETAG).to_owned();
        assert_eq!(style.bytes().await.unwrap(), current, "{path}");
        let again = ask(&server, path, &[(IF_NONE_MATCH.as_str(), &tag)]).await;
        assert_eq!((again.status(), header(&again, CACHE_CONTROL)), (StatusCode::NOT_MODIFIED, ASK_FIRST));
    }
    for path in ["/static/", "/static/nothing.css", "/static/0123456789abcdef/nothing.css"] {
        let missing = ask(&server, path, &[]).await;
        assert_eq!(missing.status(), StatusCode::NOT_FOUND, "{path}");
        assert!(!header(&missing, CACHE_CONTROL).contains("immutable"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_browser_has_is_not_sent_again() {
    let (_stack, server) = stack_with_papers().await;
    let address = style_of(&server, "/").await;
    let plain = ask(&server, &address, &[]).await;
    let gzip = ask(&server, &address, &[(ACCEPT_ENCODING.as_str(), "gzip, deflate, br")]).await;
    assert_eq!((header(&plain, CONTENT_ENCODING), header(&gzip, CONTENT_ENCODING)), ("", "gzip"));
    let tags = [header(&plain, ETAG).to_owned(), header(&gzip, ETAG).to_owned()];
    assert_ne!(tags[0], tags[1]);
    for response in [&plain, &gzip] {
        assert!(header(response, ETAG).starts_with('"'), "a strong tag");
        assert_eq!(header(response, VARY).to_lowercase(), "accept-encoding");
    }
    let sent = gzip.bytes().await.unwrap();
    assert!(sent.starts_with(&[0x1f, 0x8b]) && sent.len() < plain.bytes().await.unwrap().len());
    for (tag, encoding) in [(&tags[0], "identity"), (&tags[1], "gzip")] {
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            let headers = [(IF_NONE_MATCH.as_str(), known.as_str()), (ACCEPT_ENCODING.as_str(), encoding)];
            let same = ask(&server, &address, &headers).await;
            assert_eq!(same.status(), StatusCode::NOT_MODIFIED, "{known} {encoding}");
            assert_eq!((header(&same, ETAG), header(&same, CACHE_CONTROL)), (tag.as_str(), FOREVER));
            assert!(same.bytes().await.unwrap().is_empty());
        }
        let headers = [(IF_NONE_MATCH.as_str(), "\"other\""), (ACCEPT_ENCODING.as_str(), encoding)];
        assert_eq!(ask(&server, &address, &headers).await.status(), StatusCode::OK, "{encoding}");
    }
}
