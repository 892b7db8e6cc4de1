//! The reasons for which a page or a record is refused.
//!
//! A page is refused as a whole if anything says that it is not all there: what was read of it would look like a shorter
//! list. A record alone is refused if the page around it is sound.
//!
//! Always: nothing of a refused page is returned; a message holds no more of the input than [`MAX_QUOTED_CHARS`].

use std::fmt;
use std::time::Duration;

use plain_text::{one_line, shorten};

/// Characters of the input that a message quotes.
const MAX_QUOTED_CHARS: usize = 160;

/// The reason for which a page is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// There is nothing in it. The query API answers so now and then, with status 200.
    #[error("the response is empty")]
    Empty,
    /// arXiv has too many requests, from anyone. It says so with status 429, 503 or 200.
    #[error("arXiv says that the rate of requests was exceeded")]
    RateExceeded,
    /// arXiv asks to come back later.
    #[error("arXiv is unavailable{}", after(.retry_after.as_ref()))]
    Unavailable {
        /// The delay that it asks for.
        retry_after: Option<Duration>,
    },
    /// An HTML page in place of XML, as proxies and error pages are.
    #[error("this is an HTML page, titled {title:?}")]
    Html {
        /// Its title, if it has one.
        title: String,
    },
    /// An error that the query API or a feed reports in a document of its own format.
    #[error("arXiv reports an error: {message}")]
    Reported {
        /// What follows `#` in its identifier, such as `incorrect_id_format_for_abc`.
        code: String,
        /// The message.
        message: String,
    },
    /// An error of the protocol for harvesting.
    #[error("arXiv reports the error {code}: {message}")]
    Oai {
        /// The code.
        code: OaiErrorCode,
        /// The message.
        message: String,
    },
    /// The end is missing.
    #[error("the response is cut off")]
    CutOff,
    /// It is not well-formed.
    #[error("the response is not well-formed: {0}")]
    Malformed(String),
    /// It exceeds a limit.
    #[error("the response has more than {0}")]
    Limit(&'static str),
    /// A document of another kind, or one that lacks a part.
    #[error("this is not the expected response: {0}")]
    Unexpected(String),
    /// It has another number of entries than it states.
    #[error("{part} should have {stated} entries and has {found}")]
    Count {
        /// The part that states the number.
        part: &'static str,
        /// The number that it states.
        stated: u64,
        /// The number that was found.
        found: u64,
    },
}

fn after(delay: Option<&Duration>) -> String {
    delay.map(|delay| format!("; it asks to retry after {} seconds", delay.as_secs())).unwrap_or_default()
}

/// The codes of OAI-PMH. Source: <https://www.openarchives.org/OAI/openarchivesprotocol.html#ErrorConditions>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OaiErrorCode {
    /// An argument is missing, unknown or not valid.
    BadArgument,
    /// The resumption token is not valid, or no longer.
    BadResumptionToken,
    /// The verb is missing, unknown or repeated.
    BadVerb,
    /// The record cannot be had in this format.
    CannotDisseminateFormat,
    /// There is no such record.
    IdDoesNotExist,
    /// There are no records in this period and set.
    NoRecordsMatch,
    /// The record has no format.
    NoMetadataFormats,
    /// There are no sets.
    NoSetHierarchy,
    /// One that the protocol does not know.
    Other(String),
}

impl OaiErrorCode {
    /// The code of this name.
    #[must_use]
    pub fn parse(name: &str) -> Self {
        match name {
            "badArgument" => Self::BadArgument,
            "badResumptionToken" => Self::BadResumptionToken,
            "badVerb" => Self::BadVerb,
            "cannotDisseminateFormat" => Self::CannotDisseminateFormat,
            "idDoesNotExist" => Self::IdDoesNotExist,
            "noRecordsMatch" => Self::NoRecordsMatch,
            "noMetadataFormats" => Self::NoMetadataFormats,
            "noSetHierarchy" => Self::NoSetHierarchy,
            other => Self::Other(quoted(other)),
        }
    }

    /// The name of the code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::BadArgument => "badArgument",
            Self::BadResumptionToken => "badResumptionToken",
            Self::BadVerb => "badVerb",
            Self::CannotDisseminateFormat => "cannotDisseminateFormat",
            Self::IdDoesNotExist => "idDoesNotExist",
            Self::NoRecordsMatch => "noRecordsMatch",
            Self::NoMetadataFormats => "noMetadataFormats",
            Self::NoSetHierarchy => "noSetHierarchy",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for OaiErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The reason for which one record is refused, and what identifies it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{reason}", .id.as_ref().map(|id| format!("{id}: ")).unwrap_or_default())]
pub struct RecordError {
    /// The identifier as the source spells it, if there is one.
    pub id: Option<String>,
    /// The reason.
    pub reason: String,
}

impl RecordError {
    /// A reason, and the identifier as the source spells it.
    pub(crate) fn new(id: Option<&str>, reason: impl Into<String>) -> Self {
        Self { id: id.map(quoted).filter(|id| !id.is_empty()), reason: reason.into() }
    }
}

/// What a message quotes of the input.
pub(crate) fn quoted(text: &str) -> String {
    let head = text.char_indices().nth(4 * MAX_QUOTED_CHARS).map_or(text, |(end, _)| &text[..end]);
    shorten(&one_line(head), MAX_QUOTED_CHARS - 1)
}
