//! The active queue: messages that are ready and not yet taken by a delivery agent.
//!
//! An agent that waits for a message holds the queue meanwhile. To take back what is left, the agent has to stop first:
//! it does when the worker stops, and when no further message comes.

use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

/// The queue between the queue manager and its agents.
#[derive(Debug)]
pub(crate) struct ActiveQueue<T>(Mutex<mpsc::Receiver<T>>);

impl<T> ActiveQueue<T> {
    /// A queue of this capacity, and its sender.
    pub(crate) fn new(room: usize) -> (mpsc::Sender<T>, Self) {
        let (out, active) = mpsc::channel(room);
        (out, Self(Mutex::new(active)))
    }

    /// The next one; `None` if none comes any more, or the worker is to stop.
    pub(crate) async fn next(&self, stop: &CancellationToken) -> Option<T> {
        let mut active = self.0.lock().await;
        tokio::select! {
            biased;
            next = active.recv() => next,
            () = stop.cancelled() => None,
        }
    }

    /// Closes the queue and returns the messages that no agent took up.
    pub(crate) async fn close_and_drain(&self, out: mpsc::Sender<T>) -> Vec<T> {
        drop(out);
        self.drain_waiting().await
    }

    /// Takes out what waits, once no agent holds the queue; for a worker that stops.
    pub(crate) async fn drain_waiting(&self) -> Vec<T> {
        let mut active = self.0.lock().await;
        std::iter::from_fn(|| active.try_recv().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::future::join;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn closing_the_queue_wakes_waiting_agents() {
        let (out, active) = ActiveQueue::new(4);
        let stop = CancellationToken::new();
        out.send(1).await.unwrap();
        // They are there before the rest is asked for: one takes what there is, the other has the queue.
        let agents = join(active.next(&stop), active.next(&stop));
        let both = join(agents, active.close_and_drain(out));
        let (taken, rest) = timeout(Duration::from_secs(3), both).await.unwrap();
        assert_eq!((taken, rest), ((Some(1), None), Vec::new()));
    }

    #[tokio::test]
    async fn waiting_messages_are_returned_when_the_queue_closes() {
        let (out, active) = ActiveQueue::new(4);
        let stop = CancellationToken::new();
        let waiting = async {
            for message in 1..4 {
                out.send(message).await.unwrap();
            }
            stop.cancel();
            active.drain_waiting().await
        };
        let both = join(active.next(&stop), waiting);
        let (taken, waiting) = timeout(Duration::from_secs(3), both).await.unwrap();
        assert_eq!((taken, waiting), (Some(1), vec![2, 3]));
    }
}
