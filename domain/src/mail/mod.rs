//! Mail: how messages are built, and the seam to whatever carries them.
//!
//! [`Letter`] becomes the octets of a message, of [`Part`]s; [`MailTransport`] opens
//! conversations with a mail server ([`smtp`]) or with a folder ([`mod@file`]). [`dkim`] signs.

pub mod address;
pub mod dkim;
mod encoded_words;
pub mod file;
pub mod folder;
mod letter;
mod part;
mod pasted;
pub(crate) mod redact;
mod sender;
pub mod smtp;
mod transport;
pub mod verp;

pub use letter::{LIST_UNSUBSCRIBE, Letter};
pub use part::{Encoded, Part};
pub use sender::MailSettings;
pub use transport::{Attempt, Command, Defect, Gate, MailSession, MailTransport, OutgoingMail, Reply};
