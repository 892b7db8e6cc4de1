//! Papers as arXiv describes them, in any of its formats: what the crate `arxiv` reads, as papers of this service.
//!
//! Always: an identifier, a title, an abstract and a day are what a paper cannot be without; of everything else what
//! cannot be kept is left out with a warning.

use std::io::{BufReader, Read};

use arxiv::snapshot::{LineContent, LineReader, decompress};
use arxiv::{Record, atom, oai, snapshot};
use chrono::NaiveDate;
use plain_text::shorten;

use crate::calendar::DayBounds;
use crate::papers::new_paper::{MAX_ABSTRACT, MAX_AUTHORS, MAX_LIST, MAX_NAME, MAX_TITLE};
use crate::papers::{NewPaper, NewVersion, Speaker, Statement, taxonomy};

use super::fields::{Warning, Warnings};
use super::record::RecordContent;

/// The papers of a saved page of OAI-PMH.
///
/// # Errors
/// Why nothing of it can be read.
pub(in crate::sources) fn oai_page(bytes: &[u8], bounds: &DayBounds) -> Result<Vec<RecordContent>, String> {
    let page = match oai::parse(bytes) {
        Ok(page) => page,
        // A list of nothing is no mistake.
        Err(arxiv::PageError::Oai { code: arxiv::OaiErrorCode::NoRecordsMatch, .. }) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(error.to_string()),
    };
    Ok(oai_records(page, bounds))
}

/// The papers of a page of OAI-PMH.
pub(in crate::sources) fn oai_records(page: oai::Page, bounds: &DayBounds) -> Vec<RecordContent> {
    let entry = |entry: Result<oai::Entry, arxiv::RecordError>| match entry {
        Ok(oai::Entry { record: Some(record), changed_on, .. }) => {
            Some(found(record, Some(changed_on), bounds))
        }
        // arXiv deletes no papers; a note of a record that is gone says nothing of a paper.
        Ok(_) => None,
        Err(error) => Some(RecordContent::Refused(error.to_string())),
    };
    page.entries.into_iter().filter_map(entry).collect()
}

/// A paper of an announcement. It fills gaps alone, until the record itself is harvested: an announcement says neither
/// when a paper was submitted nor which version it is.
pub(in crate::sources) fn announced(
    entry: Result<Record, arxiv::RecordError>,
    bounds: &DayBounds,
) -> RecordContent {
    let record = match entry {
        Ok(record) => record,
        Err(error) => return RecordContent::Refused(error.to_string()),
    };
    let day = record.announced_on.map(|day| day.min(bounds.today()));
    // A paper that is listed again, in another category, is as old as its identifier says.
    let submitted_on = Ord::min(day, record.id.month_end().or(day));
    let taken = checked(Record { submitted_on, ..record }, None, bounds);
    taken.map(|(paper, warnings)| (NewPaper { said: Statement::default(), ..paper }, warnings)).into()
}

/// The papers of a saved page of the query API.
///
/// # Errors
/// Why nothing of it can be read.
pub(in crate::sources) fn query_page(bytes: &[u8], bounds: &DayBounds) -> Result<Vec<RecordContent>, String> {
    atom::parse(bytes).map(|page| query_records(page, bounds)).map_err(|error| error.to_string())
}

/// The papers of a page of the query API.
pub(in crate::sources) fn query_records(page: atom::Page, bounds: &DayBounds) -> Vec<RecordContent> {
    let entry = |entry: Result<Record, arxiv::RecordError>| match entry {
        Ok(record) => found(record, None, bounds),
        Err(error) => RecordContent::Refused(error.to_string()),
    };
    page.entries.into_iter().map(entry).collect()
}

/// Reads a snapshot line by line behind the first `skipped` lines, and gives each paper that has one of `categories` to
/// `take` with the number of its line, until that says that it is enough. Returns the number of lines.
///
/// # Errors
/// Why it cannot be read any further.
pub(in crate::sources) fn read_snapshot(
    input: impl Read + Send,
    skipped: u64,
    categories: &[String],
    bounds: &DayBounds,
    take: &mut dyn FnMut(u64, RecordContent) -> bool,
) -> Result<u64, String> {
    let input = decompress(BufReader::new(input)).map_err(|error| error.to_string())?;
    let mut lines = LineReader::new(input);
    let mut count = 0;
    while let Some(line) = lines.next_line().map_err(|error| error.to_string())? {
        let number = line.number;
        count = number;
        if number <= skipped {
            continue;
        }
        let content = match line.content {
            LineContent::TooLong => RecordContent::Refused("the line is too long".to_owned()),
            LineContent::Text(text) if text.trim_ascii().is_empty() => continue,
            LineContent::Text(text) => match snapshot::parse(text) {
                Ok(record) if !is_of(&record, categories) => continue,
                Ok(record) => found(record, None, bounds),
                Err(error) => RecordContent::Refused(error.to_string()),
            },
        };
        if !take(number, content) {
            break;
        }
    }
    Ok(count)
}

