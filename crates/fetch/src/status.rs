//! A status other than 200: what the site says about it, and when to come back.
//!
//! Always: the body is at most [`MAX_STATUS_BODY`] octets, decoded; it is what came, even if the rest of it did not.
//! RFC 9110, sections 10.2.3 and 15.

use std::fmt;
use std::time::{Duration, SystemTime};

use html5gum::{DefaultEmitter, Token, Tokenizer};
use hyper::HeaderMap;
use hyper::header::RETRY_AFTER;
use plain_text::{one_line, shorten};

/// Octets of the body of a status that are kept.
pub const MAX_STATUS_BODY: u64 = 64 << 10;

/// Characters of an excerpt.
pub const MAX_EXCERPT_CHARS: usize = 200;

/// A status other than 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The host.
    pub host: String,
    /// Its number.
    pub code: u16,
    /// When to come back, if the site says so.
    pub retry_after: Option<RetryAfter>,
    /// The beginning of the body as one line of text, without markup.
    pub excerpt: String,
    /// The beginning of the body, decoded.
    pub body: Vec<u8>,
}

/// When to come back. It is as the site wrote it, for the caller to cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryAfter {
    /// A delay.
    After(Duration),
    /// A time.
    At(SystemTime),
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, code) = (&self.host, self.code);
        write!(f, "{host} answered with status {code}")?;
        if !self.excerpt.is_empty() {
            write!(f, ": {}", self.excerpt)?;
        }
        Ok(())
    }
}

impl Status {
    pub(crate) fn new(host: String, code: u16, headers: &HeaderMap, body: Vec<u8>) -> Self {
        Self { host, code, retry_after: retry_after(headers), excerpt: excerpt(&body), body }
    }
}

/// What a response says about when to come back; nothing if it cannot be read.
fn retry_after(headers: &HeaderMap) -> Option<RetryAfter> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|octet| octet.is_ascii_digit()) {
        // More than fits is as good as never, and can still be added to a time.
        let seconds = value.parse().unwrap_or(u32::MAX);
        return Some(RetryAfter::After(Duration::from_secs(seconds.into())));
    }
    httpdate::parse_http_date(value).ok().map(RetryAfter::At)
}

/// The beginning of a body as one line, without tags, scripts and styles if it has markup.
fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let text = if text.trim_start().starts_with('<') { without_markup(&text) } else { text.into_owned() };
    shorten(&one_line(&text), MAX_EXCERPT_CHARS)
}

fn without_markup(markup: &str) -> String {
    let mut emitter = DefaultEmitter::<()>::default();
    // What scripts and styles contain is no markup.
    emitter.naively_switch_states(true);
    let mut text = String::new();
    let mut is_hidden = false;
    for Ok(token) in Tokenizer::new_with_emitter(markup, emitter) {
        match token {
            Token::StartTag(tag) => {
                is_hidden = matches!(&tag.name[..], b"script" | b"style");
                text.push(' ');
            }
            Token::EndTag(_) => {
                is_hidden = false;
                text.push(' ');
            }
            Token::String(piece) if !is_hidden => text.push_str(&String::from_utf8_lossy(&piece)),
            _ => {}
        }
    }
    text
}
