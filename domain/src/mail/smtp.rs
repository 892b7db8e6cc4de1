//! Mail to a server by SMTP (RFC 5321), over lettre's connection on a socket of ours.
//!
//! The socket is ours because lettre leaves Nagle's algorithm on, which costs some 44 ms a message on a
//! kept connection. Every step has the time that RFC 5321 section 4.5.3.2 gives it. What fails while the
//! message itself is under way counts as in doubt: the final dot may have arrived.

use std::error::Error as _;
use std::time::Duration;

use async_trait::async_trait;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use super::redact::redacted;
use super::transport::{Attempt, Command, Gate, MailSession, MailTransport, OutgoingMail, Reply};

/// Connecting and TLS.
const CONNECT: Duration = Duration::from_secs(30);
/// The greeting, EHLO, MAIL and RCPT.
const STEP: Duration = Duration::from_mins(5);
/// DATA up to the 354.
const DATA: Duration = Duration::from_mins(2);
/// The message up to the reply to its final dot.
const DOT: Duration = Duration::from_mins(10);

/// Whether the conversation is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tls {
    /// From the first octet (`smtps://`).
    Implicit,
    /// By STARTTLS, or no mail.
    Required,
    /// By STARTTLS where the server offers it.
    Offered,
    /// Never.
    Off,
}

/// A mail server.
#[derive(Clone)]
pub struct SmtpTransport {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    user: Option<String>,
    hello: ClientId,
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
    /// `hello` is the name that EHLO says.
    ///
    /// # Errors
    /// What is wrong with the address, without repeating it.
    pub fn new(address: &str, hello: &str) -> Result<Self, String> {
        let url = Url::parse(address).map_err(|error| format!("is no address: {error}"))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("names no host")?.to_owned();
        let decode = |text: &str| {
            percent_decode(text)
                .ok_or_else(|| "has a user or password that is no percent-encoded UTF-8".to_owned())
        };
        let user = (!url.username().is_empty()).then(|| decode(url.username())).transpose()?;
        let password = url.password().map(decode).transpose()?;
        let credentials = match (&user, password) {
            (Some(user), Some(password)) => Some(Credentials::new(user.clone(), password)),
            (None, None) => None,
            _ => return Err("has a user without a password, or the reverse".to_owned()),
        };
        let mut tls = match url.scheme() {
            "smtps" => Tls::Implicit,
            "smtp" if credentials.is_some() && !is_loopback(&host) => Tls::Required,
            "smtp" => Tls::Offered,
            other => return Err(format!("begins with {other}: where smtp: or smtps: should stand")),
        };
        for (name, value) in url.query_pairs() {
            tls = match (name.as_ref(), value.as_ref(), tls) {
                ("tls", "required", Tls::Required | Tls::Offered) => Tls::Required,
                ("tls", "offered", Tls::Required | Tls::Offered) => Tls::Offered,
                ("tls", "off", Tls::Required | Tls::Offered) => Tls::Off,
                _ => return Err(format!("has a parameter that is not known: {name}={value}")),
            };
        }
        let port = url.port().unwrap_or(match (tls, &credentials) {
            (Tls::Implicit, _) => 465,
            (_, Some(_)) => 587,
            (_, None) => 25,
        });
        Ok(Self { host, port, tls, credentials, user, hello: ClientId::Domain(hello.to_owned()) })
    }

