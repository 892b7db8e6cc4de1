//! Sending mail: every delivery, from due to its final outcome.
//!
//! The rows are the queue; [`crate::outbox`] and [`crate::digests`] write them. A [`QueueManager`] drains it: it
//! [`claim`]s a batch by lease, [`send`]s the messages over the connections of the mail server, and [`mod@record`]s how
//! each attempt ended. [`health`] keeps mail back that is refused: from a domain by its circuit breaker, from everyone
//! when bounces surge. Every step is a compare-and-set on (id, attempt), so a worker that was considered dead changes
//! nothing any more.
//!
//! [`QueueManager`]: send::queue_manager::QueueManager

pub mod claim;
pub mod health;
pub mod read;
pub mod record;
pub mod send;
