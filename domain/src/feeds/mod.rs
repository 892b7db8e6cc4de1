//! The feeds: which days have papers ([`read`]), and the clock that keeps features and digests in order ([`clock`]).
//!
//! A feed day is a day of the [`crate::calendar`]; a paper is put on it by [`crate::papers::feature`].

pub mod clock;
pub mod read;
