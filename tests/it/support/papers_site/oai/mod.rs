//! OAI-PMH: `GET /oai?verb=Identify`, and `verb=ListRecords` in the formats `arXiv` and `arXivRaw`.
//!
//! Records are in the order of their days of change, then of their identifiers. A token asks for the list from the last
//! day of its page on, without the records of that day that were on it: what changes meanwhile comes later.
//! Sources: <https://www.openarchives.org/OAI/openarchivesprotocol.html>, <https://github.com/arXiv/oaipmh>.

mod records;
mod token;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use quick_xml::escape::escape;

use super::Paper;
use super::faults::PageChange;
use super::http::{Request, Response};
use super::state::SiteState;
use records::Format;
use token::Token;

const MEDIA_TYPE: &str = "application/xml";

/// Records of the page before that an overlapping page begins with.
const OVERLAP: usize = 2;

/// An error of the protocol: its code and its message.
struct OaiError(&'static str, String);

/// Which records are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ListQuery {
    format: Format,
    from: Option<NaiveDate>,
    until: Option<NaiveDate>,
    set: Option<String>,
}

pub(super) fn answer(state: &SiteState, request: &Request, change: Option<PageChange>) -> Response {
    let content = content(state, request, change).unwrap_or_else(|OaiError(code, message)| {
        format!("<error code=\"{code}\">{}</error>\n", escape(&message))
    });
    let known = ["verb", "metadataPrefix", "from", "until", "set", "resumptionToken"];
    let attributes: String = request
        .params()
        .iter()
        .filter(|(name, _)| known.contains(&name.as_str()))
        .map(|(name, value)| format!(" {name}=\"{}\"", escape(value)))
        .collect();
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:schemaLocation=\"http://www.openarchives.org/OAI/2.0/ http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd\">\n\
         <responseDate>{}</responseDate>\n<request{attributes}>http://oaipmh.arxiv.org/oai</request>\n\
         {content}</OAI-PMH>\n",
        written(state.now)
    );
    Response::new(200, MEDIA_TYPE, document)
}

fn content(state: &SiteState, request: &Request, change: Option<PageChange>) -> Result<String, OaiError> {
    let params = request.params();
    let mut names: Vec<&str> = params.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    if names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(OaiError("badArgument", "Duplicate parameters not allowed".to_owned()));
    }
    match request.param("verb").as_deref() {
        Some("Identify") => Ok(identify()),
        Some("ListRecords") if names.contains(&"resumptionToken") => {
            if names != ["resumptionToken", "verb"] {
                let message = "No other parameters allowed with resumptionToken".to_owned();
                return Err(OaiError("badArgument", message));
            }
            let text = request.param("resumptionToken").unwrap_or_default();
            let token = Token::parse(&text).filter(|token| state.now < token.expires_at());
            let token = token.filter(|_| change != Some(PageChange::ExpiredToken));
            let bad = || OaiError("badResumptionToken", "The token is not valid, or has expired".to_owned());
            page(state, &token.ok_or_else(bad)?, change)
        }
        Some("ListRecords") => {
            if change == Some(PageChange::ExpiredToken) {
                return Err(OaiError("badResumptionToken", "The token has expired".to_owned()));
            }
            page(state, &Token::first(ListQuery::read(request, &names)?, state.now), change)
        }
        _ => Err(OaiError("badVerb", "Invalid verb provided".to_owned())),
    }
}

fn identify() -> String {
    "<Identify>\n<repositoryName>arXiv</repositoryName>\n<baseURL>https://oaipmh.arxiv.org/oai</baseURL>\n\
     <protocolVersion>2.0</protocolVersion>\n<adminEmail>help@arxiv.org</adminEmail>\n\
     <earliestDatestamp>2005-09-16</earliestDatestamp>\n<deletedRecord>persistent</deletedRecord>\n\
     <granularity>YYYY-MM-DD</granularity>\n</Identify>\n"
        .to_owned()
}

