//! Feeds: the days that have papers ([`read`]) and the clock that orders features and digests ([`clock`]).
//!
//! A feed day is a day of the [`crate::calendar`]; a paper is put on it by [`crate::papers::feature`].

pub mod clock;
pub mod read;
