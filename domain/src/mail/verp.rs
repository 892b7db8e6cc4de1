//! The mark by which mail that comes back is known to be of a mail that went out: a token with a code over the
//! delivery and its Message-ID, in the envelope sender (variable envelope return path) and in a header.
//!
//! Anybody can write a message that says that an address bounced; nobody without the secret key can write the mark.

use crate::keys::Token;

/// The header that carries the token, which servers and complaints quote.
pub const HEADER: &str = "X-Delivery";

/// What the local part of an envelope sender begins with.
const PREFIX: &str = "b+";

/// What the local part of the address begins with that unsubscribes.
const LEAVING: &str = "u+";

/// The envelope sender of a delivery: 41 characters before the at, of the 64 that RFC 5321 section 4.5.3.1.1 allows.
#[must_use]
pub fn envelope_sender(token: &str, domain: &str) -> String {
    format!("{PREFIX}{token}@{domain}")
}

/// The address that unsubscribes who got a delivery. RFC 2369 section 3.2.
#[must_use]
pub fn leaving_address(token: &str, domain: &str) -> String {
    format!("{LEAVING}{token}@{domain}")
}

/// The token in an address of either kind.
#[must_use]
pub fn token_of_address(address: &str) -> Option<Token> {
    let (prefix, token) = parts(address)?;
    [PREFIX, LEAVING].iter().any(|known| prefix.eq_ignore_ascii_case(known)).then_some(())?;
    Token::parse(token)
}

/// Whether it is an address that unsubscribes.
#[must_use]
pub fn is_for_leaving(address: &str) -> bool {
    parts(address)
        .is_some_and(|(prefix, token)| prefix.eq_ignore_ascii_case(LEAVING) && Token::parse(token).is_some())
}

/// The local part of an address behind its first two characters, and those.
fn parts(address: &str) -> Option<(&str, &str)> {
    let (local, _) = address.trim().trim_start_matches('<').split_once('@')?;
    local.split_at_checked(PREFIX.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Keys, Purpose};

    #[test]
    fn the_verp_sender_is_short_enough_and_decodes() {
        let keys = Keys::parse("a key that is long enough for anyone").unwrap();
        let token = keys.token(Purpose::Returned, i64::MAX, "dp.x@example.org");
        let sender = envelope_sender(&token, "bounce.example.org");
        assert!(sender.find('@').unwrap() <= 64);
        for address in [sender.clone(), format!("<{sender}>"), sender.to_uppercase()] {
            assert_eq!(token_of_address(&address).unwrap().id, i64::MAX, "{address}");
            assert!(!is_for_leaving(&address));
        }
        let leaving = leaving_address(&token, "bounce.example.org");
        assert!(is_for_leaving(&leaving) && token_of_address(&leaving).unwrap().id == i64::MAX);
        for address in
            ["", "b+@x", "b", "é+x@example.org", "b+nonsense@example.org", "u+@x", "c+aaaa@example.org"]
        {
            assert!(token_of_address(address).is_none(), "{address}");
        }
    }
}
