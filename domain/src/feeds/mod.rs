//! Feeds: the days that have papers ([`read`]) and the order in which features and digests are recorded
//! ([`commit_order`], the feed clock), and which days are complete ([`completeness`]).
//!
//! A feed day is a day of the [`crate::calendar`]; a paper is put on it by [`crate::papers::feature`].

pub mod commit_order;
pub mod completeness;
pub mod read;
