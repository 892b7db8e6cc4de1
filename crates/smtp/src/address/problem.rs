//! Why a text is not an address that mail can be sent to, in words for the person who typed it.

use std::fmt;

use super::MAX_ADDRESS;
use super::parts::MAX_LOCAL;

/// Why a text is not an address that mail can be sent to.
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
