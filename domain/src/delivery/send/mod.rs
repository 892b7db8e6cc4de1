//! Sending claimed deliveries: a [`queue_manager`] for each lane, [`agent`]s for its connections, at the [`rate`] that
//! an operator sets.

mod active_queue;
mod agent;
pub(crate) mod compose;
mod drain_run;
pub(crate) mod drain_timings;
mod lane_backoff;
pub mod queue_manager;
mod rate;
pub(crate) mod throttling;
