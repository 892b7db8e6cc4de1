//! A judged collection in BEIR's layout.
//!
//! `corpus.jsonl` has the documents; `queries_SPLIT.jsonl` or `queries.jsonl` the queries; `qrels/SPLIT.tsv` or
//! `qrels_SPLIT.tsv` the judgements, one a line: query, document, grade.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The ranks that nDCG looks at.
const NDCG_DEPTH: usize = 10;

/// The ranks among which recall counts.
const RECALL_DEPTH: usize = 100;

/// A document.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct JudgedDocument {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    pub(super) title: String,
    #[serde(default)]
    pub(super) text: String,
}

#[derive(Clone, Debug, Deserialize)]
struct QueryLine {
    #[serde(rename = "_id")]
    id: String,
    text: String,
}

/// A query with its judgements.
#[derive(Clone, Debug)]
pub(super) struct JudgedQuery {
    pub(super) text: String,
    /// The grades of relevant documents, by their place in the corpus.
    grades: HashMap<u64, f64>,
    /// All grades, the best first, of missing documents as well.
    ideal: Vec<f64>,
}

/// Documents and judged queries.
#[derive(Clone, Debug)]
pub(super) struct Collection {
    pub(super) documents: Vec<JudgedDocument>,
    pub(super) queries: Vec<JudgedQuery>,
}

/// How good rankings are, on average over queries.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Quality {
    /// Normalised discounted cumulative gain of the first ten.
    pub(super) ndcg: f64,
    /// The share of relevant documents among the first hundred.
    pub(super) recall: f64,
}

impl Collection {
    /// Reads a folder. Queries without a relevant document are left out.
    ///
    /// # Errors
    /// If a file is missing or has another form.
    pub(super) fn load(folder: &Path, split: &str) -> Result<Self> {
        let documents: Vec<JudgedDocument> = lines(&folder.join("corpus.jsonl"))?;
        let places: HashMap<&str, u64> =
            documents.iter().map(|document| document.id.as_str()).zip(0..).collect();
        let path = first_of(folder, &[format!("queries_{split}.jsonl"), "queries.jsonl".to_owned()])?;
        let lines: Vec<QueryLine> = lines(&path)?;
        let path = first_of(folder, &[format!("qrels/{split}.tsv"), format!("qrels_{split}.tsv")])?;
        let mut judgements = judgements(&path)?;
        let mut queries = Vec::new();
        for QueryLine { id, text } in lines {
            let judged = judgements.remove(&id).unwrap_or_default();
            let mut ideal: Vec<f64> = judged.iter().map(|(_, grade)| *grade).collect();
            if ideal.is_empty() {
                continue;
            }
            ideal.sort_by(|a, b| b.total_cmp(a));
            let grades =
                judged.iter().filter_map(|(id, grade)| Some((*places.get(id.as_str())?, *grade))).collect();
            queries.push(JudgedQuery { text, grades, ideal });
        }
        if queries.is_empty() {
            bail!("no query of {} has a judgement", folder.display());
        }
        Ok(Self { documents, queries })
    }
}

impl JudgedQuery {
    /// Judges a ranking of places in the corpus.
    fn judge(&self, ranking: &[u64]) -> Quality {
        let grade = |place: &u64| self.grades.get(place).copied().unwrap_or_default();
        let ideal = gain(self.ideal.iter().copied());
        let found = ranking.iter().take(RECALL_DEPTH).filter(|place| grade(place) > 0.0).count();
        Quality {
            ndcg: gain(ranking.iter().map(grade)) / ideal,
            recall: count(found) / count(self.ideal.len()),
        }
    }
}

/// The mean quality of rankings, one for each query.
pub(super) fn judge(queries: &[JudgedQuery], rankings: &[Vec<u64>]) -> Quality {
    let mut sum = Quality::default();
    for (query, ranking) in queries.iter().zip(rankings) {
        let quality = query.judge(ranking);
        sum.ndcg += quality.ndcg;
        sum.recall += quality.recall;
    }
    let count = count(queries.len().max(1));
    Quality { ndcg: sum.ndcg / count, recall: sum.recall / count }
}

