//! One request to a source: in turn, over a circuit, read on a thread of its own.
//!
//! Always: what cannot be read is a failure with its reason, never an empty list. A host that fails, or says in any way
//! that too much was asked, is left alone.

use std::time::{Duration, SystemTime};

use arxiv::PageError;
use chrono::{DateTime, TimeDelta, Utc};
use fetch::{Answer, Document, Request, RetryAfter};
use metrics::counter;
use plain_text::one_line;

use crate::instruments::SOURCE_REQUESTS;
use crate::{Error, Result, Services};

use super::circuit::{self, HostFailure};
use super::{Site, turn};

/// When to try again after a document that could not be read.
pub(crate) const FAILED_DELAY: TimeDelta = TimeDelta::minutes(1);

/// The longest wait for a turn while another request is under way or its pause lasts.
const PATIENCE: TimeDelta = TimeDelta::seconds(10);

/// What came of a request.
#[derive(Debug)]
pub(crate) enum Asked<T> {
    /// The document, read.
    Read(T),
    /// It is as it was.
    NotModified,
    /// The site was not asked: it is another request's turn, or a host is left alone.
    Later {
        /// When to try again.
        at: DateTime<Utc>,
        /// Why, if a host is left alone.
        reason: Option<String>,
    },
    /// It was asked in vain.
    Failed {
        /// When to try again at the earliest.
        at: DateTime<Utc>,
        /// Why, in a sentence.
        reason: String,
        /// The status of the response, if that is the reason.
        status: Option<u16>,
    },
}

impl<T> Asked<T> {
    /// The same with what was read turned into something else.
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Asked<U> {
        match self {
            Self::Read(read) => Asked::Read(change(read)),
            Self::NotModified => Asked::NotModified,
            Self::Later { at, reason } => Asked::Later { at, reason },
            Self::Failed { at, reason, status } => Asked::Failed { at, reason, status },
        }
    }
}

/// Why a document was not read.
#[derive(Debug)]
pub(crate) enum Unreadable {
    /// The host does not serve now what was asked for.
    Host(HostFailure),
    /// The document is not what it should be, or is not there.
    Document {
        /// Why, in a sentence.
        reason: String,
        /// The status of the response, if that is the reason.
        status: Option<u16>,
    },
}

impl Unreadable {
    /// A document that is not what it should be.
    pub(crate) fn document(reason: impl Into<String>) -> Self {
        Self::Document { reason: reason.into(), status: None }
    }
}

impl From<PageError> for Unreadable {
    fn from(error: PageError) -> Self {
        let failure = |is_exceeded, retry_after| {
            Self::Host(HostFailure { reason: sentence(&error.to_string()), is_exceeded, retry_after })
        };
        match error {
            PageError::RateExceeded => failure(true, None),
            PageError::Unavailable { retry_after } => failure(false, retry_after),
            PageError::Empty | PageError::CutOff => failure(false, None),
            _ => Self::document(sentence(&error.to_string())),
        }
    }
}

/// Asks a site for a document and has it read by `read`, on a thread for work that blocks.
pub(crate) async fn ask<T: Send + 'static>(
    services: &Services,
    site: Site,
    request: Request,
    read: impl FnOnce(Document) -> Result<T, Unreadable> + Send + 'static,
) -> Result<Asked<T>> {
    let host = request.url.host_str().unwrap_or_default().to_owned();
    let began = services.now();
    let patience = PATIENCE.max(site.pause(&services.settings.sources) + PATIENCE / 2);
    let turn = loop {
        match turn::take(services, site).await? {
            Ok(turn) => break turn,
            Err(at) if at > began + patience => {
                count(site, "later");
                return Ok(Asked::Later { at, reason: None });
            }
            Err(at) => services.clock.sleep_until(at).await,
        }
    };
    // In turn, so that what the request before found out is seen.
    if let Some((at, reason)) = circuit::open_until(services.db.read(), &host, services.now()).await? {
        count(site, "later");
        turn.end(services).await?;
        return Ok(Asked::Later { at, reason: Some(reason) });
    }
    let answered = services.web.get(&request).await;
    let judged = match answered {
        Ok(Answer::NotModified) => Ok(None),
        Ok(Answer::Document(document)) => {
            let reading = tokio::task::spawn_blocking(move || read(document));
            reading.await.map_err(Error::failed("reading a document of a source"))?.map(Some)
        }
        Err(error) => Err(unreadable(site, &error, services.now())),
    };
    // First the circuit: whoever has the next turn is to see it.
    let asked = match judged {
        Ok(found) => {
            count(site, if found.is_some() { "read" } else { "not_modified" });
            circuit::close(services, &host).await?;
            found.map_or(Asked::NotModified, Asked::Read)
        }
        Err(Unreadable::Host(failure)) => {
            count(site, "host_failed");
            let at = circuit::open(services, &host, &failure).await?;
            tracing::warn!(host, until = %at, reason = failure.reason, "a host of a source fails and is left alone");
            Asked::Failed { at, reason: failure.reason, status: None }
        }
        Err(Unreadable::Document { reason, status }) => {
            count(site, "invalid");
            circuit::close(services, &host).await?;
            Asked::Failed { at: services.now() + FAILED_DELAY, reason, status }
        }
    };
    turn.end(services).await?;
    Ok(asked)
}

