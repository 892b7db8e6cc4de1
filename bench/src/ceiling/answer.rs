//! Pieces of answers that borrow from rows, and how they look as JSON.

use std::borrow::Cow;

use anyhow::{Context as _, Result};
use chrono::{DateTime, SecondsFormat, Utc};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize, Serializer};
use sqlx::Row as _;
use sqlx::postgres::{PgRow, PgValueFormat};

/// The octets of an answer: the data, and the end that the service gives it.
pub(super) fn write(data: &impl Serialize, extension: &str, capacity: usize) -> Result<Vec<u8>> {
    let mut octets = Vec::with_capacity(capacity);
    octets.extend_from_slice(b"{\"data\":");
    serde_json::to_writer(&mut octets, data)?;
    octets.extend_from_slice(b",\"extensions\":");
    octets.extend_from_slice(extension.as_bytes());
    octets.push(b'}');
    Ok(octets)
}

/// A global identifier: the type and the row in base64url.
pub(super) fn node_id(kind: &str, row: i64) -> String {
    BASE64URL_NOPAD.encode(format!("{kind}:{row}").as_bytes())
}

/// The address of a paper's page, written without being put together first.
pub(super) struct PaperUrl<'a> {
    pub(super) base_url: &'a str,
    pub(super) slug: &'a str,
}

impl Serialize for PaperUrl<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}/papers/{}", self.base_url, self.slug))
    }
}

/// An instant as the contract writes it.
pub(super) fn instant<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// Something that has a name, which is copied only where JSON escapes a part of it.
#[derive(Serialize)]
pub(super) struct Author<'a> {
    name: Cow<'a, str>,
}

/// A text of JSON, borrowed where it can be.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The authors in a column of JSON, whose binary form is a version and the text.
pub(super) fn authors(row: &PgRow, column: usize) -> Result<Vec<Author<'_>>> {
    let value = row.try_get_raw(column)?;
    let octets = value.as_bytes().map_err(|error| anyhow::anyhow!(error))?;
    let json = match value.format() {
        PgValueFormat::Binary => octets.get(1..).context("a version of JSON")?,
        PgValueFormat::Text => octets,
    };
    let names: Vec<Name<'_>> = serde_json::from_slice(json)?;
    Ok(names.into_iter().take(20).map(|Name(name)| Author { name }).collect())
}

/// An institution.
#[derive(Serialize)]
pub(super) struct Organization<'a> {
    slug: &'a str,
    name: &'a str,
}

impl<'a> Organization<'a> {
    /// The one in two columns, which a paper may lack.
    pub(super) fn of(row: &'a PgRow, column: usize) -> Result<Option<Self>> {
        let slug: Option<&str> = row.try_get(column)?;
        let name: Option<&str> = row.try_get(column + 1)?;
        Ok(slug.zip(name).map(|(slug, name)| Self { slug, name }))
    }
}

/// A page of something.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Connection<T> {
    pub(super) nodes: Vec<T>,
    pub(super) page_info: PageInfo,
}

/// Whether there is more.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageInfo {
    pub(super) has_next_page: bool,
}
