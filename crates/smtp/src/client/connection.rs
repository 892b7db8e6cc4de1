//! The octets of a conversation: what is written goes out at once, what comes in becomes replies.
//!
//! A step of the conversation has a time, within which its whole reply is to come; a server that drips octets does
//! not stretch it. TLS takes the place of the bare connection (RFC 3207), and with it goes whatever came in before:
//! someone between us and the server could have put it there.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::redact::redacted;

use super::SettingNames;
use super::reply::{RawReply, Replies};
use super::tls;

/// Something to speak over.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// How a server is known to be who it should be.
#[derive(Clone)]
pub(super) struct Identity {
    pub(super) connector: TlsConnector,
    pub(super) name: ServerName<'static>,
    pub(super) settings: SettingNames,
}

/// A connection to a server.
pub(super) struct Connection {
    wire: Box<dyn Wire>,
    replies: Replies,
}

impl Connection {
    pub(super) fn new(wire: Box<dyn Wire>) -> Self {
        Self { wire, replies: Replies::default() }
    }

    /// Writes within the time.
    ///
    /// # Errors
    /// What went wrong; then the last of the octets did not leave.
    pub(super) async fn write(&mut self, octets: &[u8], limit: Duration) -> Result<(), String> {
        let writing = async {
            self.wire.write_all(octets).await?;
            self.wire.flush().await
        };
        within(limit, "nothing was taken", writing).await
    }

    /// Whether the server has said nothing that is not answered for: an answer too many would be taken for that to the
    /// next command.
    pub(super) fn is_quiet(&self) -> bool {
        self.replies.is_empty()
    }

    /// The next reply, if it comes within the time.
    ///
    /// # Errors
    /// What went wrong; the connection is of no further use.
    pub(super) async fn reply(&mut self, limit: Duration) -> Result<RawReply, String> {
        match timeout(limit, self.read()).await {
            Ok(read) => read,
            Err(_) => Err(format!("no answer within {limit:?}")),
        }
    }

    async fn read(&mut self) -> Result<RawReply, String> {
        let mut piece = [0; 4_096];
        loop {
            if let Some(reply) = self.replies.next().map_err(|problem| problem.to_string())? {
                return Ok(reply);
            }
            let count = self.wire.read(&mut piece).await.map_err(|error| redacted(&error.to_string()))?;
            if count == 0 {
                return Err("the server closed the connection".to_owned());
            }
            self.replies.take(piece.get(..count).unwrap_or_default());
        }
    }

    /// The same connection, encrypted from here on.
    ///
    /// # Errors
    /// What went wrong, such as a certificate that is not the server's.
    pub(super) async fn encrypted(mut self, identity: &Identity, limit: Duration) -> Result<Self, String> {
        if self.replies.forget() {
            tracing::warn!("what came before TLS began is thrown away");
        }
        let handshake = identity.connector.connect(identity.name.clone(), self.wire);
        let handshake = async {
            handshake.await.map_err(|error| std::io::Error::other(tls::problem(&error, identity.settings)))
        };
        let wire = within(limit, "TLS did not begin", handshake).await?;
        Ok(Self::new(Box::new(wire)))
    }
}

async fn within<T>(
    limit: Duration,
    what: &str,
    work: impl Future<Output = std::io::Result<T>>,
) -> Result<T, String> {
    match timeout(limit, work).await {
        Ok(done) => done.map_err(|error| redacted(&error.to_string())),
        Err(_) => Err(format!("{what} within {limit:?}")),
    }
}
