//! The reader of replies, for the fuzz target `replies` alone.

use crate::transport::Reply;

use super::capabilities::Capabilities;
use super::reply::Replies;

/// The replies in octets that come in pieces of `size`, and what is wrong with the octets behind them. Each is also read
/// as a list of extensions.
#[must_use]
pub fn replies(octets: &[u8], size: usize) -> (Vec<Reply>, Option<String>) {
    let (mut reader, mut found) = (Replies::default(), Vec::new());
    for piece in octets.chunks(size.max(1)) {
        reader.take(piece);
        loop {
            match reader.next() {
                Ok(Some(raw)) => {
                    let _ = Capabilities::read(&raw.lines);
                    found.push(raw.reply());
                }
                Ok(None) => break,
                Err(problem) => return (found, Some(problem.to_string())),
            }
        }
    }
    (found, None)
}
