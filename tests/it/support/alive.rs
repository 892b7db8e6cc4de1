//! Whether a server says that it lives while something happens to it.
//!
//! Held against a server beside it to which nothing happens: a machine that is busy makes both slow, and only what holds
//! the threads that serve makes one slow.

use std::time::{Duration, Instant};

use tokio::sync::watch::{Receiver, channel};

use super::{MAX_WAIT, Process, Stack};

/// How much longer than the slowest one of the server beside nearly every sign of life may take.
const LATE_AFTER: Duration = Duration::from_secs(1);

/// How many may take longer than that: a busy machine may pass over a server for a moment.
const MAX_LATE_RESPONSES: usize = 2;

/// How much longer even those may take.
const MAX_DELAY: Duration = Duration::from_secs(5);

/// Does `work`, and asks all the while whether `server` lives: each answer comes at once.
pub async fn alive_during<T>(server: &Process, work: impl Future<Output = T>) -> T {
    let beside = Stack::new().await;
    let beside = beside.serve().await;
    let (over, done) = channel(false);
    let [asked, asked_beside] =
        [server, &beside].map(|server| tokio::spawn(times(server.url("/health/live"), done.clone())));
    let result = work.await;
    over.send(true).unwrap();
    let (asked, beside) = (asked.await.unwrap(), asked_beside.await.unwrap());
    let longest = |times: &[Duration]| times.iter().max().copied().unwrap_or_default();
    let (slowest, beside) = (longest(&asked), longest(&beside));
    let late = asked.iter().filter(|&&time| time > beside + LATE_AFTER).count();
    let said = format!("{late} of {} were late, {slowest:?}; {beside:?} where nothing happens", asked.len());
    assert!(late <= MAX_LATE_RESPONSES && slowest < beside + MAX_DELAY, "{said}");
    result
}

/// How long a server took to answer each time, until `done`.
async fn times(url: String, mut done: Receiver<bool>) -> Vec<Duration> {
    let client = reqwest::Client::builder().timeout(MAX_WAIT).build().unwrap();
    let mut times = Vec::new();
    while !*done.borrow_and_update() {
        let start = Instant::now();
        assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
        times.push(start.elapsed());
        tokio::task::yield_now().await;
    }
    times
}