/// The page that a token asks for.
fn page(state: &SiteState, token: &Token, change: Option<PageChange>) -> Result<String, OaiError> {
    let all = token.query_of_list().papers(state);
    let rest = token.query.papers(state);
    let first = (all.len() - rest.len() + token.skip).min(all.len());
    let next = (first + state.page_size).min(all.len());
    let (start, end) = match change {
        Some(PageChange::Repeated) if first > 0 => (first.saturating_sub(state.page_size), first),
        Some(PageChange::Overlapping) => (first.saturating_sub(OVERLAP), next),
        Some(PageChange::Short) => (first, next.saturating_sub(1).max(first)),
        _ => (first, next),
    };
    if first == next {
        return Err(OaiError("noRecordsMatch", "No records match the request".to_owned()));
    }
    let is_repeated = start < first && end == first;
    let following = if is_repeated { Some(token.clone()) } else { token.after(&all, first..next) };
    let shown = &all[start..end];
    let mut text = "<ListRecords>\n".to_owned();
    text.extend(shown.iter().map(|paper| token.query.format.record(paper)));
    if following.is_some() || first > 0 {
        text += &element(following.as_ref(), start, all.len(), state.states_totals);
    }
    Ok(text + "</ListRecords>\n")
}

/// The token of the next page; without one, the end of a list that came in pages.
fn element(token: Option<&Token>, cursor: usize, size: usize, states_totals: bool) -> String {
    let totals = if states_totals {
        format!(" completeListSize=\"{size}\" cursor=\"{cursor}\"")
    } else {
        String::new()
    };
    match token {
        Some(token) => {
            let expiry = written(token.expires_at());
            let value = token.to_string();
            format!(
                "<resumptionToken expirationDate=\"{expiry}\"{totals}>{}</resumptionToken>\n",
                escape(&value)
            )
        }
        None => format!("<resumptionToken{totals}/>\n"),
    }
}

impl ListQuery {
    fn read(request: &Request, names: &[&str]) -> Result<Self, OaiError> {
        let bad = |message: &str| OaiError("badArgument", message.to_owned());
        let known = ["from", "metadataPrefix", "set", "until", "verb"];
        if names.iter().any(|name| !known.contains(name)) {
            return Err(bad("Unallowed parameter"));
        }
        let prefix = request.param("metadataPrefix").ok_or_else(|| bad("metadataPrefix required"))?;
        let format = Format::parse(&prefix).ok_or_else(|| {
            OaiError("cannotDisseminateFormat", "Did not recognize requested format".to_owned())
        })?;
        let day = |name: &str| {
            let text = request.param(name);
            text.map(|text| text.parse().map_err(|_| bad("Dates are of the form YYYY-MM-DD"))).transpose()
        };
        let (from, until): (Option<NaiveDate>, Option<NaiveDate>) = (day("from")?, day("until")?);
        if from.zip(until).is_some_and(|(from, until)| from > until) {
            return Err(bad("until is before from"));
        }
        Ok(Self { format, from, until, set: request.param("set") })
    }

    /// The papers, in the order of the list.
    fn papers<'a>(&self, state: &'a SiteState) -> Vec<&'a Paper> {
        let is_asked_for = |paper: &&Paper| {
            let day = paper.datestamp();
            let in_set = |set: &String| records::sets(paper).iter().any(|of| is_within(of, set));
            self.from.is_none_or(|from| from <= day)
                && self.until.is_none_or(|until| day <= until)
                && self.set.as_ref().is_none_or(in_set)
        };
        let mut papers: Vec<&Paper> = state.papers_at_arxiv().filter(is_asked_for).collect();
        papers.sort_by(|a, b| (a.datestamp(), &a.id).cmp(&(b.datestamp(), &b.id)));
        papers
    }
}

/// Whether a set is another or one of its parts: `cs:cs:CL` of `cs`.
fn is_within(set: &str, of: &str) -> bool {
    set.strip_prefix(of).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}
