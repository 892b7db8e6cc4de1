//! The input of an import: files of one kind, read in the background record by record.
//!
//! A file is named on the command line, where its owner may read what he likes, or by an administrator far away, who
//! gets nothing but what lies below the import directory ([`super::files`]).
//!
//! Always: a few batches wait at most, so that an input of any size takes the same memory; records come in the order of
//! the input, each with its place, from which a run that was interrupted goes on.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use entity::enums::PaperSource;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::calendar::DayBounds;
use crate::{Error, Result};

use super::files::{File, Files};
use crate::sources::formats::record::{Record, RecordContent};
use crate::sources::formats::{arxiv, hf_daily};

/// The number of records in one transaction.
pub(in crate::sources) const BATCH_SIZE: usize = 500;

/// The number of lines of a snapshot in one transaction. Each transaction writes every index at many places and waits for
/// the disk, so that few large ones are twice as fast; this one takes half a second.
const SNAPSHOT_BATCH_SIZE: usize = 2_000;

/// Bytes of texts in one transaction, about: a batch of large collaborations has fewer records.
const MAX_BATCH_BYTES: usize = 8 * 1024 * 1024;

/// Batches that wait to be written.
const WAITING_BATCHES: usize = 2;

/// What papers are read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Responses of Hugging Face's daily papers.
    HfDaily,
    /// The snapshot of arXiv's metadata.
    ArxivSnapshot {
        /// Only papers of one of these categories or archives; all, if there are none.
        categories: Vec<String>,
    },
    /// Responses of arXiv's OAI-PMH.
    ArxivOai,
    /// Responses of arXiv's query API.
    ArxivQuery,
}

impl InputKind {
    /// What an administrator can start by naming it.
    pub(in crate::sources) fn of(source: PaperSource) -> Option<Self> {
        match source {
            PaperSource::HfDaily => Some(Self::HfDaily),
            PaperSource::ArxivSnapshot => Some(Self::ArxivSnapshot { categories: Vec::new() }),
            PaperSource::ArxivOai => Some(Self::ArxivOai),
            PaperSource::ArxivQuery => Some(Self::ArxivQuery),
            PaperSource::ArxivListing | PaperSource::Sample => None,
        }
    }

    pub(in crate::sources) fn source(&self) -> PaperSource {
        match self {
            Self::HfDaily => PaperSource::HfDaily,
            Self::ArxivSnapshot { .. } => PaperSource::ArxivSnapshot,
            Self::ArxivOai => PaperSource::ArxivOai,
            Self::ArxivQuery => PaperSource::ArxivQuery,
        }
    }

    /// The number of records in one transaction.
    fn batch_size(&self) -> usize {
        match self {
            Self::ArxivSnapshot { .. } => SNAPSHOT_BATCH_SIZE,
            Self::HfDaily | Self::ArxivOai | Self::ArxivQuery => BATCH_SIZE,
        }
    }

    /// The extensions of the files that are read in a folder.
    pub(in crate::sources) fn extensions(&self) -> &'static [&'static str] {
        match self {
            Self::HfDaily => &["json"],
            Self::ArxivSnapshot { .. } => &["json", "jsonl", "gz", "zst"],
            Self::ArxivOai | Self::ArxivQuery => &["xml"],
        }
    }
}

/// An input: its kind and its files.
#[derive(Clone, Debug)]
pub(in crate::sources) struct Input {
    pub kind: InputKind,
    pub files: Files,
}

impl Input {
    /// A hash by which the same unchanged input is known again.
    pub(in crate::sources) fn fingerprint(&self) -> String {
        let files = self.files.fingerprint();
        match &self.kind {
            InputKind::ArxivSnapshot { categories } if !categories.is_empty() => {
                let chosen = format!("{files}\n{}", categories.join(","));
                data_encoding::HEXLOWER.encode(&Sha256::digest(chosen))
            }
            _ => files,
        }
    }

    /// Bytes of all files.
    pub(in crate::sources) fn bytes(&self) -> u64 {
        self.files.0.iter().map(|file| file.size).sum()
    }

    /// Reads what stands behind the first `position` places, on a thread of its own.
    pub(in crate::sources) fn read(self, position: i64, bounds: DayBounds) -> Batches {
        let (batches, read) = mpsc::channel(WAITING_BATCHES);
        let expects_news = Arc::new(AtomicBool::new(true));
        let mut reader = Reader {
            batches,
            bounds,
            position,
            place: 0,
            batch_size: self.kind.batch_size(),
            batch: Vec::new(),
            batch_bytes: 0,
            bytes: Arc::default(),
            expects_news: Arc::clone(&expects_news),
        };
        let reading = tokio::task::spawn_blocking(move || {
            for file in &self.files.0 {
                if !reader.read_file(&self.kind, file) {
                    return;
                }
            }
            reader.hand_over();
        });
        Batches { read, reading, expects_news }
    }
}

