//! Papers of a future day: hidden until it opens.

use sea_orm::ConnectionTrait as _;
use serde_json::json;

use super::{featured, import, page};
use crate::support::fixtures::item;
use crate::support::graphql::titles;
use crate::support::socket::Socket;
use crate::support::{Client, Stack, eventually};

/// The titles of a list, or of the papers of a feed.
async fn titles_of(client: &Client, query: &str) -> Vec<String> {
    let list = client.field(query).await;
    titles(list.get("papers").unwrap_or(&list))
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_of_a_future_day_are_hidden_until_it_opens() {
    let stack = Stack::at("2026-02-03T12:00:00Z").await;
    import(&stack, "2026-02-03", &[item(1, 1)]);
    import(&stack, "2026-02-05", &[item(2, 900), item(3, 800)]);
    let server = stack.serve().await;
    let client = server.client();
    let seen = [
        "{ feed { papers { nodes { title } } } }",
        "{ trending { nodes { title } } }",
        "{ papers { nodes { title } } }",
    ];
    for query in seen {
        assert_eq!(titles_of(&client, query).await, ["Paper 1"], "{query}");
    }
    let author = "{ papers(filter: { authors: [\"Author 2\"] }) { nodes { title } } }";
    assert!(titles_of(&client, author).await.is_empty());
    assert!(client.field("{ paper(arxivId: \"2601.00002\") { id } }").await.is_null());
    let feed =
        client.get("{ feed { next } ahead: feed(period: \"2026-02\") { papers { totalCount } } }").await;
    assert_eq!(feed, json!({ "feed": { "next": null }, "ahead": { "papers": { "totalCount": 1 } } }));
    assert!(page(&server, "/").await.contains("3 February 2026"));
    assert_eq!(reqwest::get(server.url("/papers/2601.00002")).await.unwrap().status(), 404);
    // Imported again: nothing changes.
    std::fs::write(stack.path("hf/again.json"), "[]").unwrap();
    let (again, _) = import(&stack, "2026-02-05", &[item(2, 900), item(3, 800)]);
    assert!(again.contains("created 0, updated 0, unchanged 2"), "{again}");

    let mut socket = Socket::ready(&server, None).await;
    socket.subscribe("all", "subscription { paperFeatured { title featuredOn } }", json!({})).await;
    socket.settle().await;
    stack.set_clock("2026-02-05T00:00:30Z".parse().unwrap());
    for title in ["Paper 2", "Paper 3"] {
        let heard = json!({ "title": title, "featuredOn": "2026-02-05" });
        assert_eq!(socket.hear().await, featured(&heard));
    }
    assert_eq!(titles_of(&client, seen[0]).await, ["Paper 2", "Paper 3"]);
    assert_eq!(titles_of(&client, seen[1]).await, ["Paper 2", "Paper 3", "Paper 1"]);
    assert!(page(&server, "/").await.contains("5 February 2026"));
    assert_eq!(client.field("{ feed(period: \"2026-02-03\") { next } }").await["next"], "2026-02-05");
    // Its age counts from the opening of its day.
    let since = client.field("{ paper(arxivId: \"2601.00002\") { trending { since } } }").await;
    assert_eq!(since["trending"]["since"], "2026-02-05T00:00:00Z");
    assert_eq!(stack.count("SELECT COUNT(*) FROM planned_feature").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planned_paper_moves_to_an_earlier_day_if_a_source_names_one() {
    let stack = Stack::at("2026-02-03T12:00:00Z").await;
    import(&stack, "2026-02-03", &[item(1, 1)]);
    import(&stack, "2026-02-06", &[item(2, 9), item(3, 8), item(4, 7), item(5, 6)]);
    // A paper that a curator has hidden stays hidden.
    let database = stack.database().await;
    let hide = "UPDATE paper SET hidden_at = created_at WHERE slug = '2601.00005'";
    database.execute_unprepared(hide).await.unwrap();
    let server = stack.serve().await;
    let client = server.client();
    let feed = "{ feed { papers { nodes { title } } } }";
    // To another planned day, to the open day, and not to a later day.
    import(&stack, "2026-02-05", &[item(2, 9)]);
    import(&stack, "2026-02-03", &[item(1, 1), item(3, 8), item(5, 6)]);
    import(&stack, "2026-02-09", &[item(4, 7)]);
    assert_eq!(titles_of(&client, feed).await, ["Paper 3", "Paper 1"]);
    let planned =
        "SELECT CAST(paper_id AS TEXT) || ' ' || CAST(day AS TEXT) FROM planned_feature ORDER BY paper_id";
    assert_eq!(stack.rows(planned).await, ["2 2026-02-05", "4 2026-02-06", "5 2026-02-06"]);
    assert_eq!(stack.count("SELECT COUNT(*) FROM featured_paper").await, 2);
    assert!(client.field("{ paper(arxivId: \"2601.00002\") { id } }").await.is_null());
    stack.advance_to("2026-02-05T00:00:30Z").await;
    eventually("the day is open", || async { (titles_of(&client, feed).await == ["Paper 2"]).then_some(()) })
        .await;
    stack.advance_to("2026-02-06T00:00:30Z").await;
    eventually("the day is open", || async { (titles_of(&client, feed).await == ["Paper 4"]).then_some(()) })
        .await;
}
