//! Outcomes of attempts: replies of the mail server are classified ([`classify`]), collected ([`outcome_writer`]) and
//! recorded ([`mod@write`]).

pub mod classify;
pub mod outcome;
pub(crate) mod outcome_writer;
pub mod write;
