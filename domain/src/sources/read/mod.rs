//! Reading one thing from a source: Hugging Face's papers of a day ([`hf_day`]), a category's announcement
//! ([`announcement`]), a page of arXiv's records ([`harvest`]), single papers ([`single`]). Each is asked for, checked,
//! and handed back as records; writing them is [`super::imports::pipeline`]'s.

pub(super) mod announcement;
pub(super) mod harvest;
pub(super) mod hf_day;
pub(super) mod single;

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::formats::record::{Record, RecordContent};

/// A list that was read.
#[derive(Debug, Default)]
pub(super) struct List {
    /// What it holds.
    pub(super) records: Vec<Record>,
    /// Hash of the identifiers on it, in any order.
    pub(super) ids_hash: String,
    /// Hash of the documents.
    pub(super) content_hash: String,
    /// Validators of the document, if it is one.
    pub(super) validators: fetch::Validators,
}

impl List {
    /// The number of its papers.
    pub(super) fn found(&self) -> i32 {
        let papers = self.records.iter().filter(|record| matches!(record.found, RecordContent::Paper(..)));
        i32::try_from(papers.count()).unwrap_or(i32::MAX)
    }

    fn new(
        named: &str,
        contents: Vec<RecordContent>,
        content_hash: String,
        validators: fetch::Validators,
    ) -> Self {
        let mut ids: Vec<String> = contents.iter().map(identity).collect();
        ids.sort_unstable();
        let records = contents.into_iter().zip(1_u32..);
        let records =
            records.map(|(found, number)| Record { item: format!("{named}, item {number}"), found });
        Self {
            records: records.collect(),
            ids_hash: hash(ids.join("\n").as_bytes()),
            content_hash,
            validators,
        }
    }
}

/// What a record is of, as two readings of a list compare it.
fn identity(found: &RecordContent) -> String {
    match found {
        RecordContent::Paper(paper, _) => match (&paper.arxiv_id, &paper.title) {
            (Some(id), _) => id.to_string(),
            (None, title) => title.clone().unwrap_or_default(),
        },
        RecordContent::Refused(reason) | RecordContent::UnreadableFile(reason) => reason.clone(),
    }
}

fn hash(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// The address with these parameters.
fn with_query(url: &Url, parameters: &[(&str, &str)]) -> Url {
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(parameters);
    url
}
