//! What can be watched: a root field for each kind of event.
//!
//! An event holds ids; each field reads what they name anew, so that a subscriber sees what is so now and
//! nothing that is gone. The loaders keep nothing from one event to the next.

mod comments;
mod event_stream;
mod imports;
mod papers;

use async_graphql::MergedSubscription;

/// Live events. Events that a client misses because it is disconnected or too slow are not repeated; use queries to
/// read the current state.
#[derive(MergedSubscription, Default)]
pub struct Subscription(
    papers::PaperSubscription,
    comments::CommentSubscription,
    imports::ImportSubscription,
);