    /// Whether the server is on this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        is_loopback(&self.host)
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, Attempt> {
        let server = (self.host.trim_start_matches('[').trim_end_matches(']'), self.port);
        let parameters =
            || TlsParameters::new(self.host.clone()).map_err(|error| broken(Command::Connect, &error));
        let mut connection = if self.tls == Tls::Implicit {
            let opening = AsyncSmtpConnection::connect_tokio1(
                server,
                Some(CONNECT),
                &self.hello,
                Some(parameters()?),
                None,
            );
            step(Command::Connect, STEP, opening).await?
        } else {
            let socket = timeout(CONNECT, TcpStream::connect(server))
                .await
                .map_err(|_| silent(Command::Connect, CONNECT))?
                .and_then(|socket| socket.set_nodelay(true).map(|()| socket))
                .map_err(|error| Attempt::Broken(Command::Connect, error.to_string()))?;
            let opening = AsyncSmtpConnection::connect_with_transport(Box::new(socket), &self.hello);
            step(Command::Connect, STEP, opening).await?
        };
        let starts_tls = match self.tls {
            Tls::Required => true,
            Tls::Offered => connection.can_starttls(),
            Tls::Implicit | Tls::Off => false,
        };
        if starts_tls {
            step(Command::Connect, STEP, connection.starttls(parameters()?, &self.hello)).await?;
        }
        if let Some(credentials) = &self.credentials {
            step(Command::Auth, STEP, connection.auth(DEFAULT_MECHANISMS, credentials)).await?;
        }
        Ok(connection)
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn percent_decode(text: &str) -> Option<String> {
    let pair = format!("x={}", text.replace('+', "%2B"));
    let (_, value) = url::form_urlencoded::parse(pair.as_bytes()).next()?;
    (!value.contains('\u{FFFD}')).then(|| value.into_owned())
}

/// Waits for a step of the conversation and says what went wrong with it.
async fn step<T>(
    command: Command,
    limit: Duration,
    work: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, Attempt> {
    match timeout(limit, work).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(match refusal(&error) {
            Some(reply) => Attempt::Refused(command, reply),
            None => broken(command, &error),
        }),
        Err(_) => Err(silent(command, limit)),
    }
}

fn refusal(error: &lettre::transport::smtp::Error) -> Option<Reply> {
    let code = error.status()?.to_string().parse().ok()?;
    let text = error.source().map(ToString::to_string).unwrap_or_default();
    Some(Reply::new(code, &text))
}

fn broken(command: Command, error: &lettre::transport::smtp::Error) -> Attempt {
    Attempt::Broken(command, redacted(&error.to_string()))
}

fn silent(command: Command, limit: Duration) -> Attempt {
    Attempt::Broken(command, format!("no answer within {} s", limit.as_secs()))
}

fn reply(response: &Response) -> Reply {
    let code = response.code().to_string().parse().unwrap_or_default();
    Reply::new(code, &response.message().collect::<Vec<_>>().join(" "))
}

#[async_trait]
impl MailTransport for SmtpTransport {
    async fn connect(&self) -> Result<Box<dyn MailSession>, Attempt> {
        Ok(Box::new(Session { connection: self.open().await? }))
    }

    fn describe(&self) -> String {
        let scheme = if self.tls == Tls::Implicit { "smtps" } else { "smtp" };
        let user = self.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
        format!("{scheme}://{user}{}:{}", self.host, self.port)
    }
}

struct Session {
    connection: AsyncSmtpConnection,
}

impl Session {
    async fn hand_over(&mut self, mail: &OutgoingMail, gate: &dyn Gate) -> Result<Reply, Attempt> {
        let address = |text: &str, command| {
            text.parse::<lettre::Address>()
                .map_err(|error| Attempt::Broken(command, redacted(&error.to_string())))
        };
        let mut parameters = Vec::new();
        if self.connection.server_info().supports_feature(Extension::EightBitMime) {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        if !gate.is_open() {
            return Err(Attempt::Withdrawn);
        }
        let sender = Mail::new(Some(address(&mail.sender, Command::Mail)?), parameters);
        step(Command::Mail, STEP, self.connection.command(sender)).await?;
        let recipient = Rcpt::new(address(&mail.recipient, Command::Rcpt)?, Vec::new());
        step(Command::Rcpt, STEP, self.connection.command(recipient)).await?;
        if !gate.is_open() {
            return Err(Attempt::Withdrawn);
        }
        step(Command::Data, DATA, self.connection.command(Data)).await?;
        match step(Command::Dot, DOT, self.connection.message(&mail.octets)).await {
            Ok(response) => Ok(reply(&response)),
            Err(Attempt::Broken(_, error)) => Err(Attempt::InDoubt(error)),
            Err(attempt) => Err(attempt),
        }
    }
}

#[async_trait]
impl MailSession for Session {
    async fn send(&mut self, mail: &OutgoingMail, gate: &dyn Gate) -> Attempt {
        match self.hand_over(mail, gate).await {
            Ok(reply) => Attempt::Accepted(reply),
            Err(attempt) => {
                // A transaction given up half-way leaves the connection ready for the next one.
                if matches!(attempt, Attempt::Refused(..) | Attempt::Withdrawn)
                    && let Err(problem) = step(Command::Mail, STEP, self.connection.command(Rset)).await
                {
                    tracing::debug!(?problem, "RSET failed");
                }
                attempt
            }
        }
    }

    async fn close(&mut self) {
        // The server closes anyway; a lost good-bye harms nobody.
        let _ = timeout(Duration::from_secs(5), self.connection.quit()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn transport(url: &str) -> Result<SmtpTransport, String> {
        SmtpTransport::new(url, "papers.example.org")
    }

    #[test]
    fn ports_and_encryption_follow_the_address() {
        for (url, port, tls) in [
            ("smtp://mail.example.org", 25, Tls::Offered),
            ("smtp://u:p@mail.example.org", 587, Tls::Required),
            ("smtp://u:p@localhost", 587, Tls::Offered),
            ("smtp://u:p@mail.example.org?tls=off", 587, Tls::Off),
            ("smtps://u:p@mail.example.org", 465, Tls::Implicit),
            ("smtp://127.0.0.1:1025", 1025, Tls::Offered),
        ] {
            let transport = transport(url).unwrap();
            assert_eq!((transport.port, transport.tls), (port, tls), "{url}");
        }
        assert!(transport("smtp://[::1]:25").unwrap().is_local());
        assert!(!transport("smtp://mail.example.org").unwrap().is_local());
    }

    #[test]
    fn passwords_are_decoded_and_never_shown() {
        let transport = transport("smtp://ada%40example.org:s%2Fe+c%20ret@mail.example.org").unwrap();
        assert_eq!(
            transport.credentials,
            Some(Credentials::new("ada@example.org".to_owned(), "s/e+c ret".to_owned()))
        );
        assert_eq!(format!("{transport:?}"), "SmtpTransport(smtp://ada@example.org@mail.example.org:587)");
    }

    #[test]
    fn bad_addresses_are_refused() {
        for url in ["mail.example.org", "http://mail.example.org", "smtp://u@host", "smtp://host?tls=maybe"] {
            assert!(transport(url).is_err(), "{url}");
        }
    }
}
