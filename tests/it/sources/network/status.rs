//! How sources stand, for administrators, and reading one at once.

use chrono::TimeDelta;
use serde_json::json;

use super::{advance, asked, feature, serve, stack_with_site, with_daily_papers};
use crate::support::eventually;
use crate::support::papers_site::Fault;

const SOURCES: &str = "{ admin { sources { name isScheduled lastReadAt lastAttemptAt nextAttemptAt problem
    parts { name latestDay papers lastReadAt lastAttemptAt nextAttemptAt problem } } } }";

const READ: &str = "mutation($name: SourceName!) { readSource(name: $name) {
    source { name isScheduled } userErrors { code field message } } }";

#[tokio::test(flavor = "multi_thread")]
async fn each_source_says_what_it_read_and_what_failed() {
    let (stack, site) = with_daily_papers().await;
    feature(&site, "2026-01-07", 1..4);
    let server = serve(&stack, &site).await;
    let admin = server.admin(&stack);
    let sources = admin.field(SOURCES).await["sources"].clone();
    let expected = json!({
        "name": "HF_DAILY", "isScheduled": true, "problem": null,
        "lastReadAt": "2026-01-07T12:00:00Z", "lastAttemptAt": "2026-01-07T12:00:00Z",
        "nextAttemptAt": "2026-01-07T12:15:00Z",
        "parts": [{
            "name": "days", "latestDay": "2026-01-07", "papers": 3, "problem": null,
            "lastReadAt": "2026-01-07T12:00:00Z", "lastAttemptAt": "2026-01-07T12:00:00Z",
            "nextAttemptAt": "2026-01-07T12:15:00Z",
        }],
    });
    assert_eq!(sources[0], expected);
    assert_eq!((&sources[1]["name"], &sources[1]["isScheduled"]), (&json!("ARXIV"), &json!(false)));
    site.fail(("/api/daily_papers", "2026-01-07"), Fault::HtmlInstead, 1);
    advance(&stack, &site, &server, TimeDelta::minutes(15)).await;
    let failing = admin.field(SOURCES).await["sources"][0].clone();
    assert!(failing["problem"].as_str().unwrap().contains("text/html"), "{failing}");
    assert_eq!(server.reader(&stack, "ada").field(SOURCES).await, json!(null), "administrators alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_has_a_source_read_at_once() {
    let (stack, site) = with_daily_papers().await;
    let server = serve(&stack, &site).await;
    let admin = server.admin(&stack);
    let before = asked(&site, "/api/daily_papers");
    feature(&site, "2026-01-07", 1..4);
    let read = admin.mutate(READ, json!({ "name": "HF_DAILY" })).await;
    assert_eq!(read["source"], json!({ "name": "HF_DAILY", "isScheduled": true }));
    eventually("it was read", || async {
        (stack.count("SELECT COUNT(*) FROM paper").await == 3).then_some(())
    })
    .await;
    assert!(asked(&site, "/api/daily_papers") > before);
    let not_scheduled = admin.mutate(READ, json!({ "name": "ARXIV" })).await;
    assert_eq!(not_scheduled["userErrors"][0]["code"], "CONFLICT");
    assert_eq!(stack.count("SELECT COUNT(*) FROM audit_entry WHERE action = 'readSource'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_in_the_settings_of_sources_are_told() {
    let (stack, _site) = stack_with_site().await;
    for (name, value, said) in [
        ("SOURCES", "huggingface", "neither hf-daily nor arxiv"),
        ("SOURCES", "arxiv", "requires arxiv_categories"),
        ("ARXIV_CATEGORIES", "cs.CL", "no effect unless sources lists arxiv"),
        ("HF_DAILY_HOURS", "late", "not a range of hours"),
        ("HF_DAILY_MINUTES", "0", "hf_daily_minutes must be"),
        ("ARXIV_OAI_URL", "oai", "not a web address"),
        ("SOURCE_CONTACT", "me", "neither a mail address nor a web address"),
    ] {
        stack.set(name, value);
        let refused = stack.refused(&["sources"]);
        assert!(refused.contains(said), "{refused}");
        stack.set(name, if name == "SOURCE_CONTACT" { "curator@example.org" } else { "" });
        if matches!(name, "HF_DAILY_HOURS" | "HF_DAILY_MINUTES" | "ARXIV_OAI_URL") {
            stack.set(name, "");
        }
    }
    stack.set("SOURCE_CONTACT", "");
    stack.set("SOURCES", "hf-daily");
    assert!(stack.refused(&["sources"]).contains("require source_contact"));
}
