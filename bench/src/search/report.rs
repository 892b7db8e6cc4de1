//! What is printed: quality for each mode, sizes, latencies, and the goals.

use super::Options;
use super::beir::Quality;
use super::relevance::Relevance;
use super::service::ServiceSpeed;
use super::speed::Speed;
use crate::table::{number, table};

/// nDCG@10 of words alone, and of words and meaning.
const WORDS_NDCG: f64 = 0.70;
const HYBRID_NDCG: f64 = 0.75;

/// Documents a second.
const INDEXING_RATE: f64 = 10_000.0;

/// Milliseconds that 99 of 100 queries take at most, asked by one client.
const LATENCIES_MS: [(&str, f64); 6] = [
    ("1 word", 5.0),
    ("2 words", 5.0),
    ("3 words", 5.0),
    ("9 words", 15.0),
    ("suggestions", 10.0),
    ("hybrid", 60.0),
];

/// A goal, what was measured, and whether more is better.
struct Goal {
    what: String,
    wanted: f64,
    measured: f64,
    is_minimum: bool,
}

/// The report on relevance, in Markdown.
pub(super) fn relevance(found: &Relevance) -> String {
    let Relevance { collection, split, documents, queries, words, meaning } = found;
    let mut text = format!("\n{collection}: {documents} documents, {queries} queries ({split}).\n\n");
    let head = ["mode", "nDCG@10", "recall@100"].map(ToOwned::to_owned);
    let row = |mode: String, quality: Quality| {
        [mode, format!("{:.4}", quality.ndcg), format!("{:.4}", quality.recall)]
    };
    let mut rows = vec![head, row("words".to_owned(), *words)];
    let mut goals = vec![minimum("nDCG@10, words", WORDS_NDCG, words.ndcg)];
    if let Some(meaning) = meaning {
        rows.push(row(format!("meaning, {}", meaning.model), meaning.alone));
        rows.push(row(format!("fused, weight {:.2}", meaning.weights.meaning), meaning.fused));
        rows.push(row("hybrid: fused, and the first by what they cover".to_owned(), meaning.hybrid));
        goals.push(minimum("nDCG@10, hybrid", HYBRID_NDCG, meaning.hybrid.ndcg));
    }
    table(&mut text, &rows);
    if let Some(meaning) = meaning {
        let head = ["fused, share of meaning", "nDCG@10", "recall@100"].map(ToOwned::to_owned);
        let mut rows = vec![head];
        rows.extend(meaning.sweep.iter().map(|(weight, quality)| row(format!("{weight:.2}"), *quality)));
        table(&mut text, &rows);
    }
    write_goals(&mut text, &goals);
    text
}

/// The report on speed, in Markdown.
pub(super) fn speed(options: &Options, found: &Speed) -> String {
    let Options { documents, words, vocabulary, queries, .. } = options;
    let Speed { indexing, vectors, embedding, latencies, peak_mib } = found;
    let mut text = format!(
        "\n{documents} documents of {words} words from {vocabulary}, {queries} queries of each kind. In the process \
         itself: no GraphQL, no HTTP, no database. If other programs run, processor time says more.\n\n"
    );
    let count = float(*documents);
    let rate = count / indexing.seconds;
    let mut rows = vec![["size", "measured"].map(ToOwned::to_owned)];
    let mut size = |what: &str, measured: String| rows.push([what.to_owned(), measured]);
    size("indexing, documents/s", format!("{rate:.0}"));
    size("indexing, processor ms a document", number(Some(indexing.processor_seconds * 1e3 / count)));
    size("index on disk, MiB", number(Some(mib(float(indexing.disk_bytes)))));
    size("index on disk, bytes a document", format!("{:.0}", float(indexing.disk_bytes) / count));
    size("peak memory while indexing, MiB", number(Some(indexing.peak_mib)));
    size(
        &format!("memory of {} vectors, MiB", vectors.count),
        number(Some(mib(float(vectors.bytes as u64)))),
    );
    size("peak memory, all, MiB", number(Some(*peak_mib)));
    if let Some(embedding) = embedding {
        let rate = embedding.documents_per_processor_second;
        size(
            &format!("embedding with {}, documents a processor second", embedding.model),
            number(Some(rate)),
        );
    }
    table(&mut text, &rows);
    let head = ["query", "clients", "queries/s", "p50 ms", "p99 ms", "mean processor ms", "p99 processor ms"];
    let mut rows = vec![head.map(ToOwned::to_owned)];
    rows.extend(latencies.iter().map(|one| {
        [
            one.what.to_owned(),
            one.clients.to_string(),
            format!("{:.0}", one.rate),
            number(Some(one.p50_ms)),
            number(Some(one.p99_ms)),
            number(Some(one.mean_processor_ms)),
            number(Some(one.p99_processor_ms)),
        ]
    }));
    table(&mut text, &rows);
    let mut goals = vec![minimum("documents indexed/s", INDEXING_RATE, rate)];
    for (what, wanted) in LATENCIES_MS {
        let Some(one) = latencies.iter().find(|one| one.what == what && one.clients == 1) else { continue };
        goals.push(maximum(format!("p99 ms, {what}"), wanted, one.p99_ms));
        goals.push(maximum(format!("p99 processor ms, {what}"), wanted, one.p99_processor_ms));
    }
    write_goals(&mut text, &goals);
    text
}

