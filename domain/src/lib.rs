//! The domain of Daily Papers, without HTTP, GraphQL or apalis.
//!
//! Functions are grouped by concept and take a connection and ids. The seams to the outside are few:
//! [`clock::Clock`], [`queue::JobQueue`], [`events::EventBus`] and [`smtp::MailTransport`]; everything else is
//! the database.
//! The rules that every part keeps stand in ARCHITECTURE.md: the rows are the queue, running anything
//! twice changes nothing the second time, all writes go through [`db::Db::write`].

pub mod accounts;
pub mod audit;
pub mod bounces;
pub mod calendar;
pub mod clock;
pub mod community;
pub mod delivery;
pub mod digests;
pub mod direction;
pub mod editions;
pub mod error;
pub mod events;
pub mod feeds;
pub mod gauges;
pub mod idempotency;
pub mod instruments;
pub mod keys;
pub mod locks;
pub mod mail;
pub mod offload;
pub mod outbox;
pub mod papers;
pub mod queue;
pub mod random;
pub mod retention;
pub mod schedule;
pub mod search;
mod services;
pub mod settings;
pub mod sources;
pub mod stats;
pub mod subscriptions;
pub mod wording;
pub mod workers;
pub mod zones;

pub use entity;
pub use error::{Error, Result};
pub use services::Services;

/// The database of this service: work that writes to it fails with its [`enum@Error`].
pub type Db = db::Db<Error>;
