//! Feeds of days, weeks and months, and the archive of editions.

use serde_json::{Value, json};

use super::stack_with_papers;
use crate::support::Stack;
use crate::support::fixtures::import_day;

#[tokio::test(flavor = "multi_thread")]
async fn feeds_have_neighbours_and_tell_whether_they_are_complete() {
    let (stack, server) = stack_with_papers().await;
    import_day(&stack, "2026-01-07", 20..22);
    let client = server.client();
    let feed = async |period: Value| {
        let query = "query($period: FeedPeriod) { feed(period: $period) {
            period startsOn endsOn isComplete previous next papers { totalCount } } }";
        client.field_with(query, json!({ "period": period })).await
    };
    assert_eq!(
        feed(json!("2026-01-06")).await,
        json!({ "period": "2026-01-06", "startsOn": "2026-01-06", "endsOn": "2026-01-06", "isComplete": true,
            "previous": "2026-01-05", "next": "2026-01-07", "papers": { "totalCount": 3 } })
    );
    assert_eq!(feed(json!("2026-01-07")).await["isComplete"], false);
    assert_eq!(feed(json!("2026-W02")).await["isComplete"], false);
    stack.advance_to("2026-02-03T12:00:00Z").await;
    import_day(&stack, "2026-02-03", 30..31);
    assert_eq!(
        feed(json!("2026-W02")).await,
        json!({ "period": "2026-W02", "startsOn": "2026-01-05", "endsOn": "2026-01-11", "isComplete": true,
            "previous": null, "next": "2026-W06", "papers": { "totalCount": 10 } })
    );
    let month = feed(json!("2026-01")).await;
    assert_eq!((month["next"].clone(), month["papers"]["totalCount"].clone()), (json!("2026-02"), json!(10)));
    let empty = feed(json!("2025-12-24")).await;
    assert_eq!(
        (empty["next"].clone(), empty["papers"]["totalCount"].clone()),
        (json!("2026-01-05"), json!(0))
    );
    assert_eq!(feed(json!(null)).await["period"], "2026-02-03");
    let wrong = client.execute("{ feed(period: \"2026-13\") { period } }", json!({})).await;
    assert!(wrong.error_message().contains("FeedPeriod"), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_without_papers_is_null_without_an_error() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let data = server
        .client()
        .get("{ feed { period } papers { totalCount nodes { id } } editions { nodes { id } } }")
        .await;
    assert_eq!(
        data,
        json!({ "feed": null, "papers": { "totalCount": 0, "nodes": [] }, "editions": { "nodes": [] } })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn editions_are_listed_and_do_not_change() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    crate::support::eventually("the edition is published", || async {
        let editions = client.field("{ editions { totalCount } }").await;
        (editions["totalCount"] == 2).then_some(())
    })
    .await;
    let query = "{ editions(cadence: DAILY) { nodes { cadence period startsOn endsOn subject publishedAt cancelledAt url
        previous { period } next { period } papers(first: 2) { totalCount nodes { title } } progress { planned } } } }";
    insta::assert_json_snapshot!(client.get(query).await);
    let data = client
        .get("{ edition(cadence: DAILY, period: \"2026-01-06\") { period } wrong: edition(cadence: WEEKLY, period: \"2026-01-06\") { period } none: edition(cadence: DAILY, period: \"2026-01-04\") { period } }")
        .await;
    assert_eq!(data, json!({ "edition": { "period": "2026-01-06" }, "wrong": null, "none": null }));
    // A paper that is featured late is in the feed, but not in the edition.
    import_day(&stack, "2026-01-06", 50..51);
    let data = client
        .get("{ feed(period: \"2026-01-06\") { papers { totalCount } } edition(cadence: DAILY, period: \"2026-01-06\") { papers { totalCount } } }")
        .await;
    assert_eq!(data["feed"]["papers"]["totalCount"], 4);
    assert_eq!(data["edition"]["papers"]["totalCount"], 3);
}
