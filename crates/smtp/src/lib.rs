//! Mail from an application to a mail server: addresses, messages, DKIM signatures, and the SMTP conversation.
//!
//! - [`Address`] is an address as people type or paste it, checked, and in the forms in which two are compared.
//! - [`Letter`] becomes the octets of a message, of [`Part`]s that many messages can share; [`DkimSigner`] signs it.
//! - [`MailTransport`] opens conversations and [`MailSession`] hands over one message after the other;
//!   [`SmtpTransport`] does so by SMTP.
//! - [`redacted`] and [`masked`] make of text and of addresses what may stand in a log.
//!
//! ```
//! use chrono::{TimeZone as _, Utc};
//! use smtp::{Address, Letter, Part, Sender};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sender = Sender { from: "Papers <papers@example.org>".parse()?, reply_to: None, dkim: None };
//! let letter = Letter {
//!     to: Address::read("Ada Lovelace <ada@Example.net>")?.to_string(),
//!     message_id: "1@example.org".to_owned(),
//!     date: Utc.timestamp_opt(0, 0).single().ok_or("no such time")?,
//!     subject: "Hello".to_owned(),
//!     headers: Vec::new(),
//!     text: Part::alone("Hello, Ada.\n".to_owned()),
//!     html: Part::alone("<p>Hello, Ada.</p>\n".to_owned()),
//! };
//! let message = String::from_utf8(letter.encode(&sender)?)?;
//! assert!(message.contains("To: ada@example.net\r\n"));
//! # Ok(())
//! # }
//! ```
//!
//! Always: a message that was handed over is accepted, refused, or in doubt, and never taken for one that was not sent;
//! what a server says is masked before anybody sees it; a password is in no error and no log.

mod address;
mod client;
mod dkim;
mod error;
mod message;
mod redact;
mod transport;

pub use address::{Address, AddressProblem, masked};
#[cfg(fuzzing)]
pub use client::fuzzing;
pub use client::{Authorities, Options, SettingNames, SmtpTransport};
pub use dkim::DkimSigner;
pub use error::{Error, Result};
pub use lettre::message::Mailbox;
pub use message::{Encoded, LIST_UNSUBSCRIBE, Letter, Part, Sender};
pub use redact::redacted;
pub use transport::{Attempt, Command, Defect, Gate, MailSession, MailTransport, OutgoingMail, Reply};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
