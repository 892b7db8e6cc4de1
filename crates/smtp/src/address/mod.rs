//! E-mail addresses: what is taken for one, and the forms in which two are compared.
//!
//! An address is a mailbox of RFC 5321 section 4.1.2 in ASCII, its local part a dot-string, without an address literal.
//! The domain is lower-cased, an international one becomes its A-labels (RFC 5890); the local part is kept as typed.
//! What people copy along with an address ([`pasted`]) is left out. A domain is one that mail can be sent to: it
//! has a dot, and does not end in a name that is set aside (RFC 6761 and its registry).

mod parts;
mod pasted;
mod problem;

use std::fmt;

use email_address::{EmailAddress, Options};

use parts::{check_local, domain_name};
use pasted::bare;

pub use problem::AddressProblem;

/// Characters in an address: the longest path of RFC 5321 section 4.5.3.1.3 without its brackets.
const MAX_ADDRESS: usize = 254;

/// Characters that are read at all; nothing that is longer becomes an address.
const MAX_TEXT: usize = 1_024;

/// An address that mail can be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    text: String,
    at: usize,
}

impl Address {
    /// Reads an address; `None` if the text is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    /// Reads an address, or says what is wrong with it.
    ///
    /// # Errors
    /// What is wrong with it, for its owner.
    pub fn read(text: &str) -> Result<Self, AddressProblem> {
        if text.len() > MAX_TEXT {
            return Err(AddressProblem::Long);
        }
        let text = bare(text);
        if text.is_empty() {
            return Err(AddressProblem::Empty);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(AddressProblem::Space);
        }
        let (local, domain) = text.split_once('@').ok_or(AddressProblem::NoAt)?;
        if domain.contains('@') {
            return Err(AddressProblem::SeveralAts);
        }
        check_local(local)?;
        let text = format!("{local}@{}", domain_name(domain)?);
        if text.len() > MAX_ADDRESS {
            return Err(AddressProblem::Long);
        }
        let options = Options::default().without_display_text().without_domain_literal();
        if EmailAddress::parse_with_options(&text, options).is_err()
            || text.parse::<lettre::Address>().is_err()
        {
            return Err(AddressProblem::Local);
        }
        Ok(Self { at: local.len(), text })
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
            ("ada@EXAMPLE.test", "ada@example.test"),
            ("ada@mail.example", "ada@mail.example"),
            ("x@bücher.example", "x@xn--bcher-kva.example"),
            ("o'brien@example.org", "o'brien@example.org"),
        ] {
            assert_eq!(parsed(text).as_deref(), Some(address));
        }
    }

    #[test]
    fn invalid_text_is_refused() {
        let long = format!("{}@example.org", "x".repeat(65));
        let longer = format!("x@{}.org", "y".repeat(300));
        for text in [
            "",
            "x",
            "@example.org",
            "x@",
            "a b@example.org",
            "x@exa mple.org",
            "a@b\r\nBcc: c@example.org",
            "a\r\nBcc: c@example.org",
            "\"a\r\nb\"@example.org",
            "x@[127.0.0.1]",
            "x@127.0.0.1",
            "ä@example.org",
            "a@b@example.org",
            "a@b",
            "x@y",
            "foo@localhost",
            "foo@mail.localhost",
            "ada@printer.local",
            "ada@db.internal",
            "ada@example.invalid",
            "ada@abcdefghij.onion",
            "ada@1.0.0.10.in-addr.arpa",
            "ada@exam%70le.org",
            "ada%example.org@example.com",
            "ada@-example.org",
            "ada@exa_mple.org",
            "ada@example..org",
            "ada@.org",
            ".a@example.org",
            "a..b@example.org",
            long.as_str(),
            longer.as_str(),
        ] {
            assert_eq!(parsed(text), None, "{text:?}");
        }
    }

    #[test]
    fn errors_name_the_mistake() {
        for (text, problem) in [
            ("", AddressProblem::Empty),
            (" \u{200B} ", AddressProblem::Empty),
            ("example.org", AddressProblem::NoAt),
            ("ada@@example.org", AddressProblem::SeveralAts),
            ("ada@example.org;grace@example.org", AddressProblem::SeveralAts),
            ("ada@example.org, grace@example.org", AddressProblem::Space),
            ("@example.org", AddressProblem::NoLocal),
            ("ada@", AddressProblem::NoDomain),
            ("ada lovelace@example.org", AddressProblem::Space),
            ("ada@exam%70le.org", AddressProblem::Percent),
            ("ädä@example.org", AddressProblem::International),
            ("a..b@example.org", AddressProblem::Local),
            ("ada@[192.0.2.1]", AddressProblem::Literal),
            ("ada@192.0.2.1", AddressProblem::Literal),
            ("ada@example", AddressProblem::NoDot),
            ("ada@exa_mple.org", AddressProblem::Domain),
            ("ada@printer.local", AddressProblem::Unreachable("local")),
            ("ada@localhost", AddressProblem::Unreachable("localhost")),
        ] {
            let found = Address::read(text).unwrap_err();
            assert_eq!(found, problem, "{text:?}");
            let message = found.to_string();
            assert!(message.ends_with('.') && !message.contains("  "), "{message}");
        }
        let long = format!("{}@example.org", "x".repeat(65));
        assert_eq!(Address::read(&long), Err(AddressProblem::Long));
        assert_eq!(Address::read(&"x".repeat(100_000)), Err(AddressProblem::Long));
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
    fn log_output_masks_addresses() {
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
