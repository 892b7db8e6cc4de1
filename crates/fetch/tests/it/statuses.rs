//! Statuses other than 200: what they say, and when to come back.

use std::time::{Duration, SystemTime};

use fetch::{Error, MAX_EXCERPT_CHARS, MAX_STATUS_BODY, RetryAfter, Status};

use crate::documents::gzip;
use crate::site::{Step, error_of};

async fn status_of(head: &str, body: &[u8]) -> Status {
    let response = [format!("HTTP/1.1 {head}\r\n\r\n").as_bytes(), body].concat();
    status(error_of(vec![Step::Send(response)], |_| {}).await)
}

fn status(error: Error) -> Status {
    assert_eq!(error.status().is_some(), matches!(error, Error::Status(_)));
    match error {
        Error::Status(status) => status,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_status_says_when_to_come_back() {
    let later = SystemTime::UNIX_EPOCH + Duration::from_hours(490_896);
    let seconds = |count| Some(RetryAfter::After(Duration::from_secs(count)));
    for (field, retry_after) in [
        ("", None),
        ("\r\nRetry-After: 120", seconds(120)),
        ("\r\nRetry-After: 0", seconds(0)),
        ("\r\nRetry-After: 99999999999999999999999", seconds(u32::MAX.into())),
        ("\r\nRetry-After: Thu, 01 Jan 2026 00:00:00 GMT", Some(RetryAfter::At(later))),
        ("\r\nRetry-After: Thursday, 01-Jan-26 00:00:00 GMT", Some(RetryAfter::At(later))),
        ("\r\nRetry-After: soon", None),
        ("\r\nRetry-After: -5", None),
        ("\r\nRetry-After: 1.5", None),
        ("\r\nRetry-After: Thu, 99 Jan 2026 00:00:00 GMT", None),
        ("\r\nRetry-After: \u{e9}", None),
        ("\r\nRetry-After:", None),
    ] {
        for code in [429, 503] {
            let found = status_of(&format!("{code} Later{field}\r\nContent-Length: 4"), b"wait").await;
            assert_eq!((found.code, found.retry_after), (code, retry_after), "{field}");
            assert_eq!((found.body.as_slice(), found.excerpt.as_str()), (&b"wait"[..], "wait"));
        }
    }
}

#[tokio::test]
async fn an_excerpt_is_one_line_of_text() {
    let page = "\n<!DOCTYPE html><title>503 Backend</title><style>p { color: red }</style><script>if (1<b && b>2) { a }</script>\
                <p>Guru&nbsp;Meditation:</p>\r\n<p>XID:\u{7}\u{202e} 1 &amp; 2</p>";
    let found = status_of("503 Unavailable\r\nContent-Type: text/html", page.as_bytes()).await;
    assert_eq!(found.excerpt, "503 Backend Guru Meditation: XID: 1 & 2");
    assert_eq!(found.body, page.as_bytes());
    let found = Error::Status(found);
    assert_eq!(
        found.to_string(),
        "127.0.0.1 answered with status 503: 503 Backend Guru Meditation: XID: 1 & 2"
    );

    let found = status_of("500 Error", "word ".repeat(100).as_bytes()).await;
    assert!((MAX_EXCERPT_CHARS - 10..=MAX_EXCERPT_CHARS).contains(&found.excerpt.chars().count()));
    assert_eq!(
        status_of("500 Error\r\nContent-Length: 3", b"\xff\xfe\x00").await.excerpt,
        "\u{fffd}\u{fffd}"
    );
    assert_eq!(status_of("204 No Content", b"").await.excerpt, "");
}

#[tokio::test(start_paused = true)]
async fn the_body_of_a_status_is_decoded_and_kept_as_far_as_it_comes() {
    let limit = usize::try_from(MAX_STATUS_BODY).unwrap();
    let zipped = gzip(b"slow down");
    let error = "500 Error\r\nContent-Encoding: gzip";
    assert_eq!(status_of(error, &zipped).await.body, b"slow down");
    assert_eq!(status_of(error, &zipped[..zipped.len() - 8]).await.body, b"slow down");
    assert_eq!(status_of(error, b"junk").await.body, b"");
    assert_eq!(status_of("500 Error\r\nContent-Encoding: br", b"junk").await.body, b"");
    assert_eq!(status_of("500 Error\r\nContent-Length: 9", b"slow").await.body, b"slow");
    assert_eq!(status_of("500 Error", &vec![b'x'; limit + 1]).await.body, vec![b'x'; limit]);
    assert_eq!(status_of(error, &gzip(&vec![b'x'; limit + 1])).await.body, vec![b'x'; limit]);

    let short = Duration::from_secs(1);
    let steps = || vec!["HTTP/1.1 500 Error\r\nContent-Length: 9\r\n\r\nslow".into(), Step::Hold];
    let idle = error_of(steps(), |settings| settings.idle_time = short).await;
    let total = error_of(steps(), |settings| settings.total_time = short).await;
    assert_eq!((status(idle).body, status(total).body), (b"slow".to_vec(), b"slow".to_vec()));
}

#[tokio::test]
async fn only_some_statuses_are_worth_another_try() {
    for (code, is_temporary) in [
        (204, true),
        (300, true),
        (304, true),
        (400, false),
        (401, false),
        (404, false),
        (408, true),
        (410, false),
        (425, true),
        (429, true),
        (500, true),
        (503, true),
    ] {
        let error = error_of(vec![format!("HTTP/1.1 {code} x\r\n\r\n").as_str().into()], |_| {}).await;
        assert_eq!(error.status().map(|status| status.code), Some(code));
        assert_eq!(error.is_temporary(), is_temporary, "{code}");
    }
    // A redirect to nowhere.
    let error = error_of(vec!["HTTP/1.1 302 x\r\n\r\n".into()], |_| {}).await;
    assert_eq!(status(error).code, 302);
}
