//! A polite and wary HTTP reader: a document in whole, or the reason why not.
//!
//! [`Client::get`] asks a site that may be slow, broken or hostile. What it returns is all of the document, from the
//! public internet, of a media type that was asked for, and within limits of size and time ([`Settings`]). Everything else
//! is an [`Error`], which names its reason. Turns between requests, retries and delays are for the caller.
//!
//! Always: no octets make it panic; memory and time of a request are bounded by its settings; a future that is dropped
//! ends its request; no proxy, no cookie, no credential.

mod addresses;
mod answer;
mod body;
mod client;
mod connect;
mod error;
mod exchange;
mod link;
mod redirect;
mod request;
mod settings;
mod status;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Document};
pub use client::Client;
pub use error::{Error, RequestStage, Result};
pub use exchange::MAX_HEAD_OCTETS;
pub use redirect::MAX_REDIRECTS;
pub use request::{MAX_VALIDATOR_OCTETS, Request, Validators};
pub use settings::{RATIO_JUDGED_FROM, Settings};
pub use status::{MAX_EXCERPT_CHARS, MAX_STATUS_BODY, RetryAfter, Status};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
