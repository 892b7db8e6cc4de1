//! Addresses that people typed.

use smtp::Address;

use crate::error::{UserError, UserErrorCode};

/// Reads an address that somebody typed into `field`.
///
/// # Errors
/// `INVALID` if it is not one that mail can be sent to; the message says why.
pub fn typed_address(text: &str, field: &[&str]) -> Result<Address, UserError> {
    Address::read(text).map_err(|problem| UserError::new(UserErrorCode::Invalid, field, problem.to_string()))
}
