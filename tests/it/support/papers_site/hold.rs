//! Requests that are received and not answered until the test says so.

use tokio::sync::watch;

use super::super::MAX_WAIT;
use super::ReceivedRequest;

/// A request to come that is held. It is answered when this is dropped.
#[derive(Debug)]
pub struct Hold {
    reached: watch::Receiver<Option<ReceivedRequest>>,
    /// Holds the request as long as it exists.
    _release: watch::Sender<()>,
}

impl Hold {
    /// Waits until the request has arrived.
    pub async fn reached(&mut self) -> ReceivedRequest {
        let reached = tokio::time::timeout(MAX_WAIT, self.reached.wait_for(Option::is_some)).await;
        let reached = reached.unwrap_or_else(|_| panic!("no such request within {MAX_WAIT:?}"));
        reached.unwrap().clone().unwrap()
    }

    /// Whether the request has arrived.
    pub fn is_reached(&self) -> bool {
        self.reached.borrow().is_some()
    }

    /// Lets the request be answered.
    pub fn release(self) {
        drop(self);
    }
}

/// The holds whose requests have not arrived.
#[derive(Debug, Default)]
pub(super) struct HoldPlan(Vec<PlannedHold>);

#[derive(Debug)]
struct PlannedHold {
    /// Requests that come before.
    before: usize,
    gate: Gate,
}

/// What a held request waits at.
#[derive(Debug)]
pub(super) struct Gate {
    reached: watch::Sender<Option<ReceivedRequest>>,
    release: watch::Receiver<()>,
}

impl HoldPlan {
    /// Plans to hold the `number`-th request from now, from 1 on.
    pub(super) fn add(&mut self, number: usize) -> Hold {
        assert!(number > 0, "requests are counted from 1 on");
        let (reached_sender, reached) = watch::channel(None);
        let (release_sender, release) = watch::channel(());
        self.0.push(PlannedHold { before: number - 1, gate: Gate { reached: reached_sender, release } });
        Hold { reached, _release: release_sender }
    }

    /// Counts a request; if it is one to hold, the gate that it waits at.
    pub(super) fn count(&mut self) -> Option<Gate> {
        let due = self.0.iter().position(|hold| hold.before == 0).map(|index| self.0.remove(index).gate);
        for hold in &mut self.0 {
            hold.before = hold.before.saturating_sub(1);
        }
        due
    }
}

impl Gate {
    /// Says that the request has arrived, and waits until it is released.
    pub(super) async fn wait(mut self, request: ReceivedRequest) {
        self.reached.send_replace(Some(request));
        // The end of the sender is the release.
        while self.release.changed().await.is_ok() {}
    }
}
