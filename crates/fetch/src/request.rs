//! A request for a document, and the validators by which a site can say that it has not changed.
//!
//! Always: validators that are sent or returned are visible ASCII of at most [`MAX_VALIDATOR_OCTETS`] octets, so that they
//! can be stored and sent back without a look. RFC 9110, sections 8.8 and 13.1.

use hyper::HeaderMap;
use hyper::header::{ETAG, HeaderName, LAST_MODIFIED};
use url::Url;

/// Octets of a validator; a longer one is dropped.
pub const MAX_VALIDATOR_OCTETS: usize = 500;

/// A request for a document.
#[derive(Clone, Debug)]
pub struct Request {
    /// Its address, by http or https and without a user.
    pub url: Url,
    /// The accepted media types, in lower case without parameters. None means any.
    pub media_types: &'static [&'static str],
    /// Validators of the version that the caller has.
    pub validators: Validators,
}

/// What tells one version of a document from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// `ETag`, with its quotes.
    pub etag: Option<String>,
    /// `Last-Modified`, as the site wrote it.
    pub last_modified: Option<String>,
}

impl Validators {
    /// The validators of a response.
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        let sound = |name: HeaderName| {
            let value = headers.get(name)?.to_str().ok()?.trim();
            is_sound(value).then(|| value.to_owned())
        };
        Self { etag: sound(ETAG), last_modified: sound(LAST_MODIFIED) }
    }

    /// Those that can be sent: the entity tag and the date.
    pub(crate) fn sendable(&self) -> (Option<&str>, Option<&str>) {
        (
            self.etag.as_deref().filter(|value| is_sound(value)),
            self.last_modified.as_deref().filter(|value| is_sound(value)),
        )
    }
}

fn is_sound(value: &str) -> bool {
    (1..=MAX_VALIDATOR_OCTETS).contains(&value.len())
        && value.bytes().all(|octet| matches!(octet, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_visible_ascii_of_some_length_is_sent() {
        let long = "x".repeat(MAX_VALIDATOR_OCTETS + 1);
        for (value, is_sent) in [
            ("W/\"a b~\"", true),
            (&long[1..], true),
            (&long, false),
            ("", false),
            ("\"\u{e9}\"", false),
            ("\"\u{7f}\"", false),
            ("a\tb", false),
            ("a\r\nX: y", false),
        ] {
            let kept = Some(value.to_owned());
            let sent = is_sent.then_some(value);
            assert_eq!(
                Validators { etag: kept.clone(), last_modified: kept }.sendable(),
                (sent, sent),
                "{value:?}"
            );
        }
    }
}
