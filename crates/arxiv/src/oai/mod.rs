//! Responses of OAI-PMH: lists of records and single records, in the formats `arXiv` and `arXivRaw`.
//!
//! A list comes in pages; each but the last ends with a token that the next request carries. A deleted record is a header
//! alone. Sources: <https://www.openarchives.org/OAI/openarchivesprotocol.html>, <https://info.arxiv.org/help/oa/index.html>.

mod formats;
#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveDate, Utc};

use crate::error::{OaiErrorCode, PageError, RecordError, quoted};
use crate::identifier::ArxivId;
use crate::record::Record;
use crate::xml::{Document, Element};
use crate::{body, dates};

pub(crate) use formats::version_number;

/// Records of a page; arXiv gives about 1,000.
const MAX_RECORDS: usize = 20_000;

/// Bytes of a token.
const MAX_TOKEN_BYTES: usize = 4_000;

/// Sets of a record.
const MAX_SETS: usize = 50;

/// A page of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The instant of the response, from which a later harvest goes on.
    pub responded_at: DateTime<Utc>,
    /// The records.
    pub entries: Vec<Result<Entry, RecordError>>,
    /// The token of the next page; `None` on the last one.
    pub token: Option<ResumptionToken>,
}

/// A record, or the note that there was one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The identifier.
    pub id: ArxivId,
    /// The day of the last change of the record, which is not that of a version.
    pub changed_on: NaiveDate,
    /// The sets that it is in, such as `cs:cs:CL`.
    pub sets: Vec<String>,
    /// The paper; `None` if it was deleted.
    pub record: Option<Record>,
}

/// What asks for the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResumptionToken {
    /// The token, which is not for reading.
    pub value: String,
    /// The end of its validity, if that is stated.
    pub expires_at: Option<DateTime<Utc>>,
    /// The number of records of the whole list, which can be an estimate.
    pub complete_list_size: Option<u64>,
    /// The place of the first record of this page in the list, from 0 on.
    pub cursor: Option<u64>,
}

/// Reads the response to `ListRecords` or `GetRecord`.
///
/// # Errors
/// The response is not all there, is another document, or says that there was an error.
pub fn parse(octets: &[u8]) -> Result<Page, PageError> {
    let text = body::xml(octets)?;
    let (mut document, _) = Document::open_as(&text, &["OAI-PMH"])?;
    let (mut responded_at, mut error, mut list) = (None, None, None);
    while let Some(tag) = document.child()? {
        match tag.name() {
            "responseDate" => {
                responded_at = document.read(tag)?.ok().and_then(|date| dates::instant(date.text()));
            }
            "error" => {
                let reported = document.read(tag)?.map_err(PageError::from)?;
                error.get_or_insert_with(|| oai_error(&reported));
            }
            "ListRecords" | "GetRecord" if list.is_none() => list = Some(records(&mut document)?),
            _ => document.skip()?,
        }
    }
    document.finish()?;
    if let Some(error) = error {
        return Err(error);
    }
    let lacks = |part: &str| PageError::Unexpected(format!("a response without {part}"));
    let (entries, token) = list.ok_or_else(|| lacks("records"))?;
    if entries.is_empty() && token.is_none() {
        return Err(lacks("records"));
    }
    Ok(Page { responded_at: responded_at.ok_or_else(|| lacks("its date"))?, entries, token })
}

fn oai_error(element: &Element) -> PageError {
    PageError::Oai {
        code: OaiErrorCode::parse(element.attribute("code").unwrap_or_default()),
        message: quoted(element.text()),
    }
}

type RecordList = (Vec<Result<Entry, RecordError>>, Option<ResumptionToken>);

fn records(document: &mut Document<'_>) -> Result<RecordList, PageError> {
    let (mut entries, mut token) = (Vec::new(), None);
    while let Some(tag) = document.child()? {
        match tag.name() {
            "record" if entries.len() == MAX_RECORDS => return Err(PageError::Limit("20,000 records")),
            "record" => entries.push(match document.read(tag)? {
                Ok(record) => entry(&record),
                Err(excess) => Err(excess.into()),
            }),
            "resumptionToken" => token = resumption_token(&document.read(tag)?.map_err(PageError::from)?)?,
            // Something that is neither could be a record under another name.
            other => {
                return Err(PageError::Unexpected(format!("a list of records with <{}>", quoted(other))));
            }
        }
    }
    Ok((entries, token))
}

/// The token; an empty one says that the list is complete.
fn resumption_token(element: &Element) -> Result<Option<ResumptionToken>, PageError> {
    let value = element.text();
    if value.len() > MAX_TOKEN_BYTES {
        return Err(PageError::Limit("4,000 bytes of a resumption token"));
    }
    let number = |name| element.attribute(name).and_then(|number| number.parse().ok());
    Ok((!value.is_empty()).then(|| ResumptionToken {
        value: value.to_owned(),
        // arXiv's server names it otherwise than the protocol.
        expires_at: ["expirationDate", "expires"]
            .into_iter()
            .find_map(|name| dates::instant(element.attribute(name)?)),
        complete_list_size: number("completeListSize"),
        cursor: number("cursor"),
    }))
}

fn entry(record: &Element) -> Result<Entry, RecordError> {
    let header = record.child("header").ok_or_else(|| RecordError::new(None, "the header is missing"))?;
    let shown = header.child_text("identifier");
    let refuse = |reason: &str| RecordError::new(shown, reason);
    let shown_id = shown.ok_or_else(|| refuse("the identifier is missing"))?;
    let id = ArxivId::parse(shown_id).ok_or_else(|| refuse("the identifier is not one of arXiv"))?;
    let changed_on = header.child_text("datestamp").and_then(dates::day);
    let changed_on = changed_on.ok_or_else(|| refuse("the datestamp is missing or not valid"))?;
    let sets = header.children("setSpec").take(MAX_SETS).map(|set| quoted(set.text())).collect();
    if header.attribute("status") == Some("deleted") {
        return Ok(Entry { id, changed_on, sets, record: None });
    }
    let metadata = record.child("metadata").ok_or_else(|| refuse("the metadata are missing"))?;
    let paper = if let Some(paper) = metadata.child("arXivRaw") {
        formats::raw(paper, shown)?
    } else if let Some(paper) = metadata.child("arXiv") {
        formats::plain(paper, shown)?
    } else {
        return Err(refuse("the format is neither arXiv nor arXivRaw"));
    };
    if paper.id != id {
        return Err(refuse("the header and the metadata have different identifiers"));
    }
    Ok(Entry { id, changed_on, sets, record: Some(paper) })
}
