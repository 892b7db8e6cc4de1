//! One request over a connection of its own, for what is not measured.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

/// How long a server may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The body that a server answers to a POST of JSON.
///
/// # Errors
/// Where there is no answer, or one with another status than 200.
pub(crate) fn post(address: SocketAddr, path: &str, body: &str) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut octets = Vec::new();
    stream.read_to_end(&mut octets)?;
    split(&octets)
}

/// The body of an answer that has a length, or ends with its connection.
fn split(answer: &[u8]) -> Result<Vec<u8>> {
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .context("an answer without an end of its head")?;
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let body = &answer[end + 4..];
    if !head.starts_with("http/1.1 200 ") {
        bail!("{}: {}", head.lines().next().unwrap_or_default(), String::from_utf8_lossy(body));
    }
    if head.contains("transfer-encoding") {
        bail!("an answer in chunks, which no server here sends");
    }
    Ok(body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_follows_its_head() {
        assert_eq!(split(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n{}").unwrap(), b"{}");
        assert!(split(b"HTTP/1.1 404 Not Found\r\n\r\n").is_err());
        assert!(split(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0").is_err());
        assert!(split(b"").is_err());
    }
}
