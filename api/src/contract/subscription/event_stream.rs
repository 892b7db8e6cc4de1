//! The events of the service, as one subscription hears them.

use domain::Services;
use domain::events::Event;
use futures::{Stream, stream};
use tokio::sync::broadcast::error::RecvError;

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
    stream::unfold(services.events.subscribe(), |mut receiver| async move {
        match receiver.recv().await {
            Ok(event) => Some((Heard::Event(event), receiver)),
            Err(RecvError::Lagged(_)) => Some((Heard::Missed, receiver)),
            Err(RecvError::Closed) => None,
        }
    })
}
