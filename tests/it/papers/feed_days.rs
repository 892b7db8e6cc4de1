//! Feed days: when they open, which are refused, and what waits for its own; papers that were withdrawn; long days.

use chrono::TimeDelta;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::fixtures::{import_day, item, items, write_day};
use crate::support::gql::problems;
use crate::support::socket::Socket;
use crate::support::{Client, Process, Stack, eventually};

const FEATURE: &str = "mutation($id: ID!, $on: Date) { featurePaper(paperId: $id, on: $on) { paper { featuredOn } \
    userErrors { code field message } } }";
const UNFEATURE: &str =
    "mutation($id: ID!) { unfeaturePaper(paperId: $id) { paper { featuredOn } userErrors { code } } }";
const CREATE: &str = "mutation($input: PaperInput!) { createPaper(input: $input) { \
    paper { id withdrawnOn pdfUrl categories { code } } userErrors { code field message } } }";

/// Paper `number`, submitted at this instant.
fn submitted(number: u32, at: &str) -> Value {
    let mut item = item(number, 5);
    item["paper"]["submittedOnDailyAt"] = json!(at);
    item
}

/// Imports a file whose name says no day; answers what was printed, and what was said beside it.
fn import(stack: &Stack, name: &str, items: &[Value]) -> (String, String) {
    stack.done(&["migrate"]);
    let path = write_day(stack, name, items);
    let output = stack.run(&["import", "hf-daily", path.to_str().unwrap()]);
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

async fn page(server: &Process, path: &str) -> String {
    let answer = reqwest::get(server.url(path)).await.unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.status());
    answer.text().await.unwrap()
}

async fn titles(client: &Client, query: &str) -> Vec<String> {
    let answer = client.get(query).await;
    let list = answer.as_object().unwrap().values().next().unwrap();
    let nodes = list["nodes"].as_array().or_else(|| list["papers"]["nodes"].as_array()).unwrap();
    nodes.iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect()
}

/// The message that tells of a paper.
fn featured(paper: &Value) -> Value {
    json!({ "type": "next", "id": "all", "payload": { "data": { "paperFeatured": paper } } })
}

fn curator(stack: &Stack, server: &Process) -> Client {
    server.client_with(&stack.token("curie", Some("--curator")))
}

