//! A part of a message in quoted-printable (RFC 2045 section 6.7): lines that many mails share, encoded once, and
//! behind them the lines that only its recipient gets.
//!
//! The encoding knows nothing beyond the end of a line, so lines that are encoded apart and put one behind the other
//! are what the whole would be. Digests that are alike differ in their last lines only; to encode and copy those is all
//! the work that one more of them is.

use std::sync::Arc;

use quoted_printable::ParseMode;

/// Whole lines in quoted-printable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Encoded(Vec<u8>);

impl Encoded {
    /// Encodes lines; the last one is ended if it is not.
    #[must_use]
    pub fn lines(text: &str) -> Self {
        let mut octets = encode(text);
        if !octets.is_empty() && !octets.ends_with(b"\n") {
            octets.extend_from_slice(b"\r\n");
        }
        Self(octets)
    }
}

/// Text whose lines end in LF or CRLF, encoded.
fn encode(text: &str) -> Vec<u8> {
    quoted_printable::encode(text.replace("\r\n", "\n").replace('\n', "\r\n"))
}

/// A part: lines that are shared, and behind them those of its recipient.
#[derive(Clone, Debug)]
pub struct Part {
    shared: Arc<Encoded>,
    own: String,
}

impl Part {
    /// Lines that are shared, and behind them those of one recipient.
    #[must_use]
    pub fn new(shared: &Arc<Encoded>, own: String) -> Self {
        Self { shared: Arc::clone(shared), own }
    }

    /// A part of which nothing is shared.
    #[must_use]
    pub fn alone(own: String) -> Self {
        Self { shared: Arc::default(), own }
    }

    /// The octets of the part.
    pub(super) fn encoded(&self) -> Vec<u8> {
        let own = encode(&self.own);
        let mut octets = Vec::with_capacity(self.shared.0.len() + own.len());
        octets.extend_from_slice(&self.shared.0);
        octets.extend_from_slice(&own);
        octets
    }

    /// What it says, for anyone who looks at it: lines that end in LF.
    #[must_use]
    pub fn read(&self) -> String {
        let octets = quoted_printable::decode(self.encoded(), ParseMode::Robust).unwrap_or_default();
        String::from_utf8_lossy(&octets).replace("\r\n", "\n")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn part(shared: &str, own: &str) -> Part {
        Part::new(&Arc::new(Encoded::lines(shared)), own.to_owned())
    }

    proptest! {
        #[test]
        fn parts_encoded_separately_equal_the_whole(
            shared in "([ -~\té=]{0,160}\n){0,6}",
            own in "([ -~\té=.]{0,160}\n){0,6}",
        ) {
            let whole = Part::alone(format!("{shared}{own}"));
            let part = part(&shared, &own);
            prop_assert_eq!(part.encoded(), whole.encoded());
            prop_assert_eq!(part.read(), format!("{shared}{own}"));
            let octets = String::from_utf8(part.encoded()).unwrap();
            prop_assert!(octets.is_empty() || octets.ends_with("\r\n"));
            for line in octets.split("\r\n") {
                prop_assert!(line.len() <= 76 && !line.ends_with([' ', '\t']) && !line.contains(['\r', '\n']));
            }
        }
    }

    #[test]
    fn recipient_specific_parts_start_on_a_new_line() {
        assert_eq!(part("a", "b\r\nc").encoded(), b"a\r\nb\r\nc");
        assert_eq!(part("", "").encoded(), b"");
        assert_eq!(part("-- \n", "ü=\n").encoded(), b"--=20\r\n=C3=BC=3D\r\n");
        assert_eq!(part("a\n", "b").read(), "a\nb");
    }
}
