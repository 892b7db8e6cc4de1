//! The client: [`SmtpTransport`], which opens conversations with a mail server.
//!
//! [`server`] reads where mail goes; [`connection`] moves octets, under a time and with `TCP_NODELAY`, and [`reply`]
//! makes replies of them, which [`expect`] judges; [`tls`] knows whom to trust; [`handshake`] and [`session`] are the
//! conversation, with [`capabilities`], [`auth`] and [`data`].
//! [ADR-17](../../../../docs/adr/0017-smtp-client.md) says why it is our own.

mod auth;
mod capabilities;
mod connection;
mod data;
mod expect;
#[cfg(fuzzing)]
pub mod fuzzing;
mod handshake;
mod reply;
mod server;
mod session;
#[cfg(test)]
mod tests;
mod tls;

use std::time::Duration;

use async_trait::async_trait;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::error::{Error, Result};
use crate::transport::{Attempt, Command, MailSession, MailTransport};

use connection::{Connection, Identity};
use handshake::{Handshake, StartTls, Timeouts};
use server::{Server, Tls};
use session::Session;
use tls::Trust;

pub use tls::Authorities;

/// Connecting, and the handshake of TLS from the first octet; each.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// What a client does that the address of its server does not say.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name that EHLO says.
    pub hello: String,
    /// How long the server may take to answer a command; what takes longer, or less long, is in proportion to it.
    /// RFC 5321 section 4.5.3.2, which has five minutes here.
    pub step_timeout: Duration,
    /// May vouch for the server, beside the authorities that browsers know, if TLS is required.
    pub authorities: Authorities,
    /// How errors call the settings that mend them.
    pub setting_names: SettingNames,
}

impl Options {
    /// A client that says this name, waits as long as the standard says, and trusts whom browsers trust.
    #[must_use]
    pub fn new(hello: &str) -> Self {
        Self {
            hello: hello.to_owned(),
            step_timeout: Duration::from_mins(5),
            authorities: Authorities::default(),
            setting_names: SettingNames::default(),
        }
    }
}

/// How an application calls its settings, for errors that say which of them to change.
#[derive(Clone, Copy, Debug)]
pub struct SettingNames {
    /// The address of the server.
    pub address: &'static str,
    /// The certificates of [`Options::authorities`].
    pub authorities: &'static str,
}

impl Default for SettingNames {
    fn default() -> Self {
        Self { address: "the server's address", authorities: "the trusted certificates" }
    }
}

/// A mail server.
#[derive(Clone)]
pub struct SmtpTransport {
    server: Server,
    identity: Identity,
    hello: String,
    timeouts: Timeouts,
}

impl std::fmt::Debug for SmtpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SmtpTransport({})", self.describe())
    }
}

impl SmtpTransport {
    /// The server at `smtp://user:password@host:port` or `smtps://…`. The port is 465 for smtps, else 587 if there is a
    /// user and 25 if there is none. `?tls=required|offered|off` decides on STARTTLS for smtp; it is required if a
    /// password goes to another machine, else used if it is offered.
    ///
    /// # Errors
    /// [`Error::Setting`]: what is wrong with the address, without repeating it.
    pub fn new(address: &str, options: Options) -> Result<Self> {
        let server = Server::parse(address).map_err(Error::Setting)?;
        let name = ServerName::try_from(server.host.clone());
        let name = name.map_err(|_| Error::Setting("has a host that no certificate can name".to_owned()))?;
        let trust = match server.tls {
            Tls::Implicit | Tls::Required => Trust::Authorities(&options.authorities),
            // In the clear would do as well.
            Tls::Offered | Tls::Off => Trust::Anyone,
        };
        let connector = tls::connector(trust).map_err(Error::Setting)?;
        let identity = Identity { connector, name, settings: options.setting_names };
        let timeouts = Timeouts::of(options.step_timeout);
        Ok(Self { server, identity, hello: options.hello, timeouts })
    }

    /// Whether the server is on this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.server.is_local()
    }

    async fn dial(&self) -> Result<Connection, Attempt> {
        let broken = |error| Attempt::Broken(Command::Connect, error);
        let socket =
            timeout(CONNECT_TIMEOUT, TcpStream::connect((self.server.host.as_str(), self.server.port)))
                .await
                .map_err(|_| broken(format!("not reached within {CONNECT_TIMEOUT:?}")))?
                .map_err(|error| broken(error.to_string()))?;
        // Without it, the end of a message waits for the acknowledgement of its beginning: 40 ms and more.
        socket.set_nodelay(true).map_err(|error| broken(error.to_string()))?;
        let connection = Connection::new(Box::new(socket));
        match self.server.tls {
            Tls::Implicit => connection.encrypted(&self.identity, CONNECT_TIMEOUT).await.map_err(broken),
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
        let handshake = Handshake {
            hello: &self.hello,
            start_tls,
            credentials: self.server.credentials.as_ref(),
            timeouts: self.timeouts,
        };
        let opened = Session::open(self.dial().await?, &handshake).await;
        let session = match (opened, self.server.tls) {
            // RFC 7435: what is offered and does not work is no reason to send nothing.
            (Err(Attempt::Broken(Command::StartTls, why)), Tls::Offered) => {
                tracing::warn!(why, "STARTTLS is offered and fails; mail goes unencrypted");
                let handshake = Handshake { start_tls: StartTls::Unused, ..handshake };
                Session::open(self.dial().await?, &handshake).await?
            }
            (opened, _) => opened?,
        };
        Ok(Box::new(session))
    }

    fn describe(&self) -> String {
        self.server.describe()
    }
}
