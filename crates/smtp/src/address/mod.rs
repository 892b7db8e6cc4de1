//! E-mail addresses: what is taken for one, and the forms in which two are compared.
//!
//! An address is a mailbox of RFC 5321 section 4.1.2 in ASCII, its local part a dot-string, without an address literal.
//! The domain is lower-cased, an international one becomes its A-labels (RFC 5890); the local part is kept as typed.
//! What people copy along with an address ([`pasted`]) is left out. A domain is one that mail can be sent to: it
//! has a dot, and does not end in a name that is set aside (RFC 6761 and its registry).

mod pasted;

use std::fmt;

use email_address::{EmailAddress, Options};

use pasted::bare;

/// Characters in an address: the longest path of RFC 5321 section 4.5.3.1.3 without its brackets.
const MAX_ADDRESS: usize = 254;

/// Characters before the @. RFC 5321 section 4.5.3.1.1.
const MAX_LOCAL: usize = 64;

/// Characters of a label of a domain. RFC 1035 section 2.3.4.
const MAX_LABEL: usize = 63;

/// Characters that are read at all; nothing that is longer becomes an address.
const MAX_TEXT: usize = 1_024;

/// Last labels of names that the DNS of the internet does not have, and that are no examples: IANA, Special-Use Domain
/// Names, and what ICANN keeps for private use.
const UNREACHABLE: [&str; 8] =
    ["alt", "arpa", "internal", "invalid", "local", "localdomain", "localhost", "onion"];

/// An address that mail can be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    text: String,
    at: usize,
}

/// Why a text is no address that mail can be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressProblem {
    /// There is nothing.
    Empty,
    /// There is no @.
    NoAt,
    /// There are several.
    SeveralAts,
    /// Nothing stands before the @.
    NoLocal,
    /// Nothing stands behind it.
    NoDomain,
    /// There is a space, or a control character.
    Space,
    /// There is a %, which once had a mail server pass mail on.
    Percent,
    /// What stands before the @ has a letter that is not ASCII.
    International,
    /// What stands before the @ is otherwise none.
    Local,
    /// The address, or what stands before the @, is too long.
    Long,
    /// An IP address stands behind the @.
    Literal,
    /// The domain has no dot.
    NoDot,
    /// The domain is otherwise none.
    Domain,
    /// The domain ends in a name that mail cannot be sent to.
    Unreachable(&'static str),
}

impl std::error::Error for AddressProblem {}

impl fmt::Display for AddressProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Enter an e-mail address, such as ada@example.org.",
            Self::NoAt => "An e-mail address has an @, as in ada@example.org.",
            Self::SeveralAts => "An e-mail address has only one @, as in ada@example.org. Enter a single address.",
            Self::NoLocal => "The name before the @ is missing, as in ada@example.org.",
            Self::NoDomain => "The domain after the @ is missing, as in ada@example.org.",
            Self::Space => "An e-mail address has no spaces in it. Enter a single address, such as ada@example.org.",
            Self::Percent => "An e-mail address with a % in it is not accepted. Enter one such as ada@example.org.",
            Self::International => {
                "The part before the @ has a letter that is not one of a to z. Mail cannot be sent there from here."
            }
            Self::Local => "The part before the @ is not valid in an e-mail address. Check it for typing errors.",
            Self::Long => {
                return write!(
                    f,
                    "The e-mail address is too long: it has at most {MAX_ADDRESS} characters, and {MAX_LOCAL} before \
                     the @."
                );
            }
            Self::Literal => "After the @ stands the name of a domain, such as example.org, and not an IP address.",
            Self::NoDot => "The domain after the @ is not complete: it has a dot in it, as in example.org.",
            Self::Domain => "What stands after the @ is not a valid domain, such as example.org. Check it for typing errors.",
            Self::Unreachable(name) => {
                return write!(f, "Mail cannot be sent to domains that end in \"{name}\". Enter another address.");
            }
        })
    }
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

/// Whether a text can stand before the @. Quoted ones are many spellings of one mailbox, and nobody has one.
fn check_local(local: &str) -> Result<(), AddressProblem> {
    if local.is_empty() {
        return Err(AddressProblem::NoLocal);
    }
    if !local.is_ascii() {
        return Err(AddressProblem::International);
    }
    if local.contains('%') {
        return Err(AddressProblem::Percent);
    }
    if local.len() > MAX_LOCAL {
        return Err(AddressProblem::Long);
    }
    let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$&'*+-/=?^_`{|}~".contains(c);
    let is_dot_string = local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom));
    if is_dot_string { Ok(()) } else { Err(AddressProblem::Local) }
}

/// The domain of an address as it goes over the wire.
fn domain_name(typed: &str) -> Result<String, AddressProblem> {
    if typed.is_empty() {
        return Err(AddressProblem::NoDomain);
    }
    // What reads the name takes %70 for p.
    if typed.contains('%') {
        return Err(AddressProblem::Percent);
    }
    if typed.starts_with('[') {
        return Err(AddressProblem::Literal);
    }
    let domain = match url::Host::parse(typed) {
        Ok(url::Host::Domain(domain)) => domain.to_ascii_lowercase(),
        Ok(_) => return Err(AddressProblem::Literal),
        Err(_) => return Err(AddressProblem::Domain),
    };
    let is_label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if !domain.split('.').all(is_label) {
        return Err(AddressProblem::Domain);
    }
    let last = domain.rsplit('.').next().unwrap_or_default();
    if let Some(name) = UNREACHABLE.into_iter().find(|&name| name == last) {
        return Err(AddressProblem::Unreachable(name));
    }
    if last.len() == domain.len() {
        return Err(AddressProblem::NoDot);
    }
    Ok(domain)
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
