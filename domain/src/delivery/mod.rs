//! Mail on its way: every delivery from due to its end.
//!
//! The rows are the queue; [`crate::outbox`] and [`crate::digests`] write them. A [`post_office::PostOffice`] drains it: it
//! [`claim`]s a batch by lease, chooses the papers of digests ([`crate::digests::select`]), [`compose`]s the messages, hands
//! them to the mail server, [`classify`]es what it says and [`mod@record`]s each [`outcome`]. Every step is a
//! compare-and-set on (id, attempt), so a worker that was taken for dead changes nothing any more. Domains that refuse
//! what comes from here open a [`circuit`].

mod bag;
mod batches;
pub mod circuit;
mod claim;
pub mod classify;
mod compose;
mod courier;
mod hands;
mod holds;
mod ledger;
pub mod outcome;
pub mod post_office;
mod rate;
pub mod read;
pub mod record;
pub mod recover;
pub mod sending;
pub(crate) mod storm;
mod tally;
mod throttling;
