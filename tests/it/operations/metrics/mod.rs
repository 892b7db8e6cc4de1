//! Metrics as Prometheus scrapes them: all that are documented, with the values that follow from what was done.

mod production;

use std::collections::BTreeSet;
use std::net::TcpListener;

use chrono::TimeDelta;
use serde_json::json;

use crate::support::fixtures::import_day;
use crate::support::journey::{SUBSCRIBE, ask, subscribe};
use crate::support::socket::Socket;
use crate::support::stack::project;
use crate::support::{Process, Reaction, Stack, Step, eventually};

/// A stack whose processes serve metrics.
async fn measured() -> Stack {
    let stack = Stack::new().await;
    stack.set("METRICS_LISTEN", "127.0.0.1:0");
    stack
}

/// The address of the metrics of a process, as it printed it.
pub fn metrics_url(process: &Process) -> String {
    let said = process.log();
    let line = said.lines().find_map(|line| line.trim().strip_prefix("Metrics "));
    line.unwrap_or_else(|| panic!("it serves no metrics:\n{said}")).trim().to_owned()
}

pub async fn scrape(process: &Process) -> String {
    let response = reqwest::get(metrics_url(process)).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    response.text().await.unwrap()
}

/// The value of a series, as it stands in a scrape.
pub fn value(scrape: &str, series: &str) -> Option<f64> {
    let line = scrape.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
    Some(line.parse().unwrap())
}

/// Scrapes until a series has a value.
async fn until(process: &Process, series: &str, expected: f64) {
    eventually(&format!("{series} {expected}"), || async {
        (value(&scrape(process).await, series) == Some(expected)).then_some(())
    })
    .await;
}

