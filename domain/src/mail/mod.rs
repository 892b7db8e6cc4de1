//! Mail: how messages are built, and the seam to whatever carries them.
//!
//! [`Letter`] becomes the octets of a message; [`render`] writes letters; [`MailTransport`] opens
//! conversations with a mail server ([`smtp`]) or with a folder ([`mod@file`]).

pub mod address;
pub mod file;
mod letter;
mod redact;
pub mod render;
pub mod smtp;
mod transport;

pub use letter::Letter;
pub use transport::{Attempt, Command, Gate, MailSession, MailTransport, OutgoingMail, Reply};
