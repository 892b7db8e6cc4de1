//! Support for the tests: a stack for each ([`stack`]), a scripted mail server
//! ([`smtp`]) that checks every mail ([`lint`]), servers to restart ([`servers`]), GraphQL clients ([`graphql`],
//! [`socket`]), papers ([`fixtures`]) and a site that serves them ([`papers_site`]), liveness ([`alive`]), programs in
//! other languages ([`tools`]).

pub mod alive;
pub mod fixtures;
pub mod graphql;
pub mod journey;
pub mod lint;
pub mod papers_site;
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

/// The maximum time that a test waits for a condition, long enough for a busy machine.
pub const MAX_WAIT: Duration = Duration::from_mins(3);

/// Waits until `check` answers a value.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, check: impl Fn() -> F) -> T {
    wait_for(check).await.unwrap_or_else(|| panic!("not within {MAX_WAIT:?}: {what}"))
}

/// Waits until `check` answers a value; `None` after [`MAX_WAIT`].
pub async fn wait_for<T, F: Future<Output = Option<T>>>(check: impl Fn() -> F) -> Option<T> {
    let start = Instant::now();
    while start.elapsed() < MAX_WAIT {
        let answer = check().await;
        if answer.is_some() {
            return answer;
        }
        // The pause between two checks.
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    None
}
