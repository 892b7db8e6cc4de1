//! Digests: their papers, their send times, and what administrators do with editions.

mod cancel_and_retry;
mod digest_contents;
mod digest_schedule;
mod due_dates;
mod manual_editions;
mod paused_digests;
mod test_digests;

use serde_json::Value;

use crate::support::Client;
use crate::support::journey::own;

/// The digests of a subscriber: date, status, reason, edition and number of papers, the latest first.
async fn digests(client: &Client, token: &str) -> Vec<String> {
    let own = own(client, token).await.unwrap();
    let digests = own.deliveries.iter().filter(|delivery| delivery["kind"] == "DIGEST");
    digests
        .map(|delivery| {
            let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
            format!(
                "{} {} {} {} {}",
                text(&delivery["localDate"]),
                text(&delivery["status"]),
                text(&delivery["reason"]),
                text(&delivery["edition"]["period"]),
                delivery["papers"].as_array().unwrap().len()
            )
        })
        .collect()
}
