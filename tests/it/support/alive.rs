//! Liveness of a server under load.
//!
//! Compared with an idle server beside it: a busy machine makes both slow, but work that blocks the serving threads
//! makes only one slow.

use std::time::{Duration, Instant};

use tokio::sync::watch::{Receiver, channel};

use super::{MAX_WAIT, Process, Stack};

/// The delay beyond the slowest response of the idle server from which a response counts as late.
const LATE_AFTER: Duration = Duration::from_secs(1);

/// The maximum of late responses: a busy machine may neglect a server for a moment.
const MAX_LATE_RESPONSES: usize = 2;

/// The maximum delay of late responses beyond those of the idle server.
const MAX_DELAY: Duration = Duration::from_secs(5);

/// Does `work`, and checks meanwhile that `server` answers its liveness endpoint at once.
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
    let said = format!("{late} of {} were late, {slowest:?}; the idle server: {beside:?}", asked.len());
    assert!(late <= MAX_LATE_RESPONSES && slowest < beside + MAX_DELAY, "{said}");
    result
}

/// The response times of a server, until `done`.
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
