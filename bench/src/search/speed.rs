//! How fast the crate is, and how much it takes, on generated documents.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use cpu_time::ThreadTime;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use search::fusion::fuse;
use search::index::{Change, Filter, FilterKind, Position, Snapshot, WordIndex};
use search::meaning::Model;
use search::query::Query;
use search::vectors::{QuantizedVector, VectorIndex};

use super::corpus::{Corpus, author};
use super::{Options, hybrid, say};
use crate::proc::Tree;

/// Papers that the service finds at most.
const DEPTH: usize = 200;

/// Documents that are made, indexed and committed at a time, and that are handed over at a time.
const COMMITTED_AT_ONCE: u64 = 50_000;
const APPLIED_AT_ONCE: usize = 1_000;

/// Numbers of a random vector.
const DIMENSIONS: usize = 384;

/// Documents that are embedded to see how fast that is.
const EMBEDDED: u64 = 64;

/// Words of a query that is embedded.
const EMBEDDED_QUERY_WORDS: usize = 9;

/// The size of the index must not change for so long before anything is asked of it.
const SETTLED_AFTER: Duration = Duration::from_secs(3);

/// Between two looks at the size of the index.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What was measured.
#[derive(Clone, Debug)]
pub(super) struct Speed {
    pub(super) indexing: Indexing,
    pub(super) vectors: VectorSize,
    pub(super) embedding: Option<Embedding>,
    pub(super) latencies: Vec<Latency>,
    /// The most memory that the process ever had, in MiB.
    pub(super) peak_mib: f64,
}

/// How the index was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Indexing {
    pub(super) seconds: f64,
    pub(super) processor_seconds: f64,
    pub(super) disk_bytes: u64,
    /// The most memory of the process meanwhile, with the documents of one commit.
    pub(super) peak_mib: f64,
}

/// What vectors take.
#[derive(Clone, Copy, Debug)]
pub(super) struct VectorSize {
    pub(super) count: usize,
    pub(super) bytes: usize,
}

/// How fast a model is, on one thread.
#[derive(Clone, Debug)]
pub(super) struct Embedding {
    pub(super) model: String,
    pub(super) documents_per_processor_second: f64,
}

/// How long one kind of query took.
#[derive(Clone, Debug)]
pub(super) struct Latency {
    pub(super) what: &'static str,
    pub(super) clients: u32,
    /// Queries a second, of all clients.
    pub(super) rate: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// Processor time, which other programs do not change much.
    pub(super) mean_processor_ms: f64,
    pub(super) p99_processor_ms: f64,
}

/// A kind of query; it is asked by the number of a query.
type Ask<'a> = Box<dyn Fn(usize) -> Result<()> + Sync + 'a>;

/// Generates, indexes and asks.
///
/// # Errors
/// If something does not work.
pub(super) fn run(options: &Options, model: Option<&Model>) -> Result<Speed> {
    let corpus = Corpus::new(options.vocabulary, options.words);
    let place = tempfile::tempdir().context("a temporary folder")?;
    let index = WordIndex::open(place.path())?;
    let indexing = fill(options, &corpus, &index)?;
    say("making vectors");
    let dimensions = model.map_or(DIMENSIONS, Model::dimensions);
    let vectors = fill_vectors(options.vector_count.unwrap_or(options.documents), dimensions)?;
    let embedding = model.map(|model| embed(model, &corpus)).transpose()?;
    let asked = Asked::new(options, &corpus, dimensions)?;
    let snapshot = index.snapshot();
    let mut latencies = Vec::new();
    for (what, ask) in kinds(&asked, &snapshot, &vectors, model) {
        say(what);
        for &clients in &options.clients {
            latencies.push(measure(what, clients, options.queries, &ask)?);
        }
    }
    let size = VectorSize { count: vectors.len(), bytes: vectors.memory() };
    Ok(Speed { indexing, vectors: size, embedding, latencies, peak_mib: own().peak_mib()? })
}

fn own() -> Tree {
    Tree(std::process::id())
}

/// Indexes all documents. The time in which they are generated does not count; nothing is indexed meanwhile, because
/// each part is committed.
fn fill(options: &Options, corpus: &Corpus, index: &WordIndex) -> Result<Indexing> {
    let (mut elapsed, mut processor_seconds) = (Duration::ZERO, 0.0);
    let mut first = 1;
    while first <= options.documents {
        let last = options.documents.min(first + COMMITTED_AT_ONCE - 1);
        say(&format!("indexing: {last} of {}", options.documents));
        let mut documents = (first..=last).map(|id| Change::Put(Box::new(corpus.document(id))));
        let parts: Vec<Vec<Change>> = std::iter::from_fn(|| {
            let part: Vec<Change> = documents.by_ref().take(APPLIED_AT_ONCE).collect();
            (!part.is_empty()).then_some(part)
        })
        .collect();
        let (started, spent) = (Instant::now(), own().own_seconds()?);
        for part in parts {
            index.apply(part)?;
        }
        index.commit(Position { generation: 1, number: i64::try_from(last)? })?;
        elapsed += started.elapsed();
        processor_seconds += own().own_seconds()? - spent;
        first = last + 1;
    }
    let peak_mib = own().peak_mib()?;
    settle(index);
    Ok(Indexing {
        seconds: elapsed.as_secs_f64(),
        processor_seconds,
        disk_bytes: index.disk_bytes(),
        peak_mib,
    })
}

