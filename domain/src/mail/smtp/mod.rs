//! Mail to a server by SMTP, by a client of our own.
//!
//! [`server`] reads where it goes; [`connection`] moves octets, under a time and with `TCP_NODELAY`, and [`reply`]
//! makes answers of them, which [`answer`] judges; [`tls`] knows whom to trust; [`opening`] and [`session`] are the conversation, with
//! [`capabilities`], [`auth`] and [`data`]. ADR-17 says why it is our own.

mod answer;
mod auth;
mod capabilities;
mod connection;
mod data;
#[cfg(fuzzing)]
pub mod fuzzing;
mod opening;
mod reply;
mod server;
mod session;
mod tls;
#[cfg(test)]
mod trials;

use std::time::Duration;

use async_trait::async_trait;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::ServerName;

use super::transport::{Attempt, Command, MailSession, MailTransport};

use connection::{Connection, Identity};
use opening::{Opening, Patience, StartTls};
use server::{Server, Tls};
use session::Session;
use tls::Trust;

pub use tls::Authorities;

/// Connecting, and the handshake of TLS from the first octet; each.
const CONNECT: Duration = Duration::from_secs(30);

/// A mail server.
#[derive(Clone)]
pub struct SmtpTransport {
    server: Server,
    identity: Identity,
    hello: String,
    patience: Patience,
}

impl std::fmt::Debug for SmtpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmtpTransport({})", self.describe())
    }
}

impl SmtpTransport {
    /// Reads `smtp://user:password@host:port` or `smtps://…`. The port is 465 for smtps, else 587 where
    /// there is a user and 25 where there is none. `?tls=required|offered|off` decides on STARTTLS for
    /// smtp; it is required where a password goes to another machine, else used where it is offered.
    /// `hello` is the name that EHLO says. `patience` is how long the server may take to answer a command; what takes
    /// longer, or less long, is in proportion to it (RFC 5321 section 4.5.3.2). `authorities` may vouch for the server
    /// where TLS is insisted on.
    ///
    /// # Errors
    /// What is wrong with the address, without repeating it.
    pub fn new(
        address: &str,
        hello: &str,
        patience: Duration,
        authorities: &Authorities,
    ) -> Result<Self, String> {
        let server = Server::parse(address)?;
        let name = ServerName::try_from(server.host.clone());
        let name = name.map_err(|_| "has a host that no certificate can name".to_owned())?;
        let trust = match server.tls {
            Tls::Implicit | Tls::Required => Trust::Authorities(authorities),
            // In the clear would do as well.
            Tls::Offered | Tls::Off => Trust::Anyone,
        };
        let identity = Identity { connector: tls::connector(trust)?, name };
        Ok(Self { server, identity, hello: hello.to_owned(), patience: Patience::of(patience) })
    }

    /// Whether the server is on this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.server.is_local()
    }

    async fn dial(&self) -> Result<Connection, Attempt> {
        let broken = |error| Attempt::Broken(Command::Connect, error);
        let socket = timeout(CONNECT, TcpStream::connect((self.server.host.as_str(), self.server.port)))
            .await
            .map_err(|_| broken(format!("not reached within {CONNECT:?}")))?
            .map_err(|error| broken(error.to_string()))?;
        // Without it, the end of a message waits for the acknowledgement of its beginning: 40 ms and more.
        socket.set_nodelay(true).map_err(|error| broken(error.to_string()))?;
        let connection = Connection::new(Box::new(socket));
        match self.server.tls {
            Tls::Implicit => connection.encrypted(&self.identity, CONNECT).await.map_err(broken),
            Tls::Required | Tls::Offered | Tls::Off => Ok(connection),
        }
    }
}

#[async_trait]
impl MailTransport for SmtpTransport {
    async fn connect(&self) -> Result<Box<dyn MailSession>, Attempt> {
        let start_tls = match self.server.tls {
            Tls::Required => StartTls::Required(&self.identity),
            Tls::Offered => StartTls::Offered(&self.identity),
            Tls::Implicit | Tls::Off => StartTls::Unused,
        };
        let opening = Opening {
            hello: &self.hello,
            start_tls,
            credentials: self.server.credentials.as_ref(),
            patience: self.patience,
        };
        let opened = Session::open(self.dial().await?, &opening).await;
        let session = match (opened, self.server.tls) {
            // RFC 7435: what is offered and does not work is no reason to send nothing.
            (Err(Attempt::Broken(Command::StartTls, why)), Tls::Offered) => {
                tracing::warn!(why, "STARTTLS is offered and fails; mail goes unencrypted");
                let opening = Opening { start_tls: StartTls::Unused, ..opening };
                Session::open(self.dial().await?, &opening).await?
            }
            (opened, _) => opened?,
        };
        Ok(Box::new(session))
    }

    fn describe(&self) -> String {
        self.server.describe()
    }
}
