//! One page of arXiv's records by OAI-PMH, in the format that has their versions.
//!
//! A list is asked for by a set and days of change; each further page by the token of the one before. Source:
//! <https://www.openarchives.org/OAI/openarchivesprotocol.html>, <https://info.arxiv.org/help/oa/index.html>.

use arxiv::{OaiErrorCode, PageError, oai};
use chrono::{DateTime, NaiveDate, Utc};
use fetch::{Document, Request, Validators};

use crate::calendar::DayBounds;
use crate::sources::formats::arxiv::oai_records;
use crate::sources::formats::record::RecordContent;
use crate::sources::network::Site;
use crate::sources::network::ask::{self, Asked, Unreadable};
use crate::{Result, Services};

use super::with_query;

/// The format: the one that lists versions.
const FORMAT: &str = "arXivRaw";

/// What is asked for.
#[derive(Clone, Debug)]
pub(in crate::sources) enum Wanted {
    /// The first page of a list.
    List {
        /// The set; `None`: all.
        set: Option<String>,
        /// The first day of changes.
        from: Option<NaiveDate>,
        /// The last day of changes.
        until: Option<NaiveDate>,
    },
    /// The page behind the one that had this token.
    Page(String),
}

/// What a site answered.
#[derive(Debug)]
pub(in crate::sources) enum Answer {
    /// Records.
    Page {
        /// The instant of the response.
        responded_at: DateTime<Utc>,
        /// The records, and how many entries the page had.
        contents: Vec<RecordContent>,
        /// All entries of the page, also of papers that are gone.
        entries: i64,
        /// What asks for the next page; `None` on the last.
        token: Option<oai::ResumptionToken>,
    },
    /// Nothing changed in these days.
    NoRecords,
    /// The token is no longer valid: the list has to be asked for again.
    TokenExpired,
}

/// Asks for a page.
pub(in crate::sources) async fn read(services: &Services, wanted: &Wanted) -> Result<Asked<Answer>> {
    let url = &services.settings.sources.arxiv.oai_url;
    let days: [Option<String>; 2];
    let mut parameters = vec![("verb", "ListRecords")];
    match wanted {
        Wanted::Page(token) => parameters.push(("resumptionToken", token)),
        Wanted::List { set, from, until } => {
            days = [*from, *until].map(|day| day.map(|day| day.to_string()));
            parameters.push(("metadataPrefix", FORMAT));
            let limits = [("set", set), ("from", &days[0]), ("until", &days[1])];
            parameters.extend(limits.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))));
        }
    }
    let request = Request {
        url: with_query(url, &parameters),
        media_types: &["text/xml", "application/xml"],
        validators: Validators::default(),
    };
    let bounds = DayBounds::new(services.settings.calendar.clone(), services.now());
    ask::ask(services, Site::Arxiv, request, move |document| page(&document, &bounds)).await
}

fn page(document: &Document, bounds: &DayBounds) -> Result<Answer, Unreadable> {
    match oai::parse(&document.body) {
        Ok(mut page) => {
            let token = page.token.take();
            let responded_at = page.responded_at;
            let entries = i64::try_from(page.entries.len()).unwrap_or(i64::MAX);
            Ok(Answer::Page { responded_at, contents: oai_records(page, bounds), entries, token })
        }
        Err(PageError::Oai { code: OaiErrorCode::NoRecordsMatch, .. }) => Ok(Answer::NoRecords),
        Err(PageError::Oai { code: OaiErrorCode::BadResumptionToken, .. }) => Ok(Answer::TokenExpired),
        // A page of HTML is an error page, of whatever is before arXiv.
        Err(PageError::Html { .. }) => Err(Unreadable::from(PageError::Unavailable { retry_after: None })),
        Err(error) => Err(Unreadable::from(error)),
    }
}
