//! What `daily-papers import` reads: files, or what is asked of a source over the network.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use chrono::NaiveDate;
use domain::papers::{ArxivId, taxonomy};
use domain::sources::imports::InputKind;
use domain::sources::imports::request::{MAX_PARTS, SourceRequest};

use crate::cli::Import;

/// The input of an import.
pub(super) enum ImportInput {
    /// Files and folders.
    Files(InputKind, Vec<PathBuf>),
    /// A request to a source.
    Network(SourceRequest),
}

impl ImportInput {
    /// The input that was named on the command line.
    pub(super) fn of(source: Import) -> Result<Self> {
        Ok(match source {
            Import::HfDaily { inputs } => match split(&inputs, days)? {
                Named::Paths(paths) => Self::Files(InputKind::HfDaily, paths),
                Named::Others(days) => {
                    let days: Vec<NaiveDate> = days.into_iter().flatten().collect();
                    if days.len() > MAX_PARTS {
                        bail!("more than {MAX_PARTS} days are too many at once");
                    }
                    Self::Network(SourceRequest::HfDaily { days })
                }
            },
            Import::ArxivSnapshot { paths, categories } => {
                let codes = categories.iter().map(|code| category_or_archive(code, "--categories"));
                Self::Files(InputKind::ArxivSnapshot { categories: codes.collect::<Result<_>>()? }, paths)
            }
            Import::ArxivOai { paths, set, from, until } if paths.is_empty() => {
                if let (Some(from), Some(until)) = (from, until)
                    && from > until
                {
                    bail!("--from: {from} is after {until}");
                }
                Self::Network(SourceRequest::ArxivOai {
                    set: set.as_deref().map(set_of).transpose()?,
                    from,
                    until,
                })
            }
            Import::ArxivOai { paths, .. } => Self::Files(InputKind::ArxivOai, paths),
            Import::ArxivListing { categories } => {
                let known = |typed: &String| {
                    let code = taxonomy::checked(typed).map_err(|problem| anyhow!("{problem}"))?;
                    Ok(taxonomy::main_code(code).to_owned())
                };
                let categories = categories.iter().map(known).collect::<Result<_>>()?;
                Self::Network(SourceRequest::ArxivListing { categories })
            }
            Import::ArxivQuery { inputs } => {
                match split(&inputs, |text| ArxivId::parse(text).map(|id| id.to_string()))? {
                    Named::Paths(paths) => Self::Files(InputKind::ArxivQuery, paths),
                    Named::Others(ids) => Self::Network(SourceRequest::ArxivQuery { ids }),
                }
            }
        })
    }
}

/// What was named: files, or something else.
enum Named<T> {
    Paths(Vec<PathBuf>),
    Others(Vec<T>),
}

/// Tells files from what `read` knows; what exists as a file is one.
fn split<T>(inputs: &[String], read: impl Fn(&str) -> Option<T>) -> Result<Named<T>> {
    let (mut paths, mut others) = (Vec::new(), Vec::new());
    for input in inputs {
        match read(input).filter(|_| !Path::new(input).exists()) {
            Some(other) => others.push(other),
            None => paths.push(PathBuf::from(input)),
        }
    }
    if others.len() > MAX_PARTS {
        bail!("{} are too many at once; the limit is {MAX_PARTS}", others.len());
    }
    match (paths.is_empty(), others.is_empty()) {
        (_, true) => Ok(Named::Paths(paths)),
        (true, false) => Ok(Named::Others(others)),
        (false, false) => bail!("{} is not like the others: name files, or none", paths[0].display()),
    }
}

/// The days of `2026-01-06` or `2026-01-01..2026-01-31`.
fn days(text: &str) -> Option<Vec<NaiveDate>> {
    let Some((first, last)) = text.split_once("..") else { return Some(vec![text.parse().ok()?]) };
    let (first, last): (NaiveDate, NaiveDate) = (first.parse().ok()?, last.parse().ok()?);
    let days: Vec<_> = first.iter_days().take_while(|&day| day <= last).take(MAX_PARTS + 1).collect();
    (!days.is_empty()).then_some(days)
}

/// The set that is meant by a category, or a set itself.
fn set_of(typed: &str) -> Result<String> {
    if let Ok(code) = taxonomy::checked(typed) {
        return Ok(taxonomy::oai_set(taxonomy::main_code(code)));
    }
    let is_set = !typed.is_empty()
        && typed.len() <= 100
        && typed.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":-_.".contains(&byte));
    if is_set {
        Ok(typed.to_owned())
    } else {
        Err(anyhow!("--set: {typed:?} is neither a category nor a set"))
    }
}

/// A category, or an archive such as `cs`, as arXiv spells it.
fn category_or_archive(typed: &str, option: &str) -> Result<String> {
    let is_archive = taxonomy::is_archive(typed.trim());
    let code = if is_archive { Ok(typed.trim()) } else { taxonomy::checked(typed).map(taxonomy::main_code) };
    code.map(str::to_owned).map_err(|problem| anyhow!("{option}: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_ranges_of_days_are_read() {
        let read =
            |text: &str| days(text).map(|days| days.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(read("2026-01-06").unwrap(), ["2026-01-06"]);
        assert_eq!(read("2026-01-30..2026-02-01").unwrap(), ["2026-01-30", "2026-01-31", "2026-02-01"]);
        for text in ["2026-02-01..2026-01-30", "2026-13-01", "files", "2026-01-06.json"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn sets_are_named_by_category_or_as_they_are() {
        assert_eq!(set_of("cs.CL").unwrap(), "cs:cs:CL");
        assert_eq!(set_of("cs.NA").unwrap(), "math:math:NA");
        assert_eq!(set_of("physics:hep-th").unwrap(), "physics:hep-th");
        assert!(set_of("cs CL").is_err() && set_of("").is_err());
    }

    #[test]
    fn files_are_not_mixed_with_dates() {
        let named =
            |inputs: &[&str]| split(&inputs.iter().map(|&text| text.to_owned()).collect::<Vec<_>>(), days);
        assert!(matches!(named(&["2026-01-06"]).unwrap(), Named::Others(_)));
        assert!(matches!(named(&["a.json"]).unwrap(), Named::Paths(_)));
        assert!(named(&["a.json", "2026-01-06"]).is_err());
    }
}
