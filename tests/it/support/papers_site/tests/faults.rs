//! What each fault makes of a response.

use std::io::Read as _;
use std::time::{Duration, Instant};

use arxiv::{OaiErrorCode, PageError, atom, listing};
use flate2::read::GzDecoder;

use super::*;

const LISTING: &str = "/list/cs.CL/new";
const PAUSE: Duration = Duration::from_millis(40);

/// The response to one request with a fault.
async fn with(site: &PapersSite, fault: Fault, path: &str) -> Response {
    site.fail("/", fault, 1);
    get(site, path).await
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_are_for_as_many_requests_as_match() {
    let site = site();
    site.fail(("/oai", "from="), Fault::EmptyBody, 2);
    site.fail("/oai", Fault::TooManyRequests { retry_after: None }, 1);
    assert_eq!(get(&site, LISTING).await.status(), 200);
    assert_eq!(get(&site, LIST).await.status(), 429);
    assert_eq!(get(&site, LIST).await.status(), 200);
    let path = format!("{LIST}&from=2026-01-01");
    for expected in [Some(PageError::Empty), Some(PageError::Empty), None] {
        assert_eq!(records(&site, &path).await.err(), expected);
    }
    site.fail("/", Fault::EmptyBody, usize::MAX);
    assert_eq!(octets(&site, LIST).await, b"");
    site.heal();
    assert!(records(&site, LIST).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_responses_take_their_time() {
    let site = site();
    let began = Instant::now();
    let response = with(&site, Fault::SlowHeaders(PAUSE), LISTING).await;
    assert!(began.elapsed() >= PAUSE);
    assert!(listing::parse(&response.bytes().await.unwrap()).is_ok());
    let began = Instant::now();
    let time = Duration::from_millis(1);
    let body = with(&site, Fault::Drip(time), "/elsewhere").await.bytes().await.unwrap();
    assert!(body.ends_with(b"</html>\n"));
    assert!(began.elapsed() >= time * u32::try_from(body.len()).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_break_off() {
    let site = site();
    let whole = octets(&site, LIST).await.len();
    let response = with(&site, Fault::CutOff, LIST).await;
    assert_eq!(response.content_length(), Some(whole as u64));
    assert!(response.bytes().await.is_err());
    let mut response = with(&site, Fault::ChunkCutOff, LIST).await;
    assert_eq!(response.content_length(), None);
    assert_eq!(response.headers()["transfer-encoding"], "chunked");
    let mut received = 0;
    let error = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => received += chunk.len(),
            Ok(None) => panic!("the response has an end"),
            Err(error) => break error,
        }
    };
    assert_eq!(received, whole / 2, "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_say_when_to_come_back() {
    let site = site();
    let seconds = Some("60".to_owned());
    let response = with(&site, Fault::TooManyRequests { retry_after: seconds.clone() }, LIST).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["retry-after"]),
        (429, &"60".parse().unwrap())
    );
    assert_eq!(atom::parse(&response.bytes().await.unwrap()), Err(PageError::RateExceeded));
    let response = with(&site, Fault::Unavailable { retry_after: seconds }, LIST).await;
    assert_eq!(
        (response.status().as_u16(), &response.headers()["retry-after"]),
        (503, &"60".parse().unwrap())
    );
    let error = arxiv::oai::parse(&response.bytes().await.unwrap());
    assert_eq!(error, Err(PageError::Unavailable { retry_after: None }));
    let response = with(&site, Fault::Unavailable { retry_after: None }, LIST).await;
    assert!(!response.headers().contains_key("retry-after"));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_documents_come_in_place_of_the_expected() {
    let site = site();
    let expected = get(&site, LIST).await.headers()["content-type"].clone();
    let response = with(&site, Fault::TextWithStatus200("Rate exceeded."), LIST).await;
    assert_eq!((response.status().as_u16(), &response.headers()["content-type"]), (200, &expected));
    assert_eq!(arxiv::oai::parse(&response.bytes().await.unwrap()), Err(PageError::RateExceeded));
    let response = with(&site, Fault::HtmlInstead, LIST).await;
    assert!(matches!(arxiv::oai::parse(&response.bytes().await.unwrap()), Err(PageError::Html { .. })));
    let response = with(&site, Fault::HtmlInstead, LISTING).await;
    assert!(matches!(listing::parse(&response.bytes().await.unwrap()), Err(PageError::Unexpected(_))));
    let response = with(&site, Fault::WrongType, LIST).await;
    assert_eq!(response.headers()["content-type"], "application/octet-stream");
    assert!(arxiv::oai::parse(&response.bytes().await.unwrap()).is_ok());
    let response = with(&site, Fault::EmptyBody, LIST).await;
    assert_eq!((response.status().as_u16(), response.content_length()), (200, Some(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_lead_to_the_document_or_elsewhere() {
    let site = site();
    let response = with(&site, Fault::RedirectSameHost, LIST).await;
    assert_eq!(response.status(), 302);
    let moved = response.headers()["location"].to_str().unwrap().to_owned();
    assert_ne!(moved, LIST);
    assert_eq!(octets(&site, &moved).await, octets(&site, LIST).await);
    let elsewhere = "https://elsewhere.example.org/oai".to_owned();
    let response = with(&site, Fault::RedirectElsewhere(elsewhere.clone()), LIST).await;
    assert_eq!(
        (response.status().as_u16(), response.headers()["location"].to_str().unwrap()),
        (302, &*elsewhere)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_are_small_until_they_are_decoded() {
    let site = site();
    let response = with(&site, Fault::GzipBomb, LIST).await;
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let compressed = response.bytes().await.unwrap();
    let decoded =
        std::io::copy(&mut GzDecoder::new(&compressed[..]).take(u64::MAX), &mut std::io::sink()).unwrap();
    assert!(compressed.len() < 1 << 20 && decoded > 32 << 20, "{} octets become {decoded}", compressed.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_records_are_not_what_they_should_be() {
    let site = site();
    site.set_page_size(2);
    let first = records(&site, LIST).await.unwrap();
    let second = following(first.token.as_ref().unwrap());
    let sound = records(&site, &second).await.unwrap();
    let page = async |fault| {
        site.fail(("/oai", "resumptionToken"), fault, 1);
        records(&site, &second).await
    };
    let expired = page(Fault::ExpiredToken).await;
    assert!(matches!(expired, Err(PageError::Oai { code: OaiErrorCode::BadResumptionToken, .. })));
    let repeated = page(Fault::RepeatedPage).await.unwrap();
    assert_eq!((ids(&repeated), repeated.token), (ids(&first), first.token.clone()));
    let overlapping = page(Fault::OverlappingPage).await.unwrap();
    assert_eq!(ids(&overlapping), [ids(&first), ids(&sound)].concat());
    assert_eq!(overlapping.token.as_ref().unwrap().value, sound.token.as_ref().unwrap().value);
    assert_eq!(overlapping.token.unwrap().cursor, Some(0));
    let short = page(Fault::ShortPage).await.unwrap();
    assert_eq!((&ids(&short)[..], &short.token), (&ids(&sound)[..1], &sound.token));
    assert_eq!(records(&site, &second).await, Ok(sound));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_pages_are_not_what_they_should_be() {
    let site = site();
    let page = async |fault| {
        let response = with(&site, fault, &format!("{DAY}&limit=2&p=1")).await;
        let link = response.headers()["link"].to_str().unwrap().rsplit_once("p=").unwrap().1.to_owned();
        let items: serde_json::Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        let items = items.as_array().unwrap();
        let titles: Vec<String> =
            items.iter().map(|item| item["title"].as_str().unwrap().replace("Paper ", "")).collect();
        (titles.join(" "), link)
    };
    assert_eq!(
        page(Fault::SlowHeaders(Duration::ZERO)).await,
        ("3 4".to_owned(), "2>; rel=\"next\"".to_owned())
    );
    assert_eq!(page(Fault::RepeatedPage).await, ("1 2".to_owned(), "1>; rel=\"next\"".to_owned()));
    assert_eq!(page(Fault::OverlappingPage).await, ("1 2 3 4".to_owned(), "2>; rel=\"next\"".to_owned()));
    assert_eq!(page(Fault::ShortPage).await, ("3".to_owned(), "2>; rel=\"next\"".to_owned()));
    let listing = with(&site, Fault::ShortPage, LISTING).await.bytes().await.unwrap();
    assert!(matches!(listing::parse(&listing), Err(PageError::Count { stated: 1, found: 0, .. })));
    let query = with(&site, Fault::ShortPage, "/api/query?id_list=2601.00001,2601.00002").await;
    let query = atom::parse(&query.bytes().await.unwrap());
    assert!(matches!(query, Err(PageError::Count { stated: 2, found: 1, .. })), "{query:?}");
}