/// The batches of an input, as they are read.
pub(in crate::sources) struct Batches {
    read: mpsc::Receiver<Batch>,
    reading: JoinHandle<()>,
    expects_news: Arc<AtomicBool>,
}

impl Batches {
    /// Says whether the latest batch had anything new: if so, the texts of the next ones are folded as they are read.
    pub(super) fn expect_news(&self, had_news: bool) {
        self.expects_news.store(had_news, Ordering::Relaxed);
    }

    /// The next batch; `None` at the end of the input.
    ///
    /// # Errors
    /// Reading broke off: what is missing is not taken for the end.
    pub(in crate::sources) async fn next(&mut self) -> Result<Option<Batch>> {
        match self.read.recv().await {
            Some(batch) => Ok(Some(batch)),
            None => (&mut self.reading).await.map(|()| None).map_err(Error::failed("reading papers")),
        }
    }
}

/// Records that are written together.
#[derive(Debug)]
pub(in crate::sources) struct Batch {
    pub records: Vec<Record>,
    /// The place up to which the input was dealt with then.
    pub position: i64,
    /// Bytes of the input up to there.
    pub bytes: u64,
}

/// Reads files and hands over what they hold.
struct Reader {
    batches: mpsc::Sender<Batch>,
    bounds: DayBounds,
    /// Places that were dealt with before.
    position: i64,
    /// The place of the last record.
    place: i64,
    batch_size: usize,
    batch: Vec<Record>,
    /// Bytes of the texts in it.
    batch_bytes: usize,
    bytes: Arc<AtomicU64>,
    /// Whether papers will probably be written.
    expects_news: Arc<AtomicBool>,
}

impl Reader {
    /// Reads a file. Returns whether anyone waits for more.
    fn read_file(&mut self, kind: &InputKind, file: &File) -> bool {
        if let InputKind::ArxivSnapshot { categories } = kind {
            return self.read_lines(file, categories);
        }
        let content = file.bytes().map_err(|error| error.to_string()).and_then(|bytes| match kind {
            InputKind::ArxivOai => arxiv::oai_page(&bytes, &self.bounds),
            InputKind::ArxivQuery => arxiv::query_page(&bytes, &self.bounds),
            _ => hf_daily::parse(&bytes, file.day(), &self.bounds)
                .map(|items| items.into_iter().map(RecordContent::from).collect()),
        });
        self.bytes.fetch_add(file.size, Ordering::Relaxed);
        let name = file.name();
        match content {
            Ok(found) => {
                let mut items = found.into_iter().zip(1_u32..);
                items
                    .all(|(found, number)| self.take(self.place + 1, format!("{name}, item {number}"), found))
            }
            Err(reason) => self.take(self.place + 1, name, RecordContent::UnreadableFile(reason)),
        }
    }

    /// Reads a file of lines, each of which is a place.
    fn read_lines(&mut self, file: &File, categories: &[String]) -> bool {
        let (name, before) = (file.name(), self.place);
        let skipped = u64::try_from(self.position - before).unwrap_or_default();
        let opened = file.open().map(|inner| Counted { inner, bytes: Arc::clone(&self.bytes) });
        let bounds = self.bounds.clone();
        let mut is_wanted = true;
        let read = opened.map_err(|error| error.to_string()).and_then(|input| {
            arxiv::read_snapshot(input, skipped, categories, &bounds, &mut |line, found| {
                let place = before + i64::try_from(line).unwrap_or(i64::MAX);
                is_wanted = self.take(place, format!("{name}, line {line}"), found);
                is_wanted
            })
        });
        match read {
            Ok(lines) => {
                // Also lines that were passed over are places.
                self.place = before + i64::try_from(lines).unwrap_or(i64::MAX);
                is_wanted
            }
            Err(reason) => self.take(self.place + 1, name, RecordContent::UnreadableFile(reason)),
        }
    }

    /// Takes a record, if it was not dealt with before. Returns whether anyone waits for more.
    fn take(&mut self, place: i64, item: String, found: RecordContent) -> bool {
        self.place = place;
        if place <= self.position {
            return !self.batches.is_closed();
        }
        if let RecordContent::Paper(paper, _) = &found {
            self.batch_bytes += paper.text_bytes();
            if self.expects_news.load(Ordering::Relaxed) {
                paper.fold();
            }
        }
        self.batch.push(Record { item, found });
        let is_full = self.batch.len() >= self.batch_size || self.batch_bytes >= MAX_BATCH_BYTES;
        !is_full || self.hand_over()
    }

    /// Hands over what was read. Returns whether anyone waits for more.
    fn hand_over(&mut self) -> bool {
        let (position, bytes) = (self.place.max(self.position), self.bytes.load(Ordering::Relaxed));
        self.batch_bytes = 0;
        let batch = Batch { records: std::mem::take(&mut self.batch), position, bytes };
        self.batches.blocking_send(batch).is_ok()
    }
}

/// Counts the bytes that are read.
struct Counted<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.bytes.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}
