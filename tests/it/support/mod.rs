//! What the tests share: a place of its own for each ([`stack`]), a mail server that does as it is told
//! ([`smtp`]) and looks at every mail ([`lint`]), servers that it may restart ([`servers`]), GraphQL clients ([`gql`],
//! [`socket`]), papers ([`fixtures`]), signs of life ([`alive`]), programs in other languages ([`tools`]).

pub mod alive;
pub mod fixtures;
pub mod gql;
pub mod journey;
pub mod lint;
pub mod returned;
pub mod servers;
pub mod smtp;
pub mod socket;
pub mod stack;
pub mod tools;

pub use gql::Client;
pub use smtp::{Mail, Reaction, SmtpServer, Step};
pub use stack::{Process, Stack};

use std::time::{Duration, Instant};

/// How long a test waits for what must come. Nothing is as slow; a machine that does other things may be.
pub const PATIENCE: Duration = Duration::from_mins(3);

/// Waits until `check` answers something.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, check: impl Fn() -> F) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = check().await {
            return value;
        }
        assert!(start.elapsed() < PATIENCE, "still not so after {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// A while, for what must not happen.
pub async fn quiet() {
    tokio::time::sleep(Duration::from_millis(400)).await;
}
