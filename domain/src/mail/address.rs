//! E-mail addresses: what is taken for one, and the forms in which two are compared.
//!
//! An address is a mailbox of RFC 5321 section 4.1.2 in ASCII, its local part a dot-string, without a display
//! name and without an address literal. The domain is lower-cased, an international one becomes its A-labels (RFC 5890);
//! the local part is kept as typed.

use std::fmt;

use email_address::{EmailAddress, Options};

use crate::error::{UserError, UserErrorCode};

/// Characters in an address: the longest path of RFC 5321 section 4.5.3.1.3 without its brackets.
const MAX_ADDRESS: usize = 254;

/// An address that mail can be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    text: String,
    at: usize,
}

impl Address {
    /// Reads an address; `None` where the text is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@')?;
        // Quoted local parts are many spellings of one mailbox, and nobody has one.
        if !local.is_ascii() || local.len() > 64 || local.contains(['"', '\\']) {
            return None;
        }
        let url::Host::Domain(domain) = url::Host::parse(domain).ok()? else { return None };
        let domain = domain.trim_end_matches('.').to_ascii_lowercase();
        let text = format!("{local}@{domain}");
        let options = Options::default().without_display_text().without_domain_literal();
        let is_address = text.len() <= MAX_ADDRESS
            && EmailAddress::parse_with_options(&text, options).is_ok()
            && text.parse::<lettre::Address>().is_ok();
        is_address.then_some(Self { at: local.len(), text })
    }

    /// Reads an address that somebody typed into `field`.
    ///
    /// # Errors
    /// `INVALID` where the text is none.
    pub fn checked(text: &str, field: &[&str]) -> Result<Self, UserError> {
        let message = "This is no e-mail address such as ada@example.org.";
        Self::parse(text).ok_or_else(|| UserError::new(UserErrorCode::Invalid, field, message))
    }

    /// The address as mail is sent to it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The domain, lower-cased.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.text[self.at + 1..]
    }

    /// The form by which subscriptions are one: all lower-case.
    #[must_use]
    pub fn key(&self) -> String {
        self.text.to_lowercase()
    }

    /// The form by which mail to one mailbox is counted: tags after a plus cut off, and the dots that
    /// Gmail ignores.
    #[must_use]
    pub fn mailbox_key(&self) -> String {
        let key = self.key();
        let (local, domain) = (&key[..self.at], &key[self.at + 1..]);
        let untagged = local.split('+').next().filter(|head| !head.is_empty()).unwrap_or(local);
        if matches!(domain, "gmail.com" | "googlemail.com") {
            format!("{}@gmail.com", untagged.replace('.', ""))
        } else {
            format!("{untagged}@{domain}")
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// An address as it stands in logs: the first letter and the domain.
#[must_use]
pub fn masked(address: &str) -> String {
    match address.rsplit_once('@') {
        Some((local, domain)) => format!("{}***@{domain}", local.chars().next().unwrap_or_default()),
        None => "***".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Option<String> {
        Address::parse(text).map(|address| address.to_string())
    }

    #[test]
    fn addresses_keep_their_local_part() {
        for (text, address) in [
            ("Ada.Lovelace@Example.ORG", "Ada.Lovelace@example.org"),
            (" a+b@example.org ", "a+b@example.org"),
            ("me@localhost", "me@localhost"),
            ("x@bücher.example", "x@xn--bcher-kva.example"),
            ("o'brien@example.org", "o'brien@example.org"),
        ] {
            assert_eq!(parsed(text).as_deref(), Some(address));
        }
    }

    #[test]
    fn other_text_is_refused() {
        let long = format!("{}@example.org", "x".repeat(65));
        let longer = format!("x@{}.org", "y".repeat(300));
        for text in [
            "",
            "x",
            "@example.org",
            "x@",
            "a b@example.org",
            "x@exa mple.org",
            "Ada <ada@example.org>",
            "a@b\r\nBcc: c@example.org",
            "a\r\nBcc: c@example.org",
            "\"a\r\nb\"@example.org",
            "x@[127.0.0.1]",
            "x@127.0.0.1",
            "ä@example.org",
            "a@b@example.org",
            ".a@example.org",
            "a..b@example.org",
            long.as_str(),
            longer.as_str(),
        ] {
            assert_eq!(parsed(text), None, "{text:?}");
        }
    }

    #[test]
    fn one_mailbox_has_one_key() {
        let key = |text: &str| Address::parse(text).unwrap().mailbox_key();
        assert_eq!(key("A.da+papers@GMail.com"), "ada@gmail.com");
        assert_eq!(key("ada@googlemail.com"), "ada@gmail.com");
        assert_eq!(key("a.da+x@example.org"), "a.da@example.org");
        assert_eq!(key("+x@example.org"), "+x@example.org");
    }

    #[test]
    fn logs_do_not_tell_addresses() {
        assert_eq!(masked("ada@example.org"), "a***@example.org");
        assert_eq!(masked("nothing"), "***");
    }

    proptest! {
        #[test]
        fn an_address_is_one_line_of_ascii(text in "\\PC{0,40}@\\PC{0,40}") {
            if let Some(address) = Address::parse(&text) {
                prop_assert!(address.as_str().is_ascii());
                prop_assert!(!address.as_str().contains(['\r', '\n', '\0']));
                prop_assert_eq!(Address::parse(address.as_str()), Some(address.clone()));
                prop_assert_eq!(&address.as_str()[address.at..=address.at], "@");
            }
        }
    }
}