/// Grades, each divided by the logarithm of its rank, as `trec_eval` and BEIR count them.
fn gain(grades: impl Iterator<Item = f64>) -> f64 {
    grades.take(NDCG_DEPTH).zip(2_u32..).map(|(grade, rank)| grade / f64::from(rank).log2()).sum()
}

#[expect(clippy::cast_precision_loss, reason = "counts of queries and documents")]
fn count(number: usize) -> f64 {
    number as f64
}

fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let parse = |(line, number): (&str, u32)| {
        serde_json::from_str(line).with_context(|| format!("{}, line {number}", path.display()))
    };
    text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty()).map(parse).collect()
}

/// Positive grades by query; the first line is a head.
fn judgements(path: &Path) -> Result<HashMap<String, Vec<(String, f64)>>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut judgements: HashMap<String, Vec<(String, f64)>> = HashMap::new();
    for line in text.lines().skip(1).filter(|line| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [query, document, grade] = fields.as_slice() else { bail!("{}: {line}", path.display()) };
        let grade: f64 = grade.trim().parse().with_context(|| format!("{}: {line}", path.display()))?;
        if grade > 0.0 {
            judgements.entry((*query).to_owned()).or_default().push(((*document).to_owned(), grade));
        }
    }
    Ok(judgements)
}

fn first_of(folder: &Path, names: &[String; 2]) -> Result<PathBuf> {
    let found = names.iter().map(|name| folder.join(name)).find(|path| path.is_file());
    found.with_context(|| format!("{} has neither {} nor {}", folder.display(), names[0], names[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collection(queries: &str, judgements: &str) -> Collection {
        let folder = tempfile::tempdir().unwrap();
        let corpus = "{\"_id\":\"a\",\"title\":\"A\",\"text\":\"x\"}\n{\"_id\":\"b\",\"text\":\"y\"}\n{\"_id\":\"c\"}\n";
        let lines = "{\"_id\":\"1\",\"text\":\"one\"}\n{\"_id\":\"2\",\"text\":\"two\"}\n";
        fs::create_dir(folder.path().join("qrels")).unwrap();
        fs::write(folder.path().join("corpus.jsonl"), corpus).unwrap();
        fs::write(folder.path().join(queries), lines).unwrap();
        let table = "query-id\tcorpus-id\tscore\n1\tb\t1\n1\tc\t1\n1\tmissing\t1\n2\ta\t0\n";
        fs::write(folder.path().join(judgements), table).unwrap();
        Collection::load(folder.path(), "train").unwrap()
    }

    #[test]
    fn both_layouts_are_read_and_unjudged_queries_are_left_out() {
        for (queries, judgements) in
            [("queries.jsonl", "qrels/train.tsv"), ("queries_train.jsonl", "qrels_train.tsv")]
        {
            let collection = collection(queries, judgements);
            assert_eq!(collection.documents.len(), 3);
            let [query] = collection.queries.as_slice() else { panic!("{collection:?}") };
            assert_eq!(query.text, "one");
            assert_eq!(query.ideal, [1.0, 1.0, 1.0]);
        }
    }

    #[test]
    fn a_ranking_is_judged_as_trec_eval_does() {
        let queries = collection("queries.jsonl", "qrels/train.tsv").queries;
        let quality = judge(&queries, &[vec![0, 1]]);
        // The one found is second; ideal are three in the first three places.
        let ideal = 1.0 + 1.0 / 3_f64.log2() + 0.5;
        assert!((quality.ndcg - (1.0 / 3_f64.log2()) / ideal).abs() < 1e-12, "{quality:?}");
        assert!((quality.recall - 1.0 / 3.0).abs() < 1e-12, "{quality:?}");
        assert_eq!(judge(&queries, &[vec![]]), Quality::default());
    }
}
