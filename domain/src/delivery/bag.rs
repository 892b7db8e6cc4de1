//! Messages that are ready and that no courier has taken up yet.
//!
//! A courier that waits for one has the bag meanwhile. So whoever wants what is left in it first sees to it that such a
//! courier goes: it does when the worker is to stop, and when it hears that nothing more comes.

use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

/// See the module.
#[derive(Debug)]
pub(super) struct Bag<T>(Mutex<mpsc::Receiver<T>>);

impl<T> Bag<T> {
    /// A bag with room for so many, and the way into it.
    pub(super) fn new(room: usize) -> (mpsc::Sender<T>, Self) {
        let (out, bag) = mpsc::channel(room);
        (out, Self(Mutex::new(bag)))
    }

    /// The next one; `None` where none comes any more, or the worker is to stop.
    pub(super) async fn next(&self, stop: &CancellationToken) -> Option<T> {
        let mut bag = self.0.lock().await;
        tokio::select! {
            biased;
            next = bag.recv() => next,
            () = stop.cancelled() => None,
        }
    }

    /// What no courier took up. It takes the way in, because nothing more may come.
    pub(super) async fn rest(&self, out: mpsc::Sender<T>) -> Vec<T> {
        drop(out);
        self.waiting().await
    }

    /// What is there, once no courier has the bag: to be asked for when the worker is to stop.
    pub(super) async fn waiting(&self) -> Vec<T> {
        let mut bag = self.0.lock().await;
        std::iter::from_fn(|| bag.try_recv().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::future::join;
    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn the_rest_does_not_wait_for_couriers_that_wait_for_more() {
        let (out, bag) = Bag::new(4);
        let stop = CancellationToken::new();
        out.send(1).await.unwrap();
        // They are there before the rest is asked for: one takes what there is, the other has the bag.
        let couriers = join(bag.next(&stop), bag.next(&stop));
        let both = join(couriers, bag.rest(out));
        let (taken, rest) = timeout(Duration::from_secs(3), both).await.unwrap();
        assert_eq!((taken, rest), ((Some(1), None), Vec::new()));
    }

    #[tokio::test]
    async fn what_waits_is_there_for_whoever_stops() {
        let (out, bag) = Bag::new(4);
        let stop = CancellationToken::new();
        let waiting = async {
            for message in 1..4 {
                out.send(message).await.unwrap();
            }
            stop.cancel();
            bag.waiting().await
        };
        let both = join(bag.next(&stop), waiting);
        let (taken, waiting) = timeout(Duration::from_secs(3), both).await.unwrap();
        assert_eq!((taken, waiting), (Some(1), vec![2, 3]));
    }
}
