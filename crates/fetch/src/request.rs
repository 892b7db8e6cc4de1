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

    /// Those that can be sent: entity tag and date.
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
