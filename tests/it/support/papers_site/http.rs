//! Requests and responses of HTTP/1.1, without bodies of requests.
//!
//! Always: a request that is longer than [`MAX_HEAD_OCTETS`] ends its connection.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

/// Octets of a request.
const MAX_HEAD_OCTETS: u64 = 64 * 1024;

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    /// What follows `?`, as it was sent; empty if there is nothing.
    pub(super) query: String,
    /// With names in lower case.
    headers: Vec<(String, String)>,
}

impl Request {
    /// Reads a request; `None` if the client has closed the connection, or sent something else.
    pub(super) async fn read(reader: &mut (impl AsyncBufRead + Unpin)) -> Option<Self> {
        let mut lines = reader.take(MAX_HEAD_OCTETS).lines();
        let first = lines.next_line().await.ok()??;
        let mut words = first.split(' ');
        let (method, target) = (words.next()?.to_owned(), words.next()?);
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = Vec::new();
        loop {
            let line = lines.next_line().await.ok()??;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':')?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Some(Self { method, path: path.to_owned(), query: query.to_owned(), headers })
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All parameters of the query, decoded.
    pub(super) fn params(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.query.as_bytes()).into_owned().collect()
    }

    /// The first parameter of this name, decoded.
    pub(super) fn param(&self, name: &str) -> Option<String> {
        self.params().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// A response.
#[derive(Clone, Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Response {
    pub(super) fn new(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("Content-Type", media_type.to_owned())], body: body.into() }
    }

    /// Sets a header.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    /// Replaces the body.
    pub(super) fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The response with its body compressed, if the client accepts that and something is to be gained.
    pub(super) fn encoded_for(mut self, request: &Request) -> Self {
        let accepts_gzip =
            request.header("accept-encoding").is_some_and(|accepted| accepted.contains("gzip"));
        if !accepts_gzip || self.body.is_empty() || self.header("Content-Encoding").is_some() {
            return self;
        }
        self.body = gzip(&self.body);
        self.with("Content-Encoding", "gzip").with("Vary", "Accept-Encoding")
    }

    /// The status and the headers, with those that say how the body comes.
    pub(super) fn head(&self, framing: &str) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} \r\n", self.status);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        // A response without a body says nothing of its length.
        let framing = if self.status == 304 { String::new() } else { format!("{framing}\r\n") };
        let _ = write!(head, "{framing}\r\n");
        head.into_bytes()
    }
}

pub(super) fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(octets).unwrap();
    encoder.finish().unwrap()
}
