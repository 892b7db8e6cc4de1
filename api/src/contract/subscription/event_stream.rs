//! The events of the service, as one subscription hears them.

use domain::Services;
use domain::events::Event;
use futures::{Stream, stream};
use metrics::{Gauge, gauge};
use tokio::sync::broadcast::error::RecvError;

use crate::instruments::LIVE_SUBSCRIBERS;

/// What a subscription hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Something happened.
    Event(Event),
    /// More happened than the subscriber took in time: some of it is lost to this subscription.
    Missed,
}

/// All events from the call on.
pub(crate) fn events(services: &Services) -> impl Stream<Item = Heard> + Send + use<> {
    // Subscribed here, not when it is first polled: what happens in between is not missed.
    stream::unfold((services.events.subscribe(), Subscriber::new()), |(mut receiver, counted)| async move {
        match receiver.recv().await {
            Ok(event) => Some((Heard::Event(event), (receiver, counted))),
            Err(RecvError::Lagged(_)) => Some((Heard::Missed, (receiver, counted))),
            Err(RecvError::Closed) => None,
        }
    })
}

/// A subscription in the count of those that hear events, until it is dropped.
struct Subscriber(Gauge);

impl Subscriber {
    fn new() -> Self {
        let subscribers = gauge!(LIVE_SUBSCRIBERS);
        subscribers.increment(1);
        Self(subscribers)
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}
