//! What the site answers as Hugging Face does.

use std::io::Read as _;

use flate2::read::GzDecoder;
use serde_json::Value;

use super::super::super::fixtures;
use super::*;

async fn items(site: &PapersSite, path: &str) -> Vec<Value> {
    serde_json::from_slice(&octets(site, path).await).unwrap()
}

fn titles(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["title"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn days_have_their_papers_by_votes() {
    let site = site();
    site.add([Paper::numbered(6)]);
    let best = DailyItem::new("2601.00006").votes(60).comments(3);
    site.feature("2026-01-06", [best.submitter("ada").submitted("2026-01-06T05:06:07Z")]);
    let items = items(&site, DAY).await;
    assert_eq!(titles(&items), ["Paper 6", "Paper 1", "Paper 2", "Paper 3", "Paper 4", "Paper 5"]);
    let first = &items[0];
    assert_eq!((&first["paper"]["upvotes"], &first["numComments"]), (&60.into(), &3.into()));
    assert_eq!(first["paper"]["submittedOnDailyBy"]["user"], "ada");
    assert_eq!(first["submittedBy"]["name"], "ada");
    assert_eq!(first["paper"]["submittedOnDailyAt"], "2026-01-06T05:06:07.000Z");
    assert_eq!(items[1]["paper"]["submittedOnDailyAt"], "2026-01-06T00:00:00.000Z");
    let fixture = fixtures::item(6, 60);
    for key in ["id", "publishedAt", "title", "summary", "upvotes"] {
        assert_eq!(first["paper"][key], fixture["paper"][key], "{key}");
    }
    assert_eq!(first["paper"]["authors"][0]["name"], fixture["paper"]["authors"][0]["name"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn days_come_in_pages_that_name_the_next() {
    let site = site();
    let mut found = Vec::new();
    let mut next = Some(format!("{}&limit=2", site.url(DAY)));
    while let Some(address) = next {
        let response = reqwest::get(address).await.unwrap();
        let link = response.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        next = link.map(|link| {
            let (address, rest) = link.strip_prefix('<').unwrap().split_once('>').unwrap();
            assert_eq!(rest, "; rel=\"next\"");
            address.to_owned()
        });
        let items: Vec<Value> = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        found.push(items.len());
    }
    assert_eq!(found, [2, 2, 1]);
    assert_eq!(items(&site, &format!("{DAY}&p=9")).await, [] as [Value; 0]);
    assert_eq!(items(&site, "/api/daily_papers?date=2026-01-04").await, [] as [Value; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_days_are_refused() {
    let site = site();
    site.set_indexed("2026-01-05", false);
    for (query, status) in [
        ("date=2026-01-05", 404),
        ("date=2026-13-40", 400),
        ("date=2026-01-08", 400),
        ("", 400),
        ("date=2026-01-06&limit=101", 400),
        ("date=2026-01-06&limit=0", 400),
        ("date=2026-01-06&p=x", 400),
    ] {
        let response = get(&site, &format!("/api/daily_papers?{query}")).await;
        assert_eq!(response.status(), status, "{query}");
        let body: Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        assert!(body["error"].is_string(), "{query}");
    }
    site.set_now("2026-01-08T00:00:00Z");
    assert_eq!(get(&site, "/api/daily_papers?date=2026-01-08").await.status(), 200);
    site.set_indexed("2026-01-05", true);
    assert_eq!(get(&site, "/api/daily_papers?date=2026-01-05").await.status(), 200);
    assert_eq!(get(&site, "/elsewhere").await.status(), 404);
    assert_eq!(reqwest::Client::new().post(site.url(DAY)).send().await.unwrap().status(), 405);
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_have_not_changed_are_not_sent_again() {
    let site = site();
    let etag = get(&site, DAY).await.headers()["etag"].to_str().unwrap().to_owned();
    let again = async || request(&site, DAY).header("if-none-match", &etag).send().await.unwrap();
    let response = again().await;
    assert_eq!(
        (response.status().as_u16(), response.headers()["etag"].to_str().unwrap()),
        (304, etag.as_str())
    );
    assert!(response.bytes().await.unwrap().is_empty());
    site.feature("2026-01-06", [DailyItem::new("2601.00003").votes(99)]);
    let changed = again().await;
    assert_eq!(changed.status(), 200);
    assert_ne!(changed.headers()["etag"].to_str().unwrap(), etag);
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_are_compressed_for_those_who_accept_that() {
    let site = site();
    let plain = octets(&site, DAY).await;
    let response = request(&site, DAY).header("accept-encoding", "gzip").send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let compressed = response.bytes().await.unwrap();
    let mut decoded = Vec::new();
    GzDecoder::new(&compressed[..]).read_to_end(&mut decoded).unwrap();
    assert_eq!(decoded, plain);
}
