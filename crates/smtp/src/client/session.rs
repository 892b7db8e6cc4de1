//! A conversation with a mail server: RFC 5321, with pipelining (RFC 2920) if the server offers it.
//!
//! Every command has the time that the settings give it, by the proportions of RFC 5321 section 4.5.3.2, and every reply
//! is judged by the command that it answers. Three things always hold:
//!
//! - A message is handed over only after MAIL, RCPT and DATA were all taken and the gate is still open.
//! - Before the final dot has left, nothing happened to the message. Once it has, everything but a clear answer is
//!   doubt.
//! - After anything that leaves the two sides with different ideas of where they are, the conversation is over: it
//!   takes no further message.

use std::fmt::Write as _;

use async_trait::async_trait;

use crate::redact::redacted;
use crate::transport::{Attempt, Command, Defect, Gate, MailSession, OutgoingMail, Reply};

use super::capabilities::Capabilities;
use super::connection::Connection;
use super::data::Data;
use super::expect::{go_ahead, positive};
use super::handshake::{Handshake, Timeouts, begin};

/// Octets of a piece.
const PIECE_OCTETS: usize = 65_536;

/// Octets of an address in angle brackets. RFC 5321 section 4.5.3.1.3.
const MAX_PATH_OCTETS: usize = 256;

/// Messages that go over one connection; servers have limits, and this is below those of the large ones.
const MAX_MESSAGES: u32 = 500;

/// A conversation that takes mail.
pub(super) struct Session {
    connection: Connection,
    server: Capabilities,
    timeouts: Timeouts,
    carried: u32,
    is_over: bool,
}

impl Session {
    /// Begins a conversation.
    pub(super) async fn open(connection: Connection, handshake: &Handshake<'_>) -> Result<Self, Attempt> {
        let (connection, server) = begin(connection, handshake).await?;
        Ok(Self { connection, server, timeouts: handshake.timeouts, carried: 0, is_over: false })
    }

    async fn hand_over(&mut self, mail: &OutgoingMail, gate: &dyn Gate) -> Result<Reply, Attempt> {
        let data = Data::new(&mail.octets);
        let envelope = self.envelope(mail, data.size)?;
        if !gate.is_open() {
            return Err(Attempt::Withdrawn);
        }
        self.expect_quiet(Command::Mail)?;
        if self.server.pipelining {
            self.ask_at_once(&envelope).await?;
        } else {
            self.ask_one_by_one(&envelope, gate).await?;
        }
        if !gate.is_open() {
            // The server waits for a message now, and takes all that comes for one, until it is cut off.
            self.is_over = true;
            return Err(Attempt::Withdrawn);
        }
        self.expect_quiet(Command::Data)?;
        self.write_message(&data.octets).await?;
        let raw = self.connection.reply(self.timeouts.dot).await.map_err(Attempt::InDoubt)?;
        match raw.reply() {
            reply if raw.is_positive() => Ok(reply),
            reply if raw.is_refusal() => Err(Attempt::Refused(Command::Dot, reply)),
            reply => Err(Attempt::InDoubt(format!("the server wrote an answer to something else: {reply}"))),
        }
    }

    /// MAIL, RCPT and DATA for a message of this size.
    fn envelope(&self, mail: &OutgoingMail, size: u64) -> Result<[String; 3], Attempt> {
        let server = &self.server;
        if let Some(limit) = server.largest.filter(|&limit| size > limit) {
            let problem = format!("{size} octets, and the server takes {limit} at most");
            return Err(Attempt::Unfit(Defect::Size, problem));
        }
        for address in [&mail.sender, &mail.recipient] {
            if address.len() + 2 > MAX_PATH_OCTETS || address.chars().any(char::is_control) {
                let problem = format!("no address that can go over the wire: {}", redacted(address));
                return Err(Attempt::Unfit(Defect::Address, problem));
            }
        }
        let mut parameters = String::new();
        if server.size {
            // Writing to a String cannot fail.
            let _ = write!(parameters, " SIZE={size}");
        }
        if server.eight_bit_mime && !mail.octets.is_ascii() {
            parameters.push_str(" BODY=8BITMIME");
        }
        if !mail.sender.is_ascii() || !mail.recipient.is_ascii() {
            if !server.smtp_utf8 {
                let problem = "an address that is not ASCII, and a server without SMTPUTF8";
                return Err(Attempt::Unfit(Defect::Address, problem.to_owned()));
            }
            parameters.push_str(" SMTPUTF8");
        }
        Ok([
            format!("MAIL FROM:<{}>{parameters}\r\n", mail.sender),
            format!("RCPT TO:<{}>\r\n", mail.recipient),
            "DATA\r\n".to_owned(),
        ])
    }