/// The metrics of a scrape, by their names in its TYPE lines.
fn names(scrape: &str) -> BTreeSet<String> {
    let types = scrape.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

/// The metrics of docs/metrics.md: the first column of its tables, and the type in the second.
fn documented() -> Vec<(String, String)> {
    let text = std::fs::read_to_string(project().join("docs/metrics.md")).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let (name, rest) = row.split_once("` | ").unwrap();
        (name.to_owned(), rest.split(" | ").next().unwrap().to_owned())
    })
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_has_exactly_the_documented_metrics() {
    let stack = measured().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    server.client().get("query Latest { feed { period } }").await;
    let text = scrape(&server).await;
    let documented = documented();
    for (name, kind) in &documented {
        assert!(text.contains(&format!("# TYPE {name} {kind}\n")), "{name} is not a {kind} in:\n{text}");
        assert!(text.contains(&format!("# HELP {name} ")), "{name} has no description");
    }
    let known: BTreeSet<String> = documented.into_iter().map(|(name, _)| name).collect();
    let unknown: Vec<String> = names(&text).difference(&known).cloned().collect();
    assert!(unknown.is_empty(), "not in docs/metrics.md: {unknown:?}");
    let imported = value(&text, r#"daily_papers_source_last_success_timestamp_seconds{source="hf_daily"}"#);
    assert_eq!(
        imported.map(|seconds| seconds.to_string()),
        Some(stack.now().timestamp().to_string()),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_by_route_method_and_status() {
    let stack = measured().await;
    let server = stack.serve().await;
    let client = reqwest::Client::new();
    for path in ["/date/2026-01-06", "/date/2026-01-05", "/date/nonsense", "/no/such/page?secret=1"] {
        client.get(server.url(path)).send().await.unwrap();
    }
    client.post(server.url("/date/2026-01-06")).send().await.unwrap();
    client.request("PURGE".parse().unwrap(), server.url("/")).send().await.unwrap();
    let text = scrape(&server).await;
    let requests = |labels: &str| value(&text, &format!("daily_papers_http_requests_total{{{labels}}}"));
    assert_eq!(requests(r#"route="/date/{day}",method="POST",status="405""#), Some(1.0), "{text}");
    assert_eq!(requests(r#"route="/",method="other",status="405""#), Some(1.0));
    assert_eq!(requests(r#"route="unmatched",method="GET",status="404""#), Some(1.0));
    let days: f64 = text
        .lines()
        .filter(|line| {
            line.starts_with(r#"daily_papers_http_requests_total{route="/date/{day}",method="GET""#)
        })
        .map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
        .sum();
    assert_eq!(days.to_string(), "3");
    let timed = r#"daily_papers_http_request_duration_seconds_count{route="/date/{day}",method="GET"}"#;
    assert_eq!(value(&text, timed), Some(3.0));
    assert!(!text.contains("secret") && !text.contains("nonsense") && !text.contains("no/such"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_are_counted_by_name_type_and_outcome() {
    let stack = measured().await;
    let server = stack.serve().await;
    let client = server.client();
    client.get("query Latest { feed { period } }").await;
    client.get("query Latest { feed { period } }").await;
    client.get("{ feed { period } }").await;
    let forbidden = "mutation Forbidden { pauseSending(reason: \"stop\") { userErrors { code } } }";
    assert_eq!(client.code(forbidden, json!({})).await, "UNAUTHENTICATED");
    client.execute("query Wrong { nothing }", json!({})).await;
    client
        .ok(
            &SUBSCRIBE.replacen("mutation", "mutation Subscribe", 1),
            json!({ "input": { "email": "ada@example.org" } }),
        )
        .await;
    let mut socket = Socket::ready(&server, None).await;
    socket.subscribe("1", "subscription Heard { paperFeatured { title } }", json!({})).await;
    socket.subscribe("2", "query Latest { feed { period } }", json!({})).await;
    until(
        &server,
        r#"daily_papers_graphql_operations_total{operation="Latest",type="query",outcome="succeeded"}"#,
        3.0,
    )
    .await;
    let text = scrape(&server).await;
    for (labels, expected) in [
        (r#"operation="anonymous",type="query",outcome="succeeded""#, 1.0),
        (r#"operation="Forbidden",type="mutation",outcome="failed""#, 1.0),
        (r#"operation="other",type="other",outcome="refused""#, 1.0),
        (r#"operation="Subscribe",type="mutation",outcome="succeeded""#, 1.0),
        (r#"operation="Heard",type="subscription",outcome="started""#, 1.0),
    ] {
        let series = format!("daily_papers_graphql_operations_total{{{labels}}}");
        assert_eq!(value(&text, &series), Some(expected), "{series} in:\n{text}");
    }
    let timed = r#"daily_papers_graphql_operation_duration_seconds_count{operation="Latest"}"#;
    assert_eq!(value(&text, timed), Some(3.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn labels_of_operation_names_are_limited() {
    let stack = measured().await;
    let server = stack.serve().await;
    let client = server.client();
    for number in 0..210 {
        client.get(&format!("query Invented{number} {{ __typename }}")).await;
    }
    let text = scrape(&server).await;
    let of = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!(of(r#"daily_papers_graphql_operations_total{operation="Invented"#), 200);
    let other =
        r#"daily_papers_graphql_operations_total{operation="other",type="query",outcome="succeeded"}"#;
    assert_eq!(value(&text, other), Some(10.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn response_cache_lookups_are_counted() {
    let stack = measured().await;
    stack.set("ANSWER_CACHE_SECONDS", "3600");
    let server = stack.serve().await;
    let lookups =
        |result: &str| format!("daily_papers_graphql_response_cache_lookups_total{{result=\"{result}\"}}");
    until(&server, &lookups("hit"), 0.0).await;
    // The worker's first minute may change something meanwhile, which ends what is kept.
    let asked = eventually("a response is kept", || async {
        server.client().get("{ feed { period } }").await;
        let text = scrape(&server).await;
        let (hits, misses) =
            (value(&text, &lookups("hit")).unwrap(), value(&text, &lookups("miss")).unwrap());
        (hits > 0.0).then_some(hits + misses)
    })
    .await;
    // With a token nobody looks.
    server.client_with(&stack.token("ada", None)).get("{ feed { period } }").await;
    let text = scrape(&server).await;
    let all = value(&text, &lookups("hit")).unwrap() + value(&text, &lookups("miss")).unwrap();
    assert_eq!(all.to_string(), asked.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_jobs_and_smtp_replies_are_counted() {
    let stack = measured().await;
    let server = stack.serve().await;
    ask(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    until(&server, r#"daily_papers_deliveries_total{kind="confirmation",status="sent"}"#, 1.0).await;
    let done = r#"daily_papers_jobs_total{name="send-transactional",outcome="done"}"#;
    eventually("the job is counted", || async {
        (value(&scrape(&server).await, done)? >= 1.0).then_some(())
    })
    .await;
    let text = scrape(&server).await;
    for (series, expected) in [
        (r#"daily_papers_smtp_replies_total{class="2xx"}"#, 1.0),
        (r#"daily_papers_smtp_replies_total{class="5xx"}"#, 0.0),
        (r#"daily_papers_delivery_attempt_duration_seconds_count{kind="confirmation"}"#, 1.0),
        (r#"daily_papers_jobs_total{name="send-transactional",outcome="failed"}"#, 0.0),
    ] {
        assert_eq!(value(&text, series), Some(expected), "{series} in:\n{text}");
    }
    for access in ["read", "write"] {
        let executed =
            format!("daily_papers_database_statement_duration_seconds_count{{access=\"{access}\"}}");
        assert!(value(&text, &executed).unwrap() > 0.0, "{text}");
        let waited = format!("daily_papers_database_connection_wait_seconds_count{{access=\"{access}\"}}");
        assert!(value(&text, &waited).unwrap() > 0.0, "{text}");
    }
    assert!(!text.contains("example.org") && !text.contains("ada"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn queue_depth_is_measured() {
    let stack = measured().await;
    let server = stack.serve().await;
    until(&server, r#"daily_papers_queue_due_deliveries{lane="transactional"}"#, 0.0).await;
    stack.smtp.script(|step| match step {
        Step::Rcpt(_) => Reaction::Say("451 4.3.0 not now"),
        _ => Reaction::Take,
    });
    server.client().ok(SUBSCRIBE, json!({ "input": { "email": "ada@example.org" } })).await;
    until(&server, r#"daily_papers_deliveries_total{kind="confirmation",status="deferred"}"#, 1.0).await;
    until(&server, r#"daily_papers_smtp_replies_total{class="4xx"}"#, 1.0).await;
    until(&server, r#"daily_papers_queue_waiting_deliveries{lane="transactional"}"#, 1.0).await;
    until(&server, r#"daily_papers_queue_due_deliveries{lane="transactional"}"#, 0.0).await;
    until(&server, "daily_papers_workers", 1.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_age_of_the_oldest_due_delivery_is_measured() {
    let stack = measured().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    let admin = server.client_with(&stack.token("root", Some("--admin")));
    subscribe(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    admin.get("mutation { pauseSending(reason: \"stop\") { userErrors { code } } }").await;
    import_day(&stack, "2026-01-07", 10..12);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    until(&server, r#"daily_papers_queue_due_deliveries{lane="digests"}"#, 1.0).await;
    stack.advance(TimeDelta::minutes(10)).await;
    let age = eventually("the digest is older", || async {
        let age =
            value(&scrape(&server).await, r#"daily_papers_queue_oldest_due_age_seconds{lane="digests"}"#);
        age.filter(|age| *age >= 600.0)
    })
    .await;
    assert!(age < 3_600.0, "{age}");
    let text = scrape(&server).await;
    for (series, expected) in [
        (r#"daily_papers_queue_waiting_deliveries{lane="digests"}"#, 1.0),
        (r#"daily_papers_queue_oldest_due_age_seconds{lane="transactional"}"#, 0.0),
        (r#"daily_papers_circuits_open{scope="all"}"#, 0.0),
        (r#"daily_papers_deliveries_total{kind="digest",status="sent"}"#, 1.0),
        ("daily_papers_database_up", 1.0),
    ] {
        assert_eq!(value(&text, series), Some(expected), "{series} in:\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn live_subscribers_are_counted() {
    let stack = measured().await;
    let server = stack.serve().await;
    until(&server, "daily_papers_live_subscribers", 0.0).await;
    let mut socket = Socket::ready(&server, None).await;
    socket.subscribe("1", "subscription { paperFeatured { title } }", json!({})).await;
    until(&server, "daily_papers_live_subscribers", 1.0).await;
    drop(socket);
    until(&server, "daily_papers_live_subscribers", 0.0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_off_by_default_and_not_on_the_public_address() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    assert!(!server.log().contains("Metrics"), "{}", server.log());
    assert_eq!(reqwest::get(server.url("/metrics")).await.unwrap().status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_or_taken_metrics_address_prevents_the_start() {
    let stack = Stack::new().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (setting, complaint) in [("nowhere", "127.0.0.1:9464"), (&address, "in use")] {
        stack.set("METRICS_LISTEN", setting);
        let output = stack.run(&["serve"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.contains("metrics_listen") && said.contains(setting) && said.contains(complaint),
            "{said}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_dashboard_names_only_metrics_that_exist() {
    let text = std::fs::read_to_string(project().join("docs/grafana-dashboard.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
    let known: BTreeSet<String> = documented().into_iter().map(|(name, _)| name).collect();
    let mut named = BTreeSet::new();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    for expression in targets.map(|target| target["expr"].as_str().unwrap()) {
        let words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let metrics: Vec<&str> = words.filter(|word| is_metric(word)).collect();
        assert!(!metrics.is_empty(), "no metric in {expression}");
        named.extend(metrics.into_iter().map(|name| base_of(name, &known).to_owned()));
    }
    let unknown: Vec<&String> = named.difference(&known).collect();
    assert!(unknown.is_empty(), "no such metrics: {unknown:?}");
}

fn is_metric(word: &str) -> bool {
    word.starts_with("daily_papers_") || word.starts_with("process_")
}

/// The histogram that a series belongs to, or the name itself.
fn base_of<'a>(name: &'a str, known: &BTreeSet<String>) -> &'a str {
    let base = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
    base.filter(|base| known.contains(*base)).unwrap_or(name)
}
