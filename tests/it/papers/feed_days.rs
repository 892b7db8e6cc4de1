//! Feed days: when they open and close, which are refused, and days with many papers.

use chrono::TimeDelta;
use serde_json::json;

use super::{CREATE, featured, import, page, submitted};
use crate::support::fixtures::{import_day, item, items, write_day};
use crate::support::graphql::nodes;
use crate::support::journey::{FEATURE, create_paper, feature};
use crate::support::socket::Socket;
use crate::support::{Stack, eventually};

const UNFEATURE: &str =
    "mutation($id: ID!) { unfeaturePaper(paperId: $id) { paper { featuredOn } userErrors { code } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_belongs_to_its_utc_day_on_every_surface() {
    let stack = Stack::at("2026-02-03T23:50:00Z").await;
    let (said, _) = import(&stack, "some", &[submitted(1, "2026-02-03T09:00:00Z")]);
    assert!(said.contains("created 1"), "{said}");
    let server = stack.serve().await;
    let curator = server.curator(&stack);
    let mut socket = Socket::ready(&server, None).await;
    socket.subscribe("all", "subscription { paperFeatured { title featuredOn } }", json!({})).await;
    socket.settle().await;
    // A paper is submitted ten minutes after midnight UTC, and imported ten minutes later.
    stack.set_clock("2026-02-04T00:20:00Z".parse().unwrap());
    let late = json!({ "title": "By hand", "abstract": "A.", "publishedOn": "2026-02-03" });
    let late = create_paper(&curator, late).await;
    assert_eq!(feature(&curator, &late, None).await, "2026-02-04");
    let heard = json!({ "title": "By hand", "featuredOn": "2026-02-04" });
    assert_eq!(socket.hear().await, featured(&heard));
    import(&stack, "boundary", &[submitted(2, "2026-02-04T00:10:00Z")]);
    let feed = server.client().field("{ feed { period isComplete papers { nodes { title } } } }").await;
    assert_eq!(feed["period"], "2026-02-04");
    assert_eq!(nodes(&feed["papers"]).len(), 2);
    assert!(page(&server, "/").await.contains("Wednesday, 4 February 2026"));
    // The day before is complete two hours after its end.
    let complete = || async {
        server.client().field("{ feed(period: \"2026-02-03\") { isComplete } }").await["isComplete"].clone()
    };
    assert_eq!(complete().await, false);
    stack.set_clock("2026-02-04T02:00:00Z".parse().unwrap());
    assert_eq!(complete().await, true);
}

#[tokio::test(flavor = "multi_thread")]
async fn feed_days_follow_the_time_zone_and_closing_hour_settings() {
    let stack = Stack::at("2026-02-04T00:20:00Z").await;
    stack.set("FEED_TIME_ZONE", "America/New_York");
    stack.set("FEED_CLOSES_AT", "21:30");
    import(&stack, "boundary", &[submitted(2, "2026-02-04T00:10:00Z")]);
    let server = stack.serve().await;
    assert_eq!(server.client().field("{ feed { period } }").await["period"], "2026-02-03");
}

