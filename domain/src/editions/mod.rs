//! The archive: one edition for each complete day, ISO week or month that has papers.

pub mod publish;
pub mod read;
pub(crate) mod subject;

use entity::edition;
use entity::enums::Cadence;

use crate::calendar::Period;
use crate::{Error, Result};

/// A cadence as it stands in addresses: daily, weekly, monthly.
#[must_use]
pub fn cadence_word(cadence: Cadence) -> &'static str {
    match cadence {
        Cadence::Daily => "daily",
        Cadence::Weekly => "weekly",
        Cadence::Monthly => "monthly",
    }
}

/// The cadence that a word of [`cadence_word`] names.
#[must_use]
pub fn parse_cadence(word: &str) -> Option<Cadence> {
    [Cadence::Daily, Cadence::Weekly, Cadence::Monthly]
        .into_iter()
        .find(|&cadence| cadence_word(cadence) == word)
}

/// The period of an edition.
///
/// # Errors
/// If the row contains an invalid period.
pub fn period(edition: &edition::Model) -> Result<Period> {
    edition.period.parse().map_err(Error::Internal)
}
