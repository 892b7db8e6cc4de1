//! The seam to what carries mail: a transport opens sessions, a session takes one message after the
//! other and tells how far each got.

use std::fmt::{self, Debug};

use async_trait::async_trait;

use crate::redact::redacted;

/// A step of the conversation with a mail server, in its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Command {
    /// Connecting, TLS from the first octet, and the greeting.
    Connect,
    /// EHLO, or HELO if a server does not know it.
    Hello,
    /// STARTTLS, and the TLS that follows it.
    StartTls,
    /// AUTH.
    Auth,
    /// MAIL FROM.
    Mail,
    /// RCPT TO.
    Rcpt,
    /// DATA, up to the 354.
    Data,
    /// The message and its final dot.
    Dot,
}

/// What a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Three digits. RFC 5321 section 4.2.
    pub code: u16,
    /// The enhanced status code at the start of the text, such as 5.1.1. RFC 3463.
    pub enhanced: Option<(u8, u16, u16)>,
    /// The text, lines joined, the enhanced code included, addresses masked.
    pub text: String,
}

impl Reply {
    /// A reply taken apart.
    #[must_use]
    pub fn new(code: u16, text: &str) -> Self {
        let text = redacted(text);
        Self { code, enhanced: enhanced(&text), text }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code, self.text)
    }
}

fn enhanced(text: &str) -> Option<(u8, u16, u16)> {
    let word = text.split_whitespace().next()?;
    let mut parts = word.split('.');
    let class: u8 = parts.next()?.parse().ok().filter(|class| matches!(class, 2 | 4 | 5))?;
    let (subject, detail) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some((class, subject, detail))
}

/// Why a message cannot go by a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// It is larger than what the server takes.
    Size,
    /// An address of the envelope cannot be said to the server.
    Address,
}

/// How far a message got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The server took it.
    Accepted(Reply),
    /// The server refused a step.
    Refused(Command, Reply),
    /// It cannot go by this server at all; nothing was said of it.
    Unfit(Defect, String),
    /// The connection was lost, or the server fell silent, before the final dot was sent.
    Broken(Command, String),
    /// The final dot was sent and never answered: nobody can know.
    InDoubt(String),
    /// The gate closed before the message was handed over.
    Withdrawn,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(reply) => write!(f, "accepted: {reply}"),
            Self::Unfit(_, problem) => write!(f, "not sent: {problem}"),
            Self::Refused(command, reply) => write!(f, "refused at {command:?}: {reply}"),
            Self::Broken(command, error) => write!(f, "broken off at {command:?}: {error}"),
            Self::InDoubt(error) => write!(f, "in doubt: {error}"),
            Self::Withdrawn => f.write_str("withdrawn"),
        }
    }
}

/// Asked before MAIL and before the message is handed over: whether it may still go.
pub trait Gate: Send + Sync {
    /// Whether the message may still go.
    fn is_open(&self) -> bool;
}

/// A message ready to go to one recipient.
#[derive(Clone, Debug)]
pub struct OutgoingMail {
    /// Envelope sender.
    pub sender: String,
    /// Envelope recipient.
    pub recipient: String,
    /// A name for the message that stays the same in every attempt.
    pub name: String,
    /// The message, lines ended by CRLF.
    pub octets: Vec<u8>,
}

/// An open conversation.
#[async_trait]
pub trait MailSession: Send {
    /// Hands over one message.
    async fn send(&mut self, mail: &OutgoingMail, gate: &dyn Gate) -> Attempt;

    /// Whether it takes a further message.
    fn takes_more(&self) -> bool;

    /// Says good-bye.
    async fn close(&mut self);
}

/// Opens conversations.
#[async_trait]
pub trait MailTransport: Debug + Send + Sync {
    /// Opens a conversation.
    ///
    /// # Errors
    /// The attempt that failed: [`Attempt::Refused`] or [`Attempt::Broken`] at [`Command::Connect`] to
    /// [`Command::Auth`].
    async fn connect(&self) -> Result<Box<dyn MailSession>, Attempt>;

    /// Where mail goes, for people; without passwords.
    fn describe(&self) -> String;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn enhanced_codes_are_read_from_the_start_of_the_text() {
        assert_eq!(Reply::new(550, "5.1.1 no such user").enhanced, Some((5, 1, 1)));
        assert_eq!(Reply::new(421, "4.7.28 slow down").enhanced, Some((4, 7, 28)));
        assert_eq!(Reply::new(550, "no such user 5.1.1").enhanced, None);
        assert_eq!(Reply::new(250, "3.1.1 odd").enhanced, None);
        assert_eq!(Reply::new(550, "5.1.1.1 odd").enhanced, None);
        assert_eq!(Reply::new(550, "").enhanced, None);
    }
}