/// Waits until segments are merged.
fn settle(index: &WordIndex) {
    let mut size = index.disk_bytes();
    let mut since = Instant::now();
    while since.elapsed() < SETTLED_AFTER {
        std::thread::sleep(LOOK_EVERY);
        let now = index.disk_bytes();
        if now != size {
            (size, since) = (now, Instant::now());
        }
    }
}

fn fill_vectors(count: u64, dimensions: usize) -> Result<VectorIndex> {
    let mut vectors = VectorIndex::new(dimensions);
    let mut chance = StdRng::seed_from_u64(1);
    for id in 1..=count {
        vectors.upsert(id, &QuantizedVector::new(&unit_vector(&mut chance, dimensions)))?;
    }
    Ok(vectors)
}

fn unit_vector(chance: &mut StdRng, dimensions: usize) -> Vec<f32> {
    let mut vector: Vec<f32> = (0..dimensions).map(|_| chance.random_range(-1.0..1.0)).collect();
    let length = vector.iter().map(|number| number * number).sum::<f32>().sqrt();
    for number in &mut vector {
        *number /= length;
    }
    vector
}

fn embed(model: &Model, corpus: &Corpus) -> Result<Embedding> {
    say("embedding documents");
    let documents: Vec<_> = (1..=EMBEDDED).map(|id| corpus.document(id)).collect();
    let texts: Vec<(&str, &str)> =
        documents.iter().map(|document| (document.title.as_str(), document.summary.as_str())).collect();
    let started = ThreadTime::now();
    let vectors = model.embed_documents(&texts);
    let spent = started.elapsed().as_secs_f64();
    if vectors.len() != texts.len() {
        bail!("the model made {} vectors of {} texts", vectors.len(), texts.len());
    }
    #[expect(clippy::cast_precision_loss, reason = "a few documents")]
    let documents_per_processor_second = texts.len() as f64 / spent;
    Ok(Embedding { model: model.name().to_owned(), documents_per_processor_second })
}

/// What is asked for.
struct Asked {
    one: Vec<Query>,
    two: Vec<Query>,
    three: Vec<Query>,
    nine: Vec<Query>,
    phrases: Vec<Query>,
    typed: Vec<String>,
    topics: Vec<String>,
    vectors: Vec<Vec<f32>>,
    filter: Filter,
    /// One document of ten.
    is_tenth: fn(u64) -> bool,
}

impl Asked {
    fn new(options: &Options, corpus: &Corpus, dimensions: usize) -> Result<Self> {
        let mut chance = StdRng::seed_from_u64(0);
        let count = options.queries as usize;
        let mut words = |length| -> Vec<String> {
            (0..count).map(|_| corpus.query(&mut chance, length).join(" ")).collect()
        };
        let parse =
            |texts: &[String]| texts.iter().map(|text| Query::parse(text)).collect::<Result<Vec<_>, _>>();
        let (one, two, three, nine) =
            (parse(&words(1))?, parse(&words(2))?, parse(&words(3))?, parse(&words(9))?);
        let topics = words(EMBEDDED_QUERY_WORDS);
        let phrases: Vec<String> = (0..count)
            .map(|_| {
                let document = corpus.document(chance.random_range(1..=options.documents));
                let words: Vec<&str> = document.summary.split(' ').collect();
                let at = chance.random_range(0..words.len() - 3);
                format!("\"{}\"", words[at..at + 3].join(" "))
            })
            .collect();
        let typed = (0..count).map(|_| {
            let name = author(chance.random_range(0..10_000)).to_lowercase();
            name.chars().take(chance.random_range(2..=8)).collect()
        });
        let typed = typed.collect();
        let vectors = (0..count).map(|_| unit_vector(&mut chance, dimensions)).collect();
        let filter = Filter {
            categories: corpus.document(1).categories.into_iter().take(1).collect(),
            from_day: Some(super::corpus::FIRST_DAY + super::corpus::DAYS / 2),
            ..Filter::default()
        };
        let is_tenth = |id: u64| id.is_multiple_of(10);
        Ok(Self {
            one,
            two,
            three,
            nine,
            phrases: parse(&phrases)?,
            typed,
            topics,
            vectors,
            filter,
            is_tenth,
        })
    }
}

