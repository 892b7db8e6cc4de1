//! Metrics against the documents: the table of metrics, and the dashboard.

use std::collections::BTreeSet;

use super::{scrape, stack_with_metrics, value};
use crate::support::eventually;
use crate::support::fixtures::import_day;
use crate::support::papers_site::PapersSite;
use crate::support::stack::project;

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
    let stack = stack_with_metrics().await;
    import_day(&stack, "2026-01-06", 1..4);
    let site = PapersSite::start();
    for (name, value) in [
        ("SOURCES", "hf-daily"),
        ("SOURCE_CONTACT", "curator@example.org"),
        ("HF_URL", &site.url("/")),
        ("SOURCE_PRIVATE_HOSTS", &site.host()),
        ("HF_PAUSE_SECONDS", "0"),
    ] {
        stack.set(name, value);
    }
    let server = stack.serve().await;
    server.client().get("query Latest { feed { period } }").await;
    // These are there once a job has run, once a source was read, and once the search index has all papers.
    let late = [
        "daily_papers_job_last_success_timestamp_seconds",
        "daily_papers_source_last_read_timestamp_seconds",
        "daily_papers_search_indexed_papers",
    ];
    let text = eventually("a job has run, a source was read, and papers are indexed", || async {
        let text = scrape(&server).await;
        late.iter().all(|name| text.contains(&format!("# TYPE {name} "))).then_some(text)
    })
    .await;
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
