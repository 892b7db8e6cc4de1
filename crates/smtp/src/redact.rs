//! What a mail server says, as it may be kept and logged.
//!
//! Servers like to repeat the address that they refuse. Neither logs nor what is kept of an erased
//! subscriber may hold it.

use crate::address::masked;

/// Characters that are kept.
const MAX_CHARS: usize = 500;

/// The text on one line, cut, its addresses masked.
#[must_use]
pub fn redacted(text: &str) -> String {
    let is_boundary = |letter: char| letter.is_whitespace() || "<>()[]{}\"',;:=`".contains(letter);
    let line: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let masked: String = line
        .split_inclusive(is_boundary)
        .map(|piece| {
            let word = piece.trim_end_matches(is_boundary);
            if word.contains('@') {
                format!("{}{}", masked(word), &piece[word.len()..])
            } else {
                piece.to_owned()
            }
        })
        .collect();
    masked.chars().take(MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::redacted;

    #[test]
    fn addresses_are_masked_anywhere_in_text() {
        for (said, kept) in [
            ("5.1.1 <ada@example.org>: Recipient rejected", "5.1.1 <a***@example.org>: Recipient rejected"),
            ("no mailbox for ada.b@example.org.", "no mailbox for a***@example.org."),
            ("rcpt=ada@example.org;bob@example.org", "rcpt=a***@example.org;b***@example.org"),
            ("4.2.0 later\r\nperhaps\0", "4.2.0 later  perhaps "),
            ("2.0.0 Ok", "2.0.0 Ok"),
        ] {
            assert_eq!(redacted(said), kept);
        }
        assert_eq!(redacted(&"é".repeat(600)).chars().count(), 500);
    }
}
