//! Digests: planned, chosen and written.
//!
//! [`plan`] writes a delivery for every subscription that is due, by its [`crate::schedule`], as [`decide`] says;
//! [`select`] chooses the papers of each, [`render`] writes the letter. [`send_edition`] and [`cancel_edition`] are an
//! administrator's, [`preview`] and [`test_digest`] show one; [`tzdb`] recomputes the times when the rules of time
//! zones change.

pub(crate) mod batch_data;
pub mod cancel_edition;
pub(crate) mod content_cache;
mod decide;
pub mod plan;
pub mod preview;
pub mod render;
pub(crate) mod select;
pub mod send_edition;
pub mod test_digest;
pub mod tzdb;