    /// MAIL, RCPT and DATA, each after the answer to the one before.
    async fn ask_one_by_one(
        &mut self,
        [mail, rcpt, data]: &[String; 3],
        gate: &dyn Gate,
    ) -> Result<(), Attempt> {
        for (command, line) in [(Command::Mail, mail), (Command::Rcpt, rcpt)] {
            self.write(command, line).await?;
            positive(command, self.connection.reply(self.timeouts.step).await)?;
        }
        if !gate.is_open() {
            self.reset().await;
            return Err(Attempt::Withdrawn);
        }
        self.write(Command::Data, data).await?;
        go_ahead(self.connection.reply(self.timeouts.data).await)
    }

    /// MAIL, RCPT and DATA in one write. All three answers come, and are read, also after a refusal.
    async fn ask_at_once(&mut self, envelope: &[String; 3]) -> Result<(), Attempt> {
        self.write(Command::Mail, &envelope.concat()).await?;
        let Timeouts { step, data, .. } = self.timeouts;
        let (mut taken, mut refused) = (Vec::with_capacity(3), None);
        for (command, limit) in [(Command::Mail, step), (Command::Rcpt, step), (Command::Data, data)] {
            let answer = self.connection.reply(limit).await;
            let judged = match command {
                Command::Data => go_ahead(answer),
                _ => positive(command, answer).map(drop),
            };
            let Err(attempt) = judged else {
                taken.push(command);
                continue;
            };
            self.is_over |= ends(&attempt);
            // The first refusal is the one that counts: the others follow from it.
            let first = refused.get_or_insert(attempt);
            if self.is_over {
                return Err(first.clone());
            }
        }
        let Some(refused) = refused else { return Ok(()) };
        if taken.contains(&Command::Data) {
            self.end_empty(taken.contains(&Command::Rcpt)).await;
        }
        Err(refused)
    }

    fn expect_quiet(&self, command: Command) -> Result<(), Attempt> {
        let problem = || Attempt::Broken(command, "the server wrote an answer to nothing".to_owned());
        self.connection.is_quiet().then_some(()).ok_or_else(problem)
    }

    /// Ends the message that a server waits for though it refused the sender or the recipient: by a final dot, so
    /// that nobody gets anything. RFC 2920 section 3.1. A server that did take a recipient could deliver the nothing
    /// that this is; it is cut off.
    async fn end_empty(&mut self, has_recipient: bool) {
        let is_ended = !has_recipient
            && self.connection.write(b".\r\n", self.timeouts.step).await.is_ok()
            && self.connection.reply(self.timeouts.dot).await.is_ok_and(|raw| raw.code != 421);
        self.is_over |= !is_ended;
    }

    async fn write(&mut self, command: Command, lines: &str) -> Result<(), Attempt> {
        let written = self.connection.write(lines.as_bytes(), self.timeouts.step).await;
        written.map_err(|error| Attempt::Broken(command, error))
    }

    async fn write_message(&mut self, octets: &[u8]) -> Result<(), Attempt> {
        for piece in octets.chunks(PIECE_OCTETS) {
            if let Err(error) = self.connection.write(piece, self.timeouts.piece).await {
                self.is_over = true;
                // A server that hangs up may have said why.
                return Err(match self.connection.reply(self.timeouts.end).await {
                    Ok(raw) if raw.is_refusal() => Attempt::Refused(Command::Dot, raw.reply()),
                    _ => Attempt::Broken(Command::Dot, error),
                });
            }
        }
        Ok(())
    }

    /// Clears what is left of a transaction that was given up.
    async fn reset(&mut self) {
        let is_reset = self.connection.write(b"RSET\r\n", self.timeouts.step).await.is_ok()
            && self.connection.reply(self.timeouts.step).await.is_ok_and(|raw| raw.is_positive());
        self.is_over |= !is_reset;
    }
}

#[async_trait]
impl MailSession for Session {
    fn takes_more(&self) -> bool {
        !self.is_over && self.carried < MAX_MESSAGES
    }

    async fn send(&mut self, mail: &OutgoingMail, gate: &dyn Gate) -> Attempt {
        match self.hand_over(mail, gate).await {
            Ok(reply) => {
                self.carried += 1;
                Attempt::Accepted(reply)
            }
            Err(attempt) => {
                self.is_over |= ends(&attempt);
                if !self.is_over && matches!(attempt, Attempt::Refused(..)) {
                    self.reset().await;
                }
                attempt
            }
        }
    }

    async fn close(&mut self) {
        if !std::mem::replace(&mut self.is_over, true)
            && self.connection.write(b"QUIT\r\n", self.timeouts.end).await.is_ok()
        {
            let _ = self.connection.reply(self.timeouts.end).await;
        }
    }
}

/// Whether nothing more can be said after this: RFC 5321 section 3.8, or both sides are not if the other thinks.
fn ends(attempt: &Attempt) -> bool {
    match attempt {
        Attempt::Broken(..) | Attempt::InDoubt(_) => true,
        Attempt::Refused(_, reply) => reply.code == 421,
        Attempt::Accepted(_) | Attempt::Unfit(..) | Attempt::Withdrawn => false,
    }
}
