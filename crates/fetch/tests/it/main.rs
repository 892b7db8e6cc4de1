//! The client against sites on this machine that behave as they are told.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

mod documents;
mod faults;
mod redirects;
mod site;
mod statuses;
