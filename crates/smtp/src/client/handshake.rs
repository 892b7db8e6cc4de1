//! How a conversation begins: greeting, EHLO, STARTTLS (RFC 3207) and AUTH, up to where the server takes mail.
//!
//! A server that refuses EHLO is greeted by HELO, and offers nothing (RFC 5321 sections 3.2 and 4.1.1.1). One that offers
//! STARTTLS and refuses it goes on in the clear, unless TLS is insisted on.

use std::time::Duration;

use crate::transport::{Attempt, Command};

use super::auth::Credentials;
use super::capabilities::Capabilities;
use super::connection::{Connection, Identity};
use super::expect::{exactly, positive};
use super::reply::RawReply;

/// How long a server may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timeouts {
    /// The greeting, EHLO, STARTTLS, AUTH, MAIL, RCPT and RSET.
    pub(super) step: Duration,
    /// DATA up to the 354.
    pub(super) data: Duration,
    /// A piece of the message, up to its being taken.
    pub(super) piece: Duration,
    /// From the final dot to its reply.
    pub(super) dot: Duration,
    /// QUIT, and what a server may still say if it no longer takes the message. A lost good-bye harms nobody.
    pub(super) end: Duration,
}

impl Timeouts {
    /// In the proportions of RFC 5321 section 4.5.3.2, whose `step` has five minutes; `end` is ours.
    pub(super) fn of(step: Duration) -> Self {
        Self { step, data: step * 2 / 5, piece: step * 3 / 5, dot: step * 2, end: Duration::from_secs(2) }
    }
}

/// How a conversation begins.
#[derive(Clone)]
pub(super) struct Handshake<'a> {
    /// The name that EHLO says.
    pub(super) hello: &'a str,
    /// What becomes of STARTTLS.
    pub(super) start_tls: StartTls<'a>,
    pub(super) credentials: Option<&'a Credentials>,
    pub(super) timeouts: Timeouts,
}

/// What becomes of STARTTLS.
#[derive(Clone, Copy)]
pub(super) enum StartTls<'a> {
    /// Encrypted, or no mail.
    Required(&'a Identity),
    /// Encrypted if the server offers it.
    Offered(&'a Identity),
    /// It is not asked for.
    Unused,
}

/// Greets the server, and goes as far as it takes until it takes mail.
pub(super) async fn begin(
    mut connection: Connection,
    handshake: &Handshake<'_>,
) -> Result<(Connection, Capabilities), Attempt> {
    let timeouts = handshake.timeouts;
    positive(Command::Connect, connection.reply(timeouts.step).await)?;
    let mut server = hello(&mut connection, handshake).await?;
    let identity = match handshake.start_tls {
        StartTls::Required(_) if !server.start_tls => {
            let problem = "the server offers no STARTTLS, without which no mail is to go there";
            return Err(Attempt::Broken(Command::StartTls, problem.to_owned()));
        }
        StartTls::Required(identity) => Some(identity),
        StartTls::Offered(identity) => server.start_tls.then_some(identity),
        StartTls::Unused => None,
    };
    if let Some(identity) = identity {
        match say(&mut connection, Command::StartTls, "STARTTLS", timeouts.step).await {
            Ok(_) => {
                let broken = |error| Attempt::Broken(Command::StartTls, error);
                connection = connection.encrypted(identity, timeouts.step).await.map_err(broken)?;
                // What was said before counts no more. RFC 3207 section 4.2.
                server = hello(&mut connection, handshake).await?;
            }
            Err(Attempt::Refused(_, reply))
                if reply.code != 421 && matches!(handshake.start_tls, StartTls::Offered(_)) =>
            {
                tracing::warn!(%reply, "STARTTLS is offered and refused; mail goes unencrypted");
            }
            Err(attempt) => return Err(attempt),
        }
    }
    if let Some(credentials) = handshake.credentials {
        authenticate(&mut connection, &server, credentials, timeouts.step).await?;
    }
    Ok((connection, server))
}

async fn say(
    connection: &mut Connection,
    command: Command,
    line: &str,
    limit: Duration,
) -> Result<RawReply, Attempt> {
    let written = connection.write(format!("{line}\r\n").as_bytes(), limit).await;
    written.map_err(|error| Attempt::Broken(command, error))?;
    positive(command, connection.reply(limit).await)
}

async fn hello(connection: &mut Connection, handshake: &Handshake<'_>) -> Result<Capabilities, Attempt> {
    let (name, limit) = (handshake.hello, handshake.timeouts.step);
    match say(connection, Command::Hello, &format!("EHLO {name}"), limit).await {
        Ok(raw) => Ok(Capabilities::read(&raw.lines)),
        Err(Attempt::Refused(_, reply)) if reply.code >= 500 => {
            say(connection, Command::Hello, &format!("HELO {name}"), limit).await?;
            Ok(Capabilities::default())
        }
        Err(attempt) => Err(attempt),
    }
}

async fn authenticate(
    connection: &mut Connection,
    server: &Capabilities,
    credentials: &Credentials,
    limit: Duration,
) -> Result<(), Attempt> {
    let lines = credentials.lines(server).ok_or_else(|| {
        Attempt::Broken(Command::Auth, "the server offers neither AUTH PLAIN nor AUTH LOGIN".to_owned())
    })?;
    let last = lines.len() - 1;
    for (index, line) in lines.iter().enumerate() {
        let written = connection.write(format!("{line}\r\n").as_bytes(), limit).await;
        written.map_err(|error| Attempt::Broken(Command::Auth, error))?;
        let answer = connection.reply(limit).await;
        if index == last {
            positive(Command::Auth, answer)?;
        } else {
            exactly(334, Command::Auth, answer)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_timeout_gives_the_times_of_rfc_5321() {
        let standard = Timeouts {
            step: Duration::from_mins(5),
            data: Duration::from_mins(2),
            piece: Duration::from_mins(3),
            dot: Duration::from_mins(10),
            end: Duration::from_secs(2),
        };
        assert_eq!(Timeouts::of(Duration::from_mins(5)), standard);
    }
}