/// Whether a paper is of one of these categories, or archives such as `cs`; without any, it is.
fn is_of(record: &Record, categories: &[String]) -> bool {
    categories.is_empty()
        || record.categories.iter().map(|code| taxonomy::main_code(code)).any(|code| {
            let archive = code.split('.').next().unwrap_or(code);
            categories.iter().any(|wanted| wanted == code || wanted == archive)
        })
}

/// A record as a paper, or why it cannot be one. `changed_on` is the day on which the record last changed, if that is
/// not the day of its latest version.
fn found(record: Record, changed_on: Option<NaiveDate>, bounds: &DayBounds) -> RecordContent {
    checked(record, changed_on, bounds).into()
}

fn checked(
    record: Record,
    changed_on: Option<NaiveDate>,
    bounds: &DayBounds,
) -> Result<(NewPaper, Vec<Warning>), String> {
    let mut warnings = Warnings::default();
    for warning in &record.warnings {
        warnings.say(warning.field, warning.message.clone());
    }
    let id = record.id.clone();
    let paper = paper(record, changed_on, bounds, &mut warnings).cleaned();
    match paper.problems(true).into_iter().next() {
        None => Ok((paper, warnings.into_vec())),
        Some(problem) => Err(format!("{id}: {}", problem.message)),
    }
}

fn paper(
    record: Record,
    changed_on: Option<NaiveDate>,
    bounds: &DayBounds,
    warnings: &mut Warnings,
) -> NewPaper {
    let mut day = |field: &str, day: Option<NaiveDate>| {
        let checked = bounds.past_day(day?);
        checked.map_err(|refusal| warnings.say(field, format!("{refusal} It was left out."))).ok()
    };
    let published_on = day("submitted", record.submitted_on.or(record.updated_on));
    let updated_on = day("updated", record.updated_on);
    let withdrawn_on =
        record.withdrawal.map(|withdrawal| withdrawal.since.or(updated_on).unwrap_or_else(|| bounds.today()));
    let mut cut = |field: &str, text: String, most: usize| {
        let shown = shorten(&text, most);
        if shown != text {
            warnings.say(field, format!("It was cut after {most} characters."));
        }
        shown
    };
    let title = cut("title", record.title, MAX_TITLE);
    let r#abstract = record.r#abstract.map(|text| cut("abstract", text, MAX_ABSTRACT));
    let doi = record.doi.filter(|doi| doi.chars().count() <= MAX_NAME);
    let mut authors: Vec<String> =
        record.authors.into_iter().map(|name| cut("authors", name, MAX_NAME)).collect();
    if authors.len() > MAX_AUTHORS {
        authors.truncate(MAX_AUTHORS);
        warnings.say("authors", format!("Only the first {MAX_AUTHORS} were kept."));
    }
    let version = |version: &arxiv::Version| {
        let number = i32::try_from(version.number).ok()?;
        Some(NewVersion { number, submitted_at: version.submitted_at })
    };
    NewPaper {
        arxiv_id: Some(record.id),
        title: Some(title),
        r#abstract,
        authors,
        categories: categories(&record.categories),
        published_on,
        updated_on,
        doi,
        withdrawn_on,
        versions: record.versions.iter().filter_map(version).collect(),
        said: Statement { by: Speaker::Arxiv, version: record.version, day: changed_on.or(updated_on) },
        ..NewPaper::default()
    }
}

/// The codes that a paper is found by: of a category that has two codes both, of an archive of old the category that took
/// it in.
fn categories(stated: &[String]) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for code in stated {
        let own = taxonomy::name(code).is_some().then_some(code.as_str());
        for code in own.into_iter().chain([taxonomy::main_code(code)]) {
            if codes.len() < MAX_LIST && !codes.iter().any(|known| known == code) {
                codes.push(code.to_owned());
            }
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(codes: &[&str]) -> Record {
        let line = serde_json::json!({ "id": "2401.00001", "title": "T", "categories": codes.join(" ") });
        snapshot::parse(line.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn categories_choose_by_code_or_archive_and_aliases_are_one() {
        let wanted = |wanted: &[&str]| wanted.iter().map(|&code| code.to_owned()).collect::<Vec<_>>();
        for (codes, categories, expected) in [
            (["cs.CL", "stat.ML"], wanted(&["cs.CL"]), true),
            (["cs.CL", "stat.ML"], wanted(&["stat"]), true),
            (["cs.CL", "stat.ML"], wanted(&["math"]), false),
            (["cs.NA", "cs.CL"], wanted(&["math.NA"]), true),
            (["cs.CL", "stat.ML"], Vec::new(), true),
        ] {
            assert_eq!(is_of(&record(&codes), &categories), expected, "{codes:?} {categories:?}");
        }
        let stated = ["cs.NA", "cmp-lg", "math.NA", "cs.CL"].map(str::to_owned);
        assert_eq!(super::categories(&stated), ["cs.NA", "math.NA", "cs.CL"]);
    }
}