async fn id_of(client: &Client, arxiv_id: &str) -> Value {
    client.ok("query($id: String!) { paper(arxivId: $id) { id } }", json!({ "id": arxiv_id })).await["paper"]
        ["id"]
        .clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_is_of_its_utc_day_and_everybody_agrees() {
    let stack = Stack::at("2026-02-03T23:50:00Z").await;
    let (said, _) = import(&stack, "some", &[submitted(1, "2026-02-03T09:00:00Z")]);
    assert!(said.contains("created 1"), "{said}");
    let server = stack.serve().await;
    let curator = curator(&stack, &server);
    let mut socket = Socket::ready(&server, None).await;
    socket.subscribe("all", "subscription { paperFeatured { title featuredOn } }", json!({})).await;
    socket.settle().await;
    // Ten minutes after midnight UTC somebody submits, and ten minutes later it is read.
    stack.set_clock("2026-02-04T00:20:00Z".parse().unwrap());
    let late = curator
        .ok(CREATE, json!({ "input": { "title": "By hand", "abstract": "A.", "publishedOn": "2026-02-03" } }))
        .await["createPaper"]["paper"]["id"]
        .clone();
    let done = curator.ok(FEATURE, json!({ "id": late })).await;
    assert_eq!(done["featurePaper"]["paper"]["featuredOn"], "2026-02-04");
    let heard = json!({ "title": "By hand", "featuredOn": "2026-02-04" });
    assert_eq!(socket.hear().await, featured(&heard));
    import(&stack, "boundary", &[submitted(2, "2026-02-04T00:10:00Z")]);
    let feed = server.client().get("{ feed { period isComplete papers { nodes { title } } } }").await["feed"]
        .clone();
    assert_eq!(feed["period"], "2026-02-04");
    assert_eq!(feed["papers"]["nodes"].as_array().unwrap().len(), 2);
    assert!(page(&server, "/").await.contains("Wednesday, 4 February 2026"));
    // The day before is complete two hours after its end.
    let complete = || async {
        server.client().get("{ feed(period: \"2026-02-03\") { isComplete } }").await["feed"]["isComplete"]
            .clone()
    };
    assert_eq!(complete().await, false);
    stack.set_clock("2026-02-04T02:00:00Z".parse().unwrap());
    assert_eq!(complete().await, true);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_zone_and_the_hour_are_one_setting() {
    let stack = Stack::at("2026-02-04T00:20:00Z").await;
    stack.set("FEED_TIME_ZONE", "America/New_York");
    stack.set("FEED_CLOSES_AT", "21:30");
    import(&stack, "boundary", &[submitted(2, "2026-02-04T00:10:00Z")]);
    let server = stack.serve().await;
    assert_eq!(server.client().get("{ feed { period } }").await["feed"]["period"], "2026-02-03");
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_cannot_be_are_refused_with_a_reason() {
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
    // Without a day of publication there is a paper, without a day of the feed there is none.
    assert!(said.contains("read 6, created 3, updated 0, unchanged 0, rejected 3"), "{said}{reasons}");
    let impossible = [
        "item 4, paper.publishedAt: The day 1969-12-31 is before",
        "item 5, paper.publishedAt: The day of publication, 2031-01-01, has not come",
    ];
    for reason in ["2098-05-05 has not come", "1970-01-01 is before"].into_iter().chain(impossible) {
        assert!(reasons.contains(reason), "{reason} is missing in {reasons}");
    }
    // A name of a file and a wrapper are held to the same.
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
    let curator = curator(&stack, &server);
    assert!(page(&server, "/").await.contains("Paper 6"));
    for (day, code) in [("2026-02-04", "INVALID"), ("2999-12-31", "INVALID"), ("1990-12-31", "INVALID")] {
        let input = json!({ "title": format!("T {day}"), "abstract": "A.", "publishedOn": day });
        let made = curator.ok(CREATE, json!({ "input": input })).await["createPaper"].clone();
        assert_eq!(problems(&made), [format!("{code} input.publishedOn")], "{made}");
        let id = id_of(&curator, "2601.00006").await;
        let put = curator.ok(FEATURE, json!({ "id": id, "on": day })).await["featurePaper"].clone();
        assert_eq!(problems(&put), [format!("{code} on")], "{put}");
    }
    for path in ["/date/2999-12-31", "/date/1900-01-01"] {
        assert!(page(&server, path).await.contains("0 papers"));
    }
    for path in ["/date/9999-12-31", "/date/+262142-12-31", "/date/2026-02-30"] {
        assert_eq!(reqwest::get(server.url(path)).await.unwrap().status(), 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_ahead_is_shown_nowhere_before_it_opens_and_told_when_it_does() {
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
        assert_eq!(titles(&client, query).await, ["Paper 1"], "{query}");
    }
    let author = "{ papers(filter: { authors: [\"Author 2\"] }) { nodes { title } } }";
    assert!(titles(&client, author).await.is_empty());
    assert!(id_of(&client, "2601.00002").await.is_null());
    let feed =
        client.get("{ feed { next } ahead: feed(period: \"2026-02\") { papers { totalCount } } }").await;
    assert_eq!(feed, json!({ "feed": { "next": null }, "ahead": { "papers": { "totalCount": 1 } } }));
    assert!(page(&server, "/").await.contains("3 February 2026"));
    assert_eq!(reqwest::get(server.url("/papers/2601.00002")).await.unwrap().status(), 404);
    // Read again: nothing changes.
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
    assert_eq!(titles(&client, seen[0]).await, ["Paper 2", "Paper 3"]);
    assert_eq!(titles(&client, seen[1]).await, ["Paper 2", "Paper 3", "Paper 1"]);
    assert!(page(&server, "/").await.contains("5 February 2026"));
    assert_eq!(client.get("{ feed(period: \"2026-02-03\") { next } }").await["feed"]["next"], "2026-02-05");
    // It counts from the opening of its day.
    let since = client.get("{ paper(arxivId: \"2601.00002\") { trending { since } } }").await;
    assert_eq!(since["paper"]["trending"]["since"], "2026-02-05T00:00:00Z");
    assert_eq!(stack.count("SELECT COUNT(*) FROM planned_feature").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_that_waits_goes_to_an_earlier_day_that_a_source_names() {
    let stack = Stack::at("2026-02-03T12:00:00Z").await;
    import(&stack, "2026-02-03", &[item(1, 1)]);
    import(&stack, "2026-02-06", &[item(2, 9), item(3, 8), item(4, 7), item(5, 6)]);
    // What a curator hid meanwhile stays away.
    let database = stack.database().await;
    let hide = "UPDATE paper SET hidden_at = created_at WHERE slug = '2601.00005'";
    database.execute_unprepared(hide).await.unwrap();
    let server = stack.serve().await;
    let client = server.client();
    let feed = "{ feed { papers { nodes { title } } } }";
    // To one that waits as well, to the open one, and to none that is later.
    import(&stack, "2026-02-05", &[item(2, 9)]);
    import(&stack, "2026-02-03", &[item(1, 1), item(3, 8), item(5, 6)]);
    import(&stack, "2026-02-09", &[item(4, 7)]);
    assert_eq!(titles(&client, feed).await, ["Paper 3", "Paper 1"]);
    let planned =
        "SELECT CAST(paper_id AS TEXT) || ' ' || CAST(day AS TEXT) FROM planned_feature ORDER BY paper_id";
    assert_eq!(stack.rows(planned).await, ["2 2026-02-05", "4 2026-02-06", "5 2026-02-06"]);
    assert_eq!(stack.count("SELECT COUNT(*) FROM featured_paper").await, 2);
    assert!(id_of(&client, "2601.00002").await.is_null());
    stack.advance_to("2026-02-05T00:00:30Z").await;
    eventually("opened", || async { (titles(&client, feed).await == ["Paper 2"]).then_some(()) }).await;
    stack.advance_to("2026-02-06T00:00:30Z").await;
    eventually("opened", || async { (titles(&client, feed).await == ["Paper 4"]).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stored_ahead_of_its_day_waits_too() {
    let stack = Stack::at("2026-02-03T12:00:00Z").await;
    import(&stack, "2026-02-03", &[item(1, 1)]);
    // As an earlier version left it.
    let database = stack.database().await;
    database.execute_unprepared("UPDATE featured_paper SET day = '2098-05-05'").await.unwrap();
    for undo in ["DROP TABLE planned_feature", "DELETE FROM seaql_migrations WHERE version LIKE '%000022%'"] {
        database.execute_unprepared(undo).await.unwrap();
    }
    import(&stack, "2026-02-02", &[item(2, 1)]);
    let server = stack.serve().await;
    assert_eq!(titles(&server.client(), "{ trending { nodes { title } } }").await, ["Paper 2"]);
    assert!(page(&server, "/").await.contains("2 February 2026"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_put_back_the_same_day_has_its_place_and_no_second_event() {
    let stack = Stack::at("2026-01-06T12:00:00Z").await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let curator = curator(&stack, &server);
    let id = id_of(&curator, "2601.00001").await;
    let state = "SELECT CAST(day AS TEXT) || ' ' || position || ' ' || CAST(featured_at AS TEXT) FROM featured_paper ORDER BY id";
    let before = stack.rows(state).await;
    let mut socket = Socket::ready(&server, None).await;
    socket.subscribe("all", "subscription { paperFeatured { title } }", json!({})).await;
    socket.settle().await;
    curator.ok(UNFEATURE, json!({ "id": id })).await;
    stack.advance(TimeDelta::hours(1)).await;
    let back = curator.ok(FEATURE, json!({ "id": id })).await["featurePaper"].clone();
    assert_eq!(back["paper"]["featuredOn"], "2026-01-06");
    assert_eq!(stack.rows(state).await, before);
    // The next event is that of another paper.
    let input = json!({ "input": { "title": "Next", "abstract": "A.", "publishedOn": "2026-01-05" } });
    let next = curator.ok(CREATE, input).await["createPaper"]["paper"]["id"].clone();
    curator.ok(FEATURE, json!({ "id": next })).await;
    assert_eq!(socket.hear().await, featured(&json!({ "title": "Next" })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_paper_says_so_and_is_in_no_digest() {
    let stack = Stack::at("2026-02-03T12:00:00Z").await;
    let mut dated = submitted(1, "2026-02-03T09:00:00Z");
    dated["paper"]["withdrawnAt"] = json!("2026-02-02T00:00:00.000Z");
    let mut said = submitted(2, "2026-02-03T09:00:00Z");
    said["paper"]["summary"] = json!("This paper has been withdrawn by the authors due to an error.");
    import(&stack, "withdrawn", &[dated, said, submitted(3, "2026-02-03T09:00:00Z")]);
    let server = stack.serve().await;
    let query = "{ papers(orderBy: TRENDING) { nodes { title withdrawnOn pdfUrl arxivUrl } } }";
    let nodes = server.client().get(query).await["papers"]["nodes"].clone();
    for node in nodes.as_array().unwrap() {
        let is_withdrawn = node["title"] != "Paper 3";
        assert_eq!(
            (node["withdrawnOn"].is_null(), node["pdfUrl"].is_null()),
            (!is_withdrawn, is_withdrawn),
            "{node}"
        );
        assert!(node["arxivUrl"].is_string());
    }
    for (number, is_withdrawn) in [(1, true), (2, true), (3, false)] {
        let page = page(&server, &format!("/papers/2601.0000{number}")).await;
        assert_eq!(page.contains("has been withdrawn by its authors"), is_withdrawn, "{page}");
        assert_eq!(page.contains("arxiv.org/pdf/"), !is_withdrawn, "{page}");
    }
    assert_eq!(page(&server, "/").await.matches("Withdrawn · ").count(), 2);
    let preview = stack.done(&["digest", "preview", "--cadence", "daily", "--period", "2026-02-03"]);
    assert!(
        preview.contains("Paper 3") && !preview.contains("Paper 1") && !preview.contains("Paper 2"),
        "{preview}"
    );
    // A digest that goes out, and its edition.
    stack.advance_to("2026-02-04T12:00:00Z").await;
    let client = server.client();
    crate::support::journey::subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 2).await.papers().len(), 1);
    let edition = client
        .get("{ edition(cadence: DAILY, period: \"2026-02-03\") { papers { nodes { title } } } }")
        .await;
    assert_eq!(edition["edition"]["papers"]["nodes"], json!([{ "title": "Paper 3" }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_papers_of_a_long_day_are_reached() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    write_day(&stack, "2026-01-06", &items(1..451));
    stack.done(&["import", "hf-daily", "hf"]);
    let server = stack.serve().await;
    eventually("the edition is there", || async {
        let edition = server.client().get("{ edition(cadence: DAILY, period: \"2026-01-06\") { id } }").await;
        edition["edition"]["id"].is_string().then_some(())
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

#[tokio::test(flavor = "multi_thread")]
async fn a_category_that_does_not_exist_is_refused_with_the_nearest() {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..3);
    let server = stack.serve().await;
    let curator = curator(&stack, &server);
    let input = |code: &str| json!({ "title": format!("Of {code}"), "abstract": "A.", "publishedOn": "2026-01-05", "categories": [code] });
    let made = curator.ok(CREATE, json!({ "input": input("cs.CLL") })).await["createPaper"].clone();
    assert_eq!(problems(&made), ["INVALID input.categories"]);
    assert!(made["userErrors"][0]["message"].as_str().unwrap().contains("cs.CL"), "{made}");
    let made = curator.ok(CREATE, json!({ "input": input("CS.cl") })).await["createPaper"].clone();
    assert_eq!(made["paper"]["categories"], json!([{ "code": "cs.CL" }]));
    let wish = "mutation($input: SubscribeInput!) { subscribe(input: $input) { email userErrors { code field message } } }";
    let filter = json!({ "categories": ["machine learning"] });
    let asked = curator.ok(wish, json!({ "input": { "email": "ada@example.org", "filter": filter } })).await
        ["subscribe"]
        .clone();
    assert_eq!(problems(&asked), ["INVALID input.filter.categories"]);
    assert!(asked["userErrors"][0]["message"].as_str().unwrap().contains("cs.LG"), "{asked}");
    let found = "query($codes: [String!]) { papers(filter: { categories: $codes }) { nodes { title } } }";
    assert_eq!(curator.code(found, json!({ "codes": ["cs.CLL"] })).await, "BAD_REQUEST");
    let listed = curator.ok(found, json!({ "codes": ["cs.cl"] })).await;
    assert_eq!(listed["papers"]["nodes"], json!([{ "title": "Of CS.cl" }]));
}
