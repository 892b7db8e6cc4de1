//! The cache of responses to queries without a token. Here it keeps them for an hour, to show what clears it.

use sea_orm::ConnectionTrait as _;
use serde_json::json;

use crate::support::fixtures::import_day;
use crate::support::journey::{manage_token, own, subscribe};
use crate::support::{Client, Stack, eventually};

const TITLE: &str = "{ paper(arxivId: \"2601.00001\") { title } }";

/// Changes the title in the database directly.
async fn rename(stack: &Stack, title: &str) {
    let database = stack.database().await;
    let sql = format!("UPDATE paper SET title = '{title}' WHERE arxiv_id = '2601.00001'");
    database.execute_unprepared(&sql).await.unwrap();
    database.close().await.unwrap();
}

async fn title(client: &Client) -> String {
    client.field(TITLE).await["title"].as_str().unwrap().to_owned()
}

async fn stack() -> Stack {
    let stack = Stack::new().await;
    stack.set("ANSWER_CACHE_SECONDS", "3600");
    import_day(&stack, "2026-01-06", 1..4);
    stack
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_is_cached_until_something_changes() {
    let stack = stack().await;
    let server = stack.serve().await;
    let reader = server.reader(&stack, "rita");
    let anyone = server.client();
    assert_eq!(title(&anyone).await, "Paper 1");
    rename(&stack, "Renamed").await;
    assert_eq!(title(&anyone).await, "Paper 1", "it was cached");
    // With a token, in other words or by another method it is another request.
    assert_eq!(title(&reader).await, "Renamed");
    let worded = anyone.get("query { paper(arxivId: \"2601.00001\") { title } }").await;
    assert_eq!(worded["paper"]["title"], "Renamed");
    let address = server.url(&format!("/graphql?query={}", TITLE.replace(' ', "%20").replace('"', "%22")));
    for _ in 0..2 {
        let got: serde_json::Value = reqwest::get(&address).await.unwrap().json().await.unwrap();
        assert_eq!(got["data"]["paper"]["title"], "Renamed", "{got}");
    }
    // Any mutation clears the cache, even one that changes nothing.
    let none = "mutation { removeUpvote(paperId: \"none\") { userErrors { code } } }";
    reader.get(none).await;
    assert_eq!(title(&anyone).await, "Renamed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cached_response_is_like_the_first() {
    let stack = stack().await;
    stack.set("CLIENT_POINTS_PER_SECOND", "1");
    let server = stack.serve().await;
    let body = json!({ "query": TITLE });
    let ask = |accept: &'static str| {
        let request = reqwest::Client::new().post(server.url("/graphql")).header("accept", accept);
        let request = request.json(&body);
        async move {
            let answer = request.send().await.unwrap();
            let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
            let headers = ["content-type", "cache-control"].map(header);
            let left = header("ratelimit");
            let left: u32 = left.split(['=', ';']).nth(2).unwrap().parse().unwrap();
            (answer.status(), headers, left, answer.text().await.unwrap())
        }
    };
    let (first, kept) = (ask("application/json").await, ask("application/json").await);
    assert_eq!((first.0, &first.1, &first.3), (kept.0, &kept.1, &kept.3));
    assert!(kept.2 < first.2, "a cached response costs the same: {} {}", first.2, kept.2);
    let other = ask("application/graphql-response+json").await;
    assert_eq!(other.1[0], "application/graphql-response+json; charset=utf-8");
    assert_eq!(other.3, first.3);
}

#[tokio::test(flavor = "multi_thread")]
async fn private_and_failed_responses_are_not_cached() {
    let stack = stack().await;
    let server = stack.serve().await;
    let anyone = server.client();
    subscribe(&stack, &anyone, json!({ "email": "ada@example.org" })).await;
    let token = manage_token(&stack, &anyone, "ada@example.org").await;
    assert_eq!(own(&anyone, &token).await.unwrap().cadence, "DAILY");
    let database = stack.database().await;
    database.execute_unprepared("UPDATE subscription SET cadence = 'WEEKLY'").await.unwrap();
    database.close().await.unwrap();
    assert_eq!(own(&anyone, &token).await.unwrap().cadence, "WEEKLY");

    let broken = "{ papers(first: 1, after: \"none\") { nodes { title } } feed { period } }";
    for _ in 0..2 {
        assert_eq!(anyone.code(broken, json!({})).await, "BAD_REQUEST");
    }
    let missing = "{ paper(arxivId: \"2601.99999\") { title } }";
    assert!(anyone.field(missing).await.is_null());
}

mod production {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_change_in_one_process_clears_the_cache_of_another() {
        let stack = Stack::production().await;
        stack.set("ANSWER_CACHE_SECONDS", "3600");
        import_day(&stack, "2026-01-06", 1..4);
        let (one, other) = (stack.role("api").await, stack.role("api").await);
        let votes = "{ paper(arxivId: \"2601.00001\") { id upvoteCount } }";
        let before = one.client().field(votes).await;
        let reader = other.reader(&stack, "rita");
        let vote = "mutation($id: ID!) { upvotePaper(paperId: $id) { userErrors { code } } }";
        reader.ok(vote, json!({ "id": before["id"] })).await;
        eventually("the vote is seen", || async {
            let after = one.client().field(votes).await["upvoteCount"].as_i64();
            (after.unwrap() == before["upvoteCount"].as_i64().unwrap() + 1).then_some(())
        })
        .await;
    }
}
