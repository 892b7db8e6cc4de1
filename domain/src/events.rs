//! Live events: the interface through which changes are announced to listeners.
//!
//! An event holds ids alone. Anyone who hears it reads the rows again, so that nothing old is shown, and nothing
//! that may not be seen is carried. It is published after the commit of the change, and may be lost: the
//! rows are the truth, and a subscriber that was away asks for them. Publishing never waits and never fails.

use std::fmt::Debug;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

/// The number of events buffered for a slow subscriber, which is told if it loses more.
const BUFFER_SIZE: usize = 1_024;

/// Something that has happened. The form in which it travels between processes is that of serde: a name is
/// never given another meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// A paper was put on a feed.
    PaperFeatured {
        /// Row id of the paper.
        paper_id: i64,
    },
    /// A paper changed: its data, votes or comments.
    PaperChanged {
        /// Row id of the paper.
        paper_id: i64,
    },
    /// A comment was written.
    CommentAdded {
        /// Row id of the comment.
        comment_id: i64,
        /// Row id of the paper that it is on.
        paper_id: i64,
    },
    /// An import run began, went on or ended.
    ImportRunChanged {
        /// Row id of the run.
        import_run_id: i64,
    },
}

/// Carries events to those who are watching, in this process and in others.
#[async_trait]
pub trait EventBus: Debug + Send + Sync {
    /// Publishes `event`. Called after the commit of the change; never waits, never fails.
    fn publish(&self, event: Event);

    /// All events from here on, from any process.
    fn subscribe(&self) -> broadcast::Receiver<Event>;

    /// Waits until what was published has been handed on, or could not be. For processes that end.
    async fn flush(&self);
}

/// Carries events within one process. The adapter that connects processes hands on to one of these.
#[derive(Clone, Debug)]
pub struct LocalEvents(broadcast::Sender<Event>);

impl Default for LocalEvents {
    fn default() -> Self {
        Self(broadcast::Sender::new(BUFFER_SIZE))
    }
}

#[async_trait]
impl EventBus for LocalEvents {
    fn publish(&self, event: Event) {
        // An error says that nobody is watching.
        let _ = self.0.send(event);
    }

    fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }

    async fn flush(&self) {}
}
