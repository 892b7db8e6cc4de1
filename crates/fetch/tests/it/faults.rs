//! Sites that are slow, broken or hostile: each has its error, and none a document.

use std::time::Duration;

use tokio::net::TcpListener;

use fetch::{Client, Error, MAX_HEAD_OCTETS, RequestStage, Settings};

use crate::documents::gzip;
use crate::site::{Site, Step, error_of, get, ok, request};

/// Time is paused in tests of limits: it moves on when nobody has anything to do.
const SHORT: Duration = Duration::from_secs(1);

fn too_slow(stage: RequestStage) -> Error {
    Error::TooSlow { host: "127.0.0.1".to_owned(), stage, limit: SHORT }
}

#[tokio::test(start_paused = true)]
async fn a_site_that_falls_silent_is_too_slow() {
    for steps in [
        vec![Step::Hold],
        vec!["HTTP/1.1 200 OK\r\nContent-".into(), Step::Hold],
        vec![ok("Content-Length: 100\r\n", "hello"), Step::Hold],
        vec![ok("", "hello"), Step::Hold],
        vec![ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n"), Step::Hold],
        // The head has to end in this time: neither a drop of it nor a promise of more is one.
        vec!["HTTP/1.1 200 OK\r\nX: ".into(), Step::Repeat("x")],
        vec![Step::Repeat("HTTP/1.1 102 Processing\r\n\r\n")],
    ] {
        assert_eq!(
            error_of(steps, |settings| settings.idle_time = SHORT).await,
            too_slow(RequestStage::Idle)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_site_that_drips_is_too_slow() {
    for steps in [
        vec![ok("Content-Length: 100000\r\n", ""), Step::Repeat("x")],
        vec![ok("Transfer-Encoding: chunked\r\n", ""), Step::Repeat("1\r\nx\r\n")],
        vec![ok("", ""), Step::Repeat("x")],
    ] {
        assert_eq!(
            error_of(steps, |settings| settings.total_time = SHORT).await,
            too_slow(RequestStage::Total)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_site_that_does_not_agree_on_tls_is_too_slow_or_unreachable() {
    let site = Site::new([vec![Step::Hold]]).await;
    let url = site.url("/").replace("http:", "https:");
    let settings = Settings { connect_time: SHORT, ..site.settings() };
    assert_eq!(get(settings, &url).await, Err(too_slow(RequestStage::Connect)));
}

#[tokio::test]
async fn a_port_without_a_server_is_unreachable() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let settings = Settings { private_hosts: vec![address.to_string()], ..Settings::default() };
    let error = get(settings, &format!("http://{address}/")).await.unwrap_err();
    assert!(matches!(&error, Error::Unreachable(why) if why.contains("refused")), "{error}");
    assert!(error.is_temporary());
}

#[tokio::test]
async fn a_body_that_is_not_all_there_is_cut_off() {
    let zipped = gzip(b"hello, hello, hello");
    let with_junk = [zipped.as_slice(), b"junk"].concat();
    let twice = [zipped.as_slice(), zipped.as_slice()].concat();
    let damaged = |position: usize, octet: u8| {
        let mut damaged = zipped.clone();
        damaged[position] = octet;
        vec![ok("Content-Encoding: gzip\r\n", damaged)]
    };
    let gzipped = |body: &[u8]| vec![ok("Content-Encoding: gzip\r\n", body)];
    for (steps, reason) in [
        (vec![], "broke off"),
        (vec![Step::Reset], "broke off"),
        (vec!["HTTP/1.1 200 OK\r\n".into()], "broke off"),
        (vec!["SSH-2.0-OpenSSH\r\n".into()], "is not HTTP"),
        (vec![ok("Content-Length: 6\r\n", "hello")], "broke off"),
        (vec![ok("Content-Length: 4\r\n", "hello")], "goes on behind the length"),
        (vec![ok("Content-Length: 6\r\n", "hello"), Step::Reset], "broke off"),
        (vec![ok("", "hello"), Step::Reset], "broke off"),
        (vec![ok("Content-Length: 5\r\nContent-Length: 6\r\n", "hello")], "is not HTTP"),
        (vec![ok("Content-Length: -1\r\n", "hello")], "is not HTTP"),
        (vec![ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n")], "broke off"),
        (vec![ok("Transfer-Encoding: chunked\r\n", "6\r\nhello")], "broke off"),
        (vec![ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n")], "broke off"),
        (vec![ok("Transfer-Encoding: chunked\r\n", "hello")], "broke off"),
        (
            vec![ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\nmore")],
            "goes on behind the length",
        ),
        (gzipped(b""), "is damaged or lacks its end"),
        (gzipped(&zipped[..5]), "is damaged or lacks its end"),
        (gzipped(&zipped[..zipped.len() - 1]), "is damaged or lacks its end"),
        (gzipped(&zipped[..zipped.len() - 9]), "is damaged or lacks its end"),
        (gzipped(&with_junk), "goes on behind its end"),
        (gzipped(&twice), "goes on behind its end"),
        // A block of no known type, and another checksum.
        (damaged(10, 0xff), "cannot be decoded"),
        (damaged(zipped.len() - 5, !zipped[zipped.len() - 5]), "is damaged"),
        (gzipped(b"hello, hello"), "cannot be decoded"),
    ] {
        let error = error_of(steps, |_| {}).await;
        assert!(matches!(&error, Error::CutOff(why) if why.contains(reason)), "{error}, not {reason}");
        assert!(error.is_temporary());
    }
}

#[tokio::test]
async fn a_document_that_is_too_large_is_refused() {
    let limit = 1_000;
    let large = "x".repeat(1_001);
    let chunked = format!("3e9\r\n{large}\r\n0\r\n\r\n");
    let zipped = gzip(large.as_bytes());
    for steps in [
        // By what it states, before any of it.
        vec![ok("Content-Length: 1001\r\n", ""), Step::Hold],
        vec![ok("", &large)],
        vec![ok("", ""), Step::Repeat("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")],
        vec![ok("Transfer-Encoding: chunked\r\n", chunked)],
        vec![ok("Content-Encoding: gzip\r\n", zipped)],
    ] {
        let error = error_of(steps, |settings| settings.max_bytes = limit).await;
        assert_eq!(error, Error::TooLarge { host: "127.0.0.1".to_owned(), limit });
    }
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let long = format!("X: {}\r\n", "x".repeat(3 * MAX_HEAD_OCTETS));
    let many = "X: x\r\n".repeat(200);
    for fields in [long, many] {
        let error = error_of(vec![ok(&fields, "")], |_| {}).await;
        let limit = MAX_HEAD_OCTETS as u64;
        assert_eq!(error, Error::TooLarge { host: "127.0.0.1".to_owned(), limit });
    }
}

#[tokio::test]
async fn a_bomb_is_not_decoded() {
    let zipped = gzip(&vec![0; 20 << 20]);
    assert!(zipped.len() < 100_000);
    let error = error_of(vec![ok("Content-Encoding: gzip\r\n", zipped)], |_| {}).await;
    assert_eq!(error, Error::Bomb { host: "127.0.0.1".to_owned(), ratio: 100 });
}

#[tokio::test]
async fn another_media_type_or_coding_is_refused() {
    let html = "HTTP/1.1 200 OK\r\nContent-Type: Text/HTML; charset=utf-8\r\nContent-Length: 0\r\n\r\n";
    for (response, found, message) in [
        (html.into(), "text/html", "127.0.0.1 sent text/html, which was not asked for"),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".into(),
            "",
            "127.0.0.1 sent a document without a media type, which was not asked for",
        ),
        (
            ok("Content-Encoding: br\r\n", "x"),
            "a body coded as br",
            "127.0.0.1 sent a body coded as br, which was not asked for",
        ),
        (
            ok("Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n", "x"),
            "a body coded twice",
            "127.0.0.1 sent a body coded twice, which was not asked for",
        ),
    ] {
        let error = error_of(vec![response], |_| {}).await;
        assert_eq!(error, Error::MediaType { host: "127.0.0.1".to_owned(), found: found.to_owned() });
        assert_eq!(error.to_string(), message);
    }
}

#[tokio::test]
async fn a_request_that_is_dropped_ends_its_connection() {
    let site = Site::new([vec![ok("Content-Length: 100\r\n", "hello"), Step::Hold]]).await;
    let client = Client::new(site.settings()).unwrap();
    let asked = request(&site.url("/"));
    let mut getting = Box::pin(client.get(&asked));
    while site.requests().is_empty() {
        tokio::select! {
            biased;
            answer = &mut getting => panic!("{answer:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    drop(getting);
    site.left.notified().await;
}

#[tokio::test]
async fn an_address_that_is_not_for_the_public_web_is_refused() {
    let site = Site::new([]).await;
    for (url, reason) in [
        ("ftp://example.org/", "ftp:example.org is not an address on the web"),
        ("file:///etc/passwd", "file: is not an address on the web"),
        ("data:,secret", "data: is not an address on the web"),
        ("http://ada:secret@example.org/", "the address at example.org names a user"),
        ("http://ada@example.org/", "the address at example.org names a user"),
        ("http://127.0.0.1/", "127.0.0.1 is a loopback address, and not among the hosts that may be private"),
        ("http://0x7f.1/", "127.0.0.1 is a loopback address"),
        ("http://2130706433/", "127.0.0.1 is a loopback address"),
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254 is a link-local address"),
        ("https://[::1]/", "[::1] is a loopback address"),
        ("https://[::ffff:127.0.0.1]/", "[::ffff:7f00:1] is an IPv4 address in disguise"),
    ] {
        let error = get(site.settings(), url).await.unwrap_err();
        assert!(matches!(&error, Error::Address(why) if why.starts_with(reason)), "{url}: {error}");
        assert!(!error.is_temporary());
    }
}

#[tokio::test]
async fn a_name_is_judged_by_the_address_behind_it() {
    let site =
        Site::new([vec![ok("Content-Length: 0\r\n", "")], vec![ok("Content-Length: 0\r\n", "")]]).await;
    let port = site.address.port();
    let url = format!("http://LOCALHOST:{port}/");
    // The address may be private, the name not.
    let error = get(site.settings(), &url).await.unwrap_err();
    assert!(
        matches!(&error, Error::Address(why) if why.starts_with("localhost is at ") && why.contains("loopback")),
        "{error}"
    );
    for (allowed, is_allowed) in [
        (format!("localhost:{port}"), true),
        ("localhost".to_owned(), true),
        ("localhost:80".to_owned(), false),
    ] {
        let settings = Settings { private_hosts: vec![allowed.clone()], ..site.settings() };
        assert_eq!(get(settings, &url).await.is_ok(), is_allowed, "{allowed}");
    }
}

#[tokio::test]
async fn a_name_that_nobody_has_is_unreachable() {
    let error = get(Settings::default(), "http://papers.invalid/").await.unwrap_err();
    let message = error.to_string();
    assert!(
        matches!(error, Error::Unreachable(_)) && message.starts_with("papers.invalid cannot be found"),
        "{message}"
    );
}

#[test]
fn a_user_agent_that_cannot_be_sent_is_refused() {
    for user_agent in ["", "a\r\nX: y", "a\u{0}", "\u{e9}"] {
        let settings = Settings { user_agent: user_agent.to_owned(), ..Settings::default() };
        assert!(matches!(Client::new(settings), Err(Error::Settings(_))), "{user_agent:?}");
    }
}
