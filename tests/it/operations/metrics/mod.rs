//! Metrics as Prometheus scrapes them: exactly the documented ones, with the expected values.

mod deliveries;
mod documents;
mod production;
mod requests;

use std::net::TcpListener;

use crate::support::{Process, Stack, eventually};

/// A stack whose processes serve metrics.
async fn stack_with_metrics() -> Stack {
    let stack = Stack::new().await;
    stack.set("METRICS_LISTEN", "127.0.0.1:0");
    stack
}

/// The address of the metrics of a process, as it printed it.
pub fn metrics_url(process: &Process) -> String {
    let said = process.log();
    let line = said.lines().find_map(|line| line.trim().strip_prefix("Metrics "));
    line.unwrap_or_else(|| panic!("the process serves no metrics:\n{said}")).trim().to_owned()
}

pub async fn scrape(process: &Process) -> String {
    let response = reqwest::get(metrics_url(process)).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    response.text().await.unwrap()
}

/// The value of a series in a scrape.
pub fn value(scrape: &str, series: &str) -> Option<f64> {
    let line = scrape.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
    Some(line.parse().unwrap())
}

/// Scrapes until a series has a value.
async fn wait_for_value(process: &Process, series: &str, expected: f64) {
    eventually(&format!("{series} {expected}"), || async {
        (value(&scrape(process).await, series) == Some(expected)).then_some(())
    })
    .await;
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