/// Counts a request.
fn count(site: Site, outcome: &'static str) {
    counter!(SOURCE_REQUESTS, "site" => site.name(), "outcome" => outcome).increment(1);
}

/// What an error says of the host.
fn unreadable(site: Site, error: &fetch::Error, now: DateTime<Utc>) -> Unreadable {
    let reason = sentence(&error.to_string());
    let Some(status) = error.status() else {
        return if error.is_temporary() {
            Unreadable::Host(HostFailure { reason, is_exceeded: false, retry_after: None })
        } else {
            Unreadable::document(reason)
        };
    };
    // Servers of arXiv also say in the body what they could say in a header.
    let said = match site {
        Site::Arxiv => arxiv::oai::parse(&status.body).err(),
        Site::HuggingFace => None,
    };
    let (is_exceeded, said_delay) = match said {
        Some(PageError::RateExceeded) => (true, None),
        Some(PageError::Unavailable { retry_after }) => (false, retry_after),
        _ => (false, None),
    };
    let is_exceeded = is_exceeded || status.code == 429;
    if !is_exceeded && !error.is_temporary() {
        return Unreadable::Document { reason, status: Some(status.code) };
    }
    let stated = status.retry_after.map(|retry_after| match retry_after {
        RetryAfter::After(delay) => delay,
        RetryAfter::At(at) => at.duration_since(SystemTime::from(now)).unwrap_or(Duration::ZERO),
    });
    Unreadable::Host(HostFailure { reason, is_exceeded, retry_after: stated.or(said_delay) })
}

/// A message as a sentence; a host at its beginning stays as it is.
fn sentence(message: &str) -> String {
    let mut message = one_line(message);
    let is_host = message.split(' ').next().is_some_and(|word| word.contains('.'));
    if let Some(first) = message.chars().next().filter(|_| !is_host) {
        message.replace_range(..first.len_utf8(), &first.to_uppercase().to_string());
    }
    if message.ends_with(['.', '!', '?']) { message } else { format!("{message}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_arxiv_are_told_from_broken_documents() {
        let of = |error: PageError| Unreadable::from(error);
        let Unreadable::Host(failure) = of(PageError::RateExceeded) else { panic!("not of the host") };
        assert!(failure.is_exceeded && failure.retry_after.is_none());
        let minute = Duration::from_mins(1);
        let Unreadable::Host(failure) = of(PageError::Unavailable { retry_after: Some(minute) }) else {
            panic!("not of the host")
        };
        assert_eq!((failure.is_exceeded, failure.retry_after), (false, Some(minute)));
        assert!(matches!(of(PageError::Limit("64 MiB")), Unreadable::Document { status: None, .. }));
    }

    #[test]
    fn messages_become_sentences() {
        assert_eq!(sentence("the host\nis away"), "The host is away.");
        assert_eq!(sentence("arxiv.org sent nothing"), "arxiv.org sent nothing.");
        assert_eq!(sentence("Rate exceeded."), "Rate exceeded.");
        assert_eq!(sentence(""), ".");
    }
}