/// The report on searches asked of the service, in Markdown.
pub(super) fn service(options: &Options, found: &ServiceSpeed) -> String {
    let ServiceSpeed { import_rate, indexing_seconds, latencies, processor_ms, peak_mib } = found;
    let mut text = format!(
        "\n{} papers in a service on SQLite; pages of 20 papers with highlights through GraphQL, a connection for each \
         request.\n\n",
        options.documents
    );
    let mut rows = vec![["size", "measured"].map(ToOwned::to_owned)];
    for (what, measured) in [
        ("import of the snapshot, papers/s", *import_rate),
        ("indexing, s", *indexing_seconds),
        ("peak memory with complete indexes, MiB", *peak_mib),
    ] {
        rows.push([what.to_owned(), number(Some(measured))]);
    }
    table(&mut text, &rows);
    let head = ["query", "clients", "requests/s", "p50 ms", "p99 ms", "processor ms of the service"];
    let mut rows = vec![head.map(ToOwned::to_owned)];
    rows.extend(latencies.iter().zip(processor_ms).map(|(one, processor)| {
        [
            one.what.to_owned(),
            one.clients.to_string(),
            format!("{:.0}", one.rate),
            number(Some(one.p50_ms)),
            number(Some(one.p99_ms)),
            number(Some(*processor)),
        ]
    }));
    table(&mut text, &rows);
    let mut goals = Vec::new();
    for one in latencies.iter().filter(|one| one.clients == 1) {
        let wanted = LATENCIES_MS.iter().find(|(what, _)| *what == one.what);
        goals.extend(wanted.map(|(what, wanted)| maximum(format!("p99 ms, {what}"), *wanted, one.p99_ms)));
    }
    write_goals(&mut text, &goals);
    text
}

fn minimum(what: &str, wanted: f64, measured: f64) -> Goal {
    Goal { what: what.to_owned(), wanted, measured, is_minimum: true }
}

fn maximum(what: String, wanted: f64, measured: f64) -> Goal {
    Goal { what, wanted, measured, is_minimum: false }
}

fn write_goals(text: &mut String, goals: &[Goal]) {
    let mut rows = vec![["goal", "wanted", "measured", ""].map(ToOwned::to_owned)];
    for Goal { what, wanted, measured, is_minimum } in goals {
        let (sign, is_reached) =
            if *is_minimum { ("≥", measured >= wanted) } else { ("≤", measured <= wanted) };
        let verdict = if is_reached { "yes" } else { "no" };
        rows.push([what.clone(), format!("{sign} {wanted}"), number(Some(*measured)), verdict.to_owned()]);
    }
    table(text, &rows);
}

fn mib(bytes: f64) -> f64 {
    bytes / 1024.0 / 1024.0
}

#[expect(clippy::cast_precision_loss, reason = "counts and sizes of files")]
fn float(number: u64) -> f64 {
    number as f64
}