fn kinds<'a>(
    asked: &'a Asked,
    snapshot: &'a Snapshot,
    vectors: &'a VectorIndex,
    model: Option<&'a Model>,
) -> Vec<(&'static str, Ask<'a>)> {
    let words = move |queries: &'a [Query], filter: &Filter, at: usize| -> Result<()> {
        snapshot.search(&queries[at], filter, DEPTH)?;
        Ok(())
    };
    let open = Filter::default();
    let all = move |queries: &'a [Query]| -> Ask<'a> {
        let open = open.clone();
        Box::new(move |at| words(queries, &open, at))
    };
    let nearest = move |filter: Option<&dyn Fn(u64) -> bool>, at: usize| -> Result<()> {
        vectors.nearest(&asked.vectors[at], hybrid::POOL, filter)?;
        Ok(())
    };
    let mut kinds: Vec<(&'static str, Ask<'a>)> = vec![
        ("1 word", all(&asked.one)),
        ("2 words", all(&asked.two)),
        ("3 words", all(&asked.three)),
        ("9 words", all(&asked.nine)),
        ("phrase", all(&asked.phrases)),
        ("3 words, filtered", Box::new(move |at| words(&asked.three, &asked.filter, at))),
        (
            "3 words, counted",
            Box::new(move |at| {
                snapshot.count(&asked.three[at], &Filter::default())?;
                Ok(())
            }),
        ),
        ("3 words, four facets", Box::new(move |at| facets(snapshot, &asked.three[at]))),
        (
            "suggestions",
            Box::new(move |at| {
                snapshot.suggest_authors(&asked.typed[at], 5)?;
                snapshot.suggest_titles(&asked.typed[at], 5)?;
                Ok(())
            }),
        ),
        ("nearest vectors", Box::new(move |at| nearest(None, at))),
        ("nearest of a tenth", Box::new(move |at| nearest(Some(&asked.is_tenth), at))),
        (
            "hybrid, vector given",
            Box::new(move |at| {
                let pool = hybrid::candidates(snapshot, vectors, &asked.three[at], &asked.vectors[at])?;
                black_box(fuse(&pool, 0.5));
                Ok(())
            }),
        ),
    ];
    if let Some(model) = model {
        kinds.push((
            "embedding a query",
            Box::new(move |at| {
                black_box(model.embed_query(&asked.topics[at]));
                Ok(())
            }),
        ));
        kinds.push((
            "hybrid",
            Box::new(move |at| {
                let vector = model.embed_query(&asked.topics[at]);
                let pool = hybrid::candidates(snapshot, vectors, &asked.nine[at], &vector)?;
                black_box(fuse(&pool, 0.5));
                Ok(())
            }),
        ));
    }
    kinds
}

fn facets(snapshot: &Snapshot, query: &Query) -> Result<()> {
    for kind in [FilterKind::Category, FilterKind::Organization, FilterKind::Year, FilterKind::Code] {
        snapshot.facets(query, &Filter::default(), kind, 20)?;
    }
    Ok(())
}

/// Asks all queries of a kind once, shared among clients, after a tenth of them to get warm.
fn measure(what: &'static str, clients: u32, queries: u32, ask: &Ask<'_>) -> Result<Latency> {
    let count = queries as usize;
    for at in 0..count.div_ceil(10) {
        ask(at)?;
    }
    let failure = OnceLock::new();
    let client = |first: usize| {
        let mut spans = Vec::new();
        for at in (first..count).step_by(clients as usize) {
            let (wall, processor) = (Instant::now(), ThreadTime::now());
            if let Err(error) = ask(at) {
                let _ = failure.set(error);
                break;
            }
            spans.push((wall.elapsed(), processor.elapsed()));
        }
        spans
    };
    let started = Instant::now();
    let spans: Vec<(Duration, Duration)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..clients as usize).map(|first| scope.spawn(move || client(first))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    let seconds = started.elapsed().as_secs_f64();
    if let Some(error) = failure.into_inner() {
        return Err(error.context(what));
    }
    if spans.len() != count {
        bail!("{what}: a client ended early");
    }
    let walls = sorted(spans.iter().map(|(wall, _)| *wall));
    let processor = sorted(spans.iter().map(|(_, processor)| *processor));
    Ok(Latency {
        what,
        clients,
        rate: f64::from(queries) / seconds,
        p50_ms: percentile(&walls, 50),
        p99_ms: percentile(&walls, 99),
        mean_processor_ms: processor.iter().sum::<f64>() / f64::from(queries),
        p99_processor_ms: percentile(&processor, 99),
    })
}

/// In milliseconds.
fn sorted(spans: impl Iterator<Item = Duration>) -> Vec<f64> {
    let mut spans: Vec<f64> = spans.map(|span| span.as_secs_f64() * 1e3).collect();
    spans.sort_by(f64::total_cmp);
    spans
}

/// The smallest that so many in a hundred do not exceed.
fn percentile(sorted: &[f64], hundredths: usize) -> f64 {
    let rank = (sorted.len() * hundredths).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "a percentile is one of the numbers, not computed from them")]
    fn a_percentile_is_one_of_what_was_measured() {
        let sorted: Vec<f64> = (1..=200_u8).map(f64::from).collect();
        assert_eq!([50, 99, 100].map(|hundredths| percentile(&sorted, hundredths)), [100.0, 198.0, 200.0]);
        assert_eq!(percentile(&[7.0], 50), 7.0);
        assert_eq!(percentile(&[], 99), 0.0);
    }
}
