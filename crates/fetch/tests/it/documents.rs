//! Documents that come in whole, and what was sent to get them.

use std::io::Write as _;

use fetch::{Answer, Client, MAX_VALIDATOR_OCTETS, Request, Validators};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::site::{Site, document, document_of, get, ok, request};

pub fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_document_comes_with_its_type_validators_and_next_page() {
    let fields = "Content-Length: 5\r\nETag: W/\"one\"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n\
                  Link: <?page=2>; rel=\"next\"\r\n";
    let site = Site::new([vec![ok(fields, "hello")]]).await;
    let found = document(site.get("/papers?page=1#top").await);
    assert_eq!((found.media_type.as_str(), found.body.as_slice()), ("text/plain", &b"hello"[..]));
    let etag = Some("W/\"one\"".to_owned());
    let last_modified = Some("Thu, 01 Jan 2026 00:00:00 GMT".to_owned());
    assert_eq!(found.validators, Validators { etag, last_modified });
    assert_eq!(found.url.as_str(), site.url("/papers?page=1"));
    assert_eq!(found.next.unwrap().as_str(), site.url("/papers?page=2"));
}

#[tokio::test]
async fn a_request_says_who_asks_for_what() {
    let site = Site::new([vec![ok("Content-Length: 0\r\n", "")]]).await;
    let validators = Validators {
        etag: Some("\"one\"".to_owned()),
        last_modified: Some("Thu, 01 Jan 2026 00:00:00 GMT".to_owned()),
    };
    let asked = Request {
        url: site.url("/a%20b?q=%C3%A9").parse().unwrap(),
        media_types: &["text/plain", "application/xml"],
        validators,
    };
    Client::new(site.settings()).unwrap().get(&asked).await.unwrap();
    let sent = site.requests().remove(0);
    let mut lines: Vec<_> = sent.trim_end().split("\r\n").collect();
    lines[1..].sort_unstable();
    let host = format!("host: {}", site.address);
    assert_eq!(
        lines,
        [
            "GET /a%20b?q=%C3%A9 HTTP/1.1",
            "accept-encoding: gzip",
            "accept: text/plain, application/xml",
            "connection: close",
            &host,
            "if-modified-since: Thu, 01 Jan 2026 00:00:00 GMT",
            "if-none-match: \"one\"",
            "user-agent: fetch-test (mailto:curator@example.org)",
        ]
    );
}

#[tokio::test]
async fn every_framing_and_coding_gives_the_same_document() {
    let zipped = gzip(b"hello");
    let length = format!("Content-Length: {}\r\nContent-Encoding: X-GZip\r\n", zipped.len());
    let mut chunked = Vec::new();
    for octet in &zipped {
        chunked.extend_from_slice(b"1;x=y\r\n");
        chunked.push(*octet);
        chunked.extend_from_slice(b"\r\n");
    }
    chunked.extend_from_slice(b"0\r\nTrailer: x\r\n\r\n");
    for steps in [
        vec![ok("Content-Length: 5\r\n", "hello")],
        vec![ok("Content-Length: 5\r\nContent-Encoding: identity\r\n", "he"), "llo".into()],
        vec![ok("Transfer-Encoding: chunked\r\n", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")],
        // It ends with its connection.
        vec![ok("", "hello")],
        vec!["HTTP/1.0 200 OK\r\nContent-Type: TEXT/Plain; charset=utf-8\r\n\r\nhello".into()],
        vec!["HTTP/1.1 103 Early Hints\r\n\r\n".into(), ok("Content-Length: 5\r\n", "hello")],
        vec![ok(&length, &zipped)],
        vec![ok("Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n", chunked)],
    ] {
        assert_eq!(document_of(steps).await.body, b"hello");
    }
}

#[tokio::test]
async fn a_document_up_to_the_limits_is_whole() {
    // More than is judged by its ratio, half of which compresses well.
    let mut state = 1_u32;
    let noise = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    });
    let body: Vec<u8> = noise.take(1_500_000).chain(std::iter::repeat_n(0, 1_500_000)).collect();
    let site = Site::new([vec![ok("Content-Encoding: gzip\r\n", gzip(&body))]]).await;
    let settings = fetch::Settings { max_bytes: body.len() as u64, ..site.settings() };
    assert!(document(get(settings, &site.url("/")).await).body == body);
}

#[tokio::test]
async fn what_has_not_changed_is_not_modified() {
    let site = Site::new([vec!["HTTP/1.1 304 Not Modified\r\nETag: \"one\"\r\n\r\n".into()]]).await;
    let validators = Validators { etag: Some("\"one\"".to_owned()), last_modified: None };
    let asked = Request { validators, ..request(&site.url("/")) };
    let answer = Client::new(site.settings()).unwrap().get(&asked).await;
    assert_eq!(answer, Ok(Answer::NotModified));
}

#[tokio::test]
async fn validators_that_could_not_be_sent_back_are_dropped() {
    let long = "x".repeat(MAX_VALIDATOR_OCTETS + 1);
    for etag in [long.as_str(), "\"\u{e9}\"", "", "a\tb"] {
        let fields = format!("Content-Length: 0\r\nETag: {etag}\r\nLast-Modified: {etag}\r\n");
        let site = Site::new([vec![ok(&fields, "")], vec![ok("Content-Length: 0\r\n", "")]]).await;
        assert_eq!(document(site.get("/").await).validators, Validators::default(), "{etag}");
        let kept = Some(format!("{etag}\r\nX: y"));
        let validators = Validators { etag: kept.clone(), last_modified: kept };
        let asked = Request { validators, ..request(&site.url("/")) };
        Client::new(site.settings()).unwrap().get(&asked).await.unwrap();
        let sent = site.requests().remove(1);
        assert!(!sent.contains("if-") && !sent.contains("X: y"), "{sent}");
    }
}

#[tokio::test]
async fn any_media_type_is_taken_if_none_is_asked_for() {
    let site = Site::new([vec!["HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".into()]]).await;
    let asked = Request { media_types: &[], ..request(&site.url("/")) };
    let found = document(Client::new(site.settings()).unwrap().get(&asked).await);
    assert_eq!(found.media_type, "");
    assert!(!site.requests()[0].contains("accept:"));
}
