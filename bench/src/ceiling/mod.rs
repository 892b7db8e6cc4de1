//! The ceiling: what actix, sqlx and serde could do at best for the three operations, and for nothing else.
//!
//! One statement a level, prepared once a connection; rows are borrowed, not copied, and written as JSON straight
//! into the octets of the answer. Each worker has connections of its own, so that what the database sends wakes
//! the thread that waits for it. Its answers are those of the service, octet for octet: the driver compares them.

mod answer;
mod connections;
mod feed;
mod paper;
mod server;
mod threads;

pub use server::{Arguments, run};
