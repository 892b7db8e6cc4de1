//! What needs Postgres and Redis: several processes, and a Redis that is not reliable.

mod postgres_connections;
mod redis_wake_ups;
mod several_workers;

use std::collections::HashMap;

use crate::support::Stack;

/// How many digests each recipient got, confirmations left out.
fn digests(stack: &Stack) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for mail in stack.smtp.mails() {
        if mail.header("List-Id").is_some() {
            *counts.entry(mail.recipient).or_default() += 1;
        }
    }
    counts
}
