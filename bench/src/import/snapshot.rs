//! A generated snapshot: lines as arXiv's, with titles, abstracts and author lists of the sizes that those have.
//!
//! The sizes follow what the papers of arXiv have on average: ten words in a title, some 150 in an abstract (1,000
//! characters), four authors, and now and then a collaboration of dozens; 1.7 categories; a third has a second version;
//! nearly half have a DOI; every third abstract has a formula. Identifiers ascend with the lines, as in the file.
//!
//! Always: the same lines for the same seed; each identifier once.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use anyhow::Result;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::search::corpus::{Corpus, author};

/// Different words.
const VOCABULARY: u32 = 200_000;

/// Different authors.
const AUTHORS: u32 = 400_000;

/// Papers in a month: identifiers are `YYMM.NNNNN`.
const PAPERS_OF_MONTH: u32 = 25_000;

/// The first year of identifiers; three million lines end ten years later, in the past.
const FIRST_YEAR: u32 = 2015;

/// Categories, of which low numbers are drawn more often.
const CATEGORIES: [&str; 20] = [
    "cs.LG",
    "cs.CL",
    "cs.CV",
    "cs.AI",
    "hep-ph",
    "quant-ph",
    "math.AP",
    "hep-th",
    "math.CO",
    "astro-ph.GA",
    "cond-mat.mtrl-sci",
    "gr-qc",
    "stat.ML",
    "cs.RO",
    "math.PR",
    "eess.SP",
    "cs.CR",
    "math.AG",
    "q-bio.NC",
    "nucl-th",
];

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Writes a snapshot of this many lines.
///
/// # Errors
/// If the file cannot be written.
pub(super) fn write(path: &Path, lines: u32, seed: u64) -> Result<()> {
    let corpus = Corpus::new(VOCABULARY, 0);
    let mut chance = StdRng::seed_from_u64(seed);
    let mut file = BufWriter::new(File::create(path)?);
    for number in 0..lines {
        writeln!(file, "{}", line(&corpus, &mut chance, number))?;
    }
    Ok(file.flush()?)
}

/// The line of this number, which starts at 0.
fn line(corpus: &Corpus, chance: &mut StdRng, number: u32) -> Value {
    let months = number / PAPERS_OF_MONTH;
    let (year, month) = (FIRST_YEAR + months / 12, months % 12);
    let id = format!("{:02}{:02}.{:05}", year % 100, month + 1, number % PAPERS_OF_MONTH + 1);
    let title_words = chance.random_range(5..=14);
    let title = corpus.text(chance, title_words);
    let names: Vec<String> =
        (0..author_count(chance)).map(|_| author(chance.random_range(0..AUTHORS))).collect();
    let parts: Vec<[&str; 3]> = names
        .iter()
        .map(|name| {
            name.split_once(' ').map_or([name.as_str(), "", ""], |(given, family)| [family, given, ""])
        })
        .collect();
    // The sum of three draws is near its middle most of the time.
    let words = (0..3).map(|_| chance.random_range(17..=83)).sum();
    let mut summary = corpus.text(chance, words);
    if chance.random_bool(0.3) {
        summary.push_str(" It takes $\\mathcal{O}(n^2 \\log n)$ steps.");
    }
    let mut categories: Vec<&str> = Vec::new();
    for _ in 0..*[1, 1, 2, 2, 3].get(chance.random_range(0..5_usize)).unwrap_or(&1) {
        let code = CATEGORIES[chance.random_range(0..20_usize).min(chance.random_range(0..20_usize))];
        if !categories.contains(&code) {
            categories.push(code);
        }
    }
    let last = 1 + u32::from(chance.random_bool(0.35)) + u32::from(chance.random_bool(0.1));
    let day = |version: u32| 5 * version + number % 10;
    let versions: Vec<Value> = (1..=last)
        .map(|version| {
            let created = format!("{} {} {year} 08:00:00 GMT", day(version), MONTHS[month as usize]);
            json!({ "version": format!("v{version}"), "created": created })
        })
        .collect();
    let doi = chance.random_bool(0.45).then(|| format!("10.1103/PhysRevX.{number}"));
    json!({
        "id": id, "submitter": names[0], "authors": names.join(", "), "title": title,
        "comments": "12 pages, 5 figures", "journal-ref": null, "doi": doi, "report-no": null,
        "categories": categories.join(" "), "license": "http://creativecommons.org/licenses/by/4.0/",
        "abstract": format!("  {summary}\n"), "versions": versions,
        "update_date": format!("{year}-{:02}-{:02}", month + 1, day(last)), "authors_parsed": parts,
    })
}

/// Four on average, one at least, dozens now and then.
fn author_count(chance: &mut StdRng) -> u32 {
    match chance.random_range(0..100) {
        0 => chance.random_range(20..=60),
        1..=15 => chance.random_range(6..=12),
        _ => chance.random_range(1..=5),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn lines_are_the_same_for_a_seed_and_of_the_sizes_of_arxiv() {
        let corpus = Corpus::new(5_000, 0);
        let lines = |seed| -> Vec<Value> {
            let mut chance = StdRng::seed_from_u64(seed);
            (0..2_000).map(|number| line(&corpus, &mut chance, number * 3)).collect()
        };
        let first = lines(1);
        assert_eq!(first, lines(1));
        assert_ne!(first, lines(2));
        let ids: HashSet<&str> = first.iter().filter_map(|line| line["id"].as_str()).collect();
        assert_eq!(ids.len(), 2_000);
        let mean = |size: &dyn Fn(&Value) -> usize| first.iter().map(size).sum::<usize>() / first.len();
        let characters = mean(&|line| line["abstract"].as_str().unwrap_or_default().len());
        assert!((700..=1_300).contains(&characters), "{characters}");
        let authors = mean(&|line| line["authors_parsed"].as_array().map_or(0, Vec::len));
        assert!((3..=5).contains(&authors), "{authors}");
    }
}
