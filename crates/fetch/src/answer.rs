//! The answer to a request: a document in whole, or the word that it has not changed.

use url::Url;

use crate::request::Validators;

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there is one a request, and most are documents")]
pub enum Answer {
    /// The version that the caller has is the current one.
    NotModified,
    /// A document.
    Document(Document),
}

/// A document, as it came with status 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its address, after redirects.
    pub url: Url,
    /// Its media type, in lower case without parameters; empty if the site states none and any is accepted.
    pub media_type: String,
    /// Its octets, decoded.
    pub body: Vec<u8>,
    /// Validators to send with the next request.
    pub validators: Validators,
    /// The next page, by `Link: <…>; rel="next"`, if it is of the same origin.
    pub next: Option<Url>,
}
