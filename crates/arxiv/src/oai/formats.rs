//! The two formats of arXiv's records.
//!
//! `arXiv` has names in parts and days; `arXivRaw` has the line of authors and every version, in no order. Of `created`
//! some say that it has become the day of the latest version: where both formats are known, the versions are right.
//! Sources: <http://arxiv.org/OAI/arXiv.xsd>, <http://arxiv.org/OAI/arXivRaw.xsd>.

use crate::authors::{AuthorList, NameParts};
use crate::error::RecordError;
use crate::record::{Record, RecordTexts, Version, Warning};
use crate::xml::Element;
use crate::{dates, text};

/// Versions of a paper.
const MAX_VERSIONS: usize = 1_000;

/// A record of the format `arXiv`.
pub(super) fn plain(paper: &Element, header_id: Option<&str>) -> Result<Record, RecordError> {
    let mut record = begin(paper, header_id)?;
    let day = |name| paper.child_text(name).and_then(dates::day);
    record.submitted_on = day("created");
    record.updated_on = day("updated").or(record.submitted_on);
    let authors = paper.child("authors").into_iter().flat_map(|authors| authors.children("author"));
    record.set_authors(AuthorList::from_parts(authors.map(|author| NameParts {
        keyname: author.child_text("keyname").unwrap_or_default(),
        forenames: author.child_text("forenames").unwrap_or_default(),
        suffix: author.child_text("suffix").unwrap_or_default(),
    })));
    record.find_withdrawal(false);
    Ok(record)
}

/// A record of the format `arXivRaw`.
pub(super) fn raw(paper: &Element, header_id: Option<&str>) -> Result<Record, RecordError> {
    let mut record = begin(paper, header_id)?;
    record.set_authors(AuthorList::parse(paper.child_text("authors").unwrap_or_default()));
    let (mut versions, mut latest) = (Vec::new(), (0, false));
    for element in paper.children("version").take(MAX_VERSIONS) {
        let number = element.attribute("version").and_then(version_number);
        let submitted_at = element.child_text("date").and_then(dates::mail_instant);
        let (Some(number), Some(submitted_at)) = (number, submitted_at) else {
            record
                .warnings
                .push(Warning::new("versions", "A version has no number or no date. It was left out."));
            continue;
        };
        versions.push(Version { number, submitted_at });
        latest = latest.max((number, has_no_files(element)));
    }
    record.set_versions(versions);
    record.find_withdrawal(latest.1);
    Ok(record)
}

fn begin(paper: &Element, header_id: Option<&str>) -> Result<Record, RecordError> {
    let id = paper.child_text("id").or(header_id);
    let mut record = Record::begin(id, paper.child_text("title"))?;
    record.set_texts(&RecordTexts {
        r#abstract: paper.child_text("abstract"),
        comments: paper.child_text("comments"),
        journal_ref: paper.child_text("journal-ref"),
        doi: paper.child_text("doi"),
        license: paper.child_text("license"),
    });
    record.categories =
        text::categories(paper.child_text("categories").unwrap_or_default().split_whitespace());
    Ok(record)
}

/// The number of `v12`.
pub(crate) fn version_number(text: &str) -> Option<u32> {
    text.strip_prefix('v')?.parse().ok().filter(|&number| number > 0)
}

/// Whether a version is the withdrawal of those before it: arXiv ignores its files, or it has none.
fn has_no_files(version: &Element) -> bool {
    let is_empty = version.child_text("size").is_some_and(|size| size.trim_end_matches("kb").trim() == "0");
    is_empty || version.child_text("source_type").is_some_and(|flags| flags.contains('I'))
}
