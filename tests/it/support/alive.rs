//! Whether a server says that it lives while something happens to it.
//!
//! Held against a server beside it to which nothing happens: a machine that is busy makes both slow, and only what holds
//! the threads that serve makes one slow.

use std::time::{Duration, Instant};

use tokio::sync::watch::{Receiver, channel};

use super::{Process, Stack};

/// How much longer a sign of life may take than that of the server beside.
const LONGER: Duration = Duration::from_secs(1);

/// Does `work`, and asks all the while whether `server` lives: each answer comes at once.
pub async fn alive_during<T>(server: &Process, work: impl Future<Output = T>) -> T {
    let beside = Stack::new().await;
    let beside = beside.serve().await;
    let (over, done) = channel(false);
    let [asked, asked_beside] =
        [server, &beside].map(|server| tokio::spawn(slowest(server.url("/health/live"), done.clone())));
    let result = work.await;
    over.send(true).unwrap();
    let (asked, asked_beside) = (asked.await.unwrap(), asked_beside.await.unwrap());
    assert!(asked < asked_beside + LONGER, "{asked:?}, and {asked_beside:?} where nothing happens");
    result
}

/// The longest that a server took to answer, until `done`.
async fn slowest(url: String, mut done: Receiver<bool>) -> Duration {
    let client = reqwest::Client::new();
    let mut slowest = Duration::ZERO;
    while !*done.borrow_and_update() {
        let start = Instant::now();
        assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
        slowest = slowest.max(start.elapsed());
        tokio::task::yield_now().await;
    }
    slowest
}
