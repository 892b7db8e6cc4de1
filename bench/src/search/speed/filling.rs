//! Filling the word index with generated documents.

use std::time::{Duration, Instant};

use anyhow::Result;
use search::index::{Change, Position, WordIndex};

use super::super::corpus::Corpus;
use super::super::{Options, say};
use super::own;

/// Documents that are made, indexed and committed at a time, and that are handed over at a time.
const COMMITTED_AT_ONCE: u64 = 50_000;
const APPLIED_AT_ONCE: usize = 1_000;

/// The size of the index must not change for so long before anything is asked of it.
const SETTLED_AFTER: Duration = Duration::from_secs(3);

/// Between two looks at the size of the index.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How the index was made.
#[derive(Clone, Copy, Debug)]
pub(in crate::search) struct Indexing {
    pub(in crate::search) seconds: f64,
    pub(in crate::search) processor_seconds: f64,
    pub(in crate::search) disk_bytes: u64,
    /// The most memory of the process meanwhile, with the documents of one commit.
    pub(in crate::search) peak_mib: f64,
}

/// Indexes all documents. The time in which they are generated does not count; nothing is indexed meanwhile, because
/// each part is committed.
pub(super) fn fill(options: &Options, corpus: &Corpus, index: &WordIndex) -> Result<Indexing> {
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
