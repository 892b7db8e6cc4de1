//! How attempts end: what the mail server said is judged ([`classify`]), collected ([`outcome_writer`]) and written
//! ([`mod@write`]).

pub mod classify;
pub mod outcome;
pub(crate) mod outcome_writer;
pub mod write;