#[tokio::test(flavor = "multi_thread")]
async fn impossible_days_are_refused_with_a_reason() {
    let stack = Stack::at("2026-02-03T12:00:00Z").await;
    let mut old = submitted(4, "2026-02-03T09:00:00Z");
    old["paper"]["publishedAt"] = json!("1969-12-31T00:00:00Z");
    let mut unborn = submitted(5, "2026-02-03T09:00:00Z");
    unborn["paper"]["publishedAt"] = json!("2031-01-01T00:00:00Z");
    let all = [
        submitted(1, "+262142-12-31T23:59:59Z"),
        submitted(2, "2098-05-05T00:00:00Z"),
        submitted(3, "1970-01-01T00:00:00Z"),
        old,
        unborn,
        submitted(6, "2026-02-03T09:00:00Z"),
    ];
    let (said, reasons) = import(&stack, "wrong", &all);
    // An invalid publication date costs only that field; an invalid feed day rejects the paper.
    assert!(said.contains("read 6, created 3, updated 0, unchanged 0, rejected 3"), "{said}{reasons}");
    let impossible = [
        "item 4, paper.publishedAt: The day 1969-12-31 is before",
        "item 5, paper.publishedAt: The publication date 2031-01-01 is in the future",
    ];
    for reason in ["2098-05-05 is too far ahead", "1970-01-01 is before"].into_iter().chain(impossible) {
        assert!(reasons.contains(reason), "{reason} is missing in {reasons}");
    }
    // The same holds for file names and wrappers.
    for (name, day) in [("2098-05-05", None), ("+262142-12-31", None), ("wrapped", Some("9999-12-31"))] {
        let items = [item(7, 1)];
        let (said, reasons) = match day {
            None => import(&stack, name, &items),
            Some(day) => {
                let path = write_day(&stack, name, &items);
                std::fs::write(&path, json!({ "date": day, "data": items }).to_string()).unwrap();
                let output = stack.run(&["import", "hf-daily", path.to_str().unwrap()]);
                (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
            }
        };
        assert!(said.contains("rejected 1"), "{name}: {said}{reasons}");
    }
    let server = stack.serve().await;
    let curator = server.curator(&stack);
    assert!(page(&server, "/").await.contains("Paper 6"));
    for (day, code) in [("2026-02-04", "INVALID"), ("2999-12-31", "INVALID"), ("1990-12-31", "INVALID")] {
        let input = json!({ "title": format!("T {day}"), "abstract": "A.", "publishedOn": day });
        let made = curator.mutate(CREATE, json!({ "input": input })).await;
        assert_eq!(made.user_errors(), [format!("{code} input.publishedOn")], "{made}");
        let id = curator.paper_id("2601.00006").await;
        let put = curator.mutate(FEATURE, json!({ "id": id, "on": day })).await;
        assert_eq!(put.user_errors(), [format!("{code} on")], "{put}");
    }
    for path in ["/date/2999-12-31", "/date/1900-01-01"] {
        assert!(page(&server, path).await.contains("0 papers"));
    }
    for path in ["/date/9999-12-31", "/date/+262142-12-31", "/date/2026-02-30"] {
        assert_eq!(reqwest::get(server.url(path)).await.unwrap().status(), 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn featuring_again_on_the_same_day_keeps_the_position_without_an_event() {
    let stack = Stack::at("2026-01-06T12:00:00Z").await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let curator = server.curator(&stack);
    let id = curator.paper_id("2601.00001").await;
    let state = "SELECT CAST(day AS TEXT) || ' ' || position || ' ' || CAST(featured_at AS TEXT) FROM featured_paper ORDER BY id";
    let before = stack.rows(state).await;
    let mut socket = Socket::ready(&server, None).await;
    socket.subscribe("all", "subscription { paperFeatured { title } }", json!({})).await;
    socket.settle().await;
    curator.ok(UNFEATURE, json!({ "id": id })).await;
    stack.advance(TimeDelta::hours(1)).await;
    assert_eq!(feature(&curator, &id, None).await, "2026-01-06");
    assert_eq!(stack.rows(state).await, before);
    // The next event is that of another paper.
    let next = json!({ "title": "Next", "abstract": "A.", "publishedOn": "2026-01-05" });
    let next = create_paper(&curator, next).await;
    feature(&curator, &next, None).await;
    assert_eq!(socket.hear().await, featured(&json!({ "title": "Next" })));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_a_day_list_all_its_papers() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    write_day(&stack, "2026-01-06", &items(1..451));
    stack.done(&["import", "hf-daily", "hf"]);
    let server = stack.serve().await;
    eventually("the edition is published", || async {
        let edition =
            server.client().field("{ edition(cadence: DAILY, period: \"2026-01-06\") { id } }").await;
        edition["id"].is_string().then_some(())
    })
    .await;
    for start in ["/date/2026-01-06", "/editions/daily/2026-01-06"] {
        let (mut found, mut pages, mut next) = (Vec::new(), 0, Some(start.to_owned()));
        while let Some(path) = next {
            let page = page(&server, &path).await;
            assert!(page.contains("450 papers"));
            found.extend(
                page.split("href=\"/papers/").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()),
            );
            let link = page.split(&format!("{start}?after=")).nth(1);
            next = link.map(|rest| format!("{start}?after={}", rest.split('"').next().unwrap()));
            pages += 1;
        }
        assert_eq!((pages, found.len()), (3, 450), "{start}");
        let different: std::collections::HashSet<_> = found.iter().collect();
        assert_eq!(different.len(), 450);
        assert_eq!(found[0], "2601.00001");
        for wrong in ["x", "1", "1.2.3.4.5", "99999999999999999999"] {
            let status = reqwest::get(server.url(&format!("{start}?after={wrong}"))).await.unwrap().status();
            let is_one = wrong == "1" && start.starts_with("/editions");
            assert_eq!(status, if is_one { 200 } else { 404 }, "{start} {wrong}");
        }
    }
}
