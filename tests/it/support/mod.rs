//! What the tests share: a place of its own for each ([`stack`]), a mail server that does as it is told
//! ([`smtp`]) and looks at every mail ([`lint`]), servers that it may restart ([`servers`]), GraphQL clients ([`graphql`],
//! [`socket`]), papers ([`fixtures`]), signs of life ([`alive`]), programs in other languages ([`tools`]).

pub mod alive;
pub mod fixtures;
pub mod graphql;
pub mod journey;
pub mod lint;
pub mod process;
pub mod returned;
pub mod servers;
pub mod smtp;
pub mod socket;
pub mod stack;
pub mod tools;

pub use graphql::Client;
pub use process::Process;
pub use smtp::{Mail, Reaction, SmtpServer, Step};
pub use stack::Stack;

use std::time::{Duration, Instant};

/// How long a test waits for what must come. Nothing is as slow; a machine that does other things may be.
pub const MAX_WAIT: Duration = Duration::from_mins(3);

/// Waits until `check` answers something.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, check: impl Fn() -> F) -> T {
    wait_for(check).await.unwrap_or_else(|| panic!("still not so after {MAX_WAIT:?}: {what}"))
}

/// Waits until `check` answers something; `None` if it never does.
pub async fn wait_for<T, F: Future<Output = Option<T>>>(check: impl Fn() -> F) -> Option<T> {
    let start = Instant::now();
    while start.elapsed() < MAX_WAIT {
        let answer = check().await;
        if answer.is_some() {
            return answer;
        }
        // The one pause between two looks at a condition.
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    None
}
