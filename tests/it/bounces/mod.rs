//! Returned mail: bounces, complaints and replies, by the pipe of a mail server and over HTTP.

mod bounce_intake;
mod bounce_reports;
mod bounce_surges;
mod forged_bounces;
mod hostile_messages;
mod service_notices;

use serde_json::json;

use crate::support::fixtures::import_day;
use crate::support::journey::subscribe;
use crate::support::{Client, Mail, Process, Stack};

const TOKEN: &str = "a-token-that-is-long-enough-for-a-mail-server";

async fn stack_with_papers() -> (Stack, Process) {
    let stack = Stack::new().await;
    stack.set("BOUNCE_DOMAIN", "bounces.example.org");
    import_day(&stack, "2026-01-06", 1..16);
    let server = stack.serve().await;
    (stack, server)
}

/// The first digest of a new subscriber.
async fn digest(stack: &Stack, client: &Client, email: &str) -> Mail {
    subscribe(stack, client, json!({ "email": email })).await;
    let mail = stack.smtp.nth_to(email, 2).await;
    stack.settle().await;
    mail
}

/// Passes a message to the bounce command; answers the exit code.
fn pipe(stack: &Stack, message: &str) -> i32 {
    stack.pipe(&["bounce"], message.as_bytes()).status.code().unwrap()
}

/// The state of the subscription of an address, and why it is suppressed.
async fn state(stack: &Stack, email: &str) -> String {
    let sql = format!(
        "SELECT status || ' ' || COALESCE((SELECT reason FROM suppression \
         WHERE suppression.address_hash = subscription.address_hash), '-') \
         FROM subscription WHERE address_key = '{email}'"
    );
    stack.rows(&sql).await.join(",")
}

/// The states of the deliveries to an address, in their order.
async fn deliveries(stack: &Stack, email: &str) -> Vec<String> {
    stack.rows(&format!("SELECT status FROM delivery WHERE recipient = '{email}' ORDER BY id")).await
}
