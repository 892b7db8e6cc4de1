//! The word index: BM25 over documents in a folder of its own.
//!
//! The index is a copy that can be made anew; who owns the documents says what has changed, and up to where. That
//! position is committed together with the changes, so that after a crash the index goes on exactly where it is.
//!
//! Always: one process writes a folder (tantivy's lock); what is committed survives a kill; a folder of another schema
//! version, or one that cannot be read or written while the disk can, is emptied and built anew.

mod document;
mod facets;
mod filter;
mod opened;
mod placed;
mod plan;
mod schema;
mod search;
mod spelling;
mod suggest;

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use parking_lot::{Mutex, RwLock};
use serde::{Deserialize, Serialize};
use tantivy::indexer::UserOperation;
use tantivy::schema::Term;
use tantivy::{IndexReader, IndexWriter, TantivyError};

pub use document::Document;
pub use facets::{FacetKind, FacetValue};
pub use filter::Filter;
pub use schema::SCHEMA_VERSION;
pub use search::{Hit, Snapshot, WordHits};
pub use spelling::Correction;
pub use suggest::AuthorSuggestion;
/// A file of the index that cannot be read.
pub use tantivy::TantivyError as SearchFailure;

use crate::ids::IdSet;
use crate::text::StemCache;
use opened::{Opened, empty, open_or_renew, payload, probe};
use schema::Fields;
use spelling::SpelledWords;

/// The most threads that index, and that prepare documents for them. A few changes are the work of one of each.
const MAX_WRITER_THREADS: usize = 4;

/// Changes that a thread prepares at least: below, starting it takes longer.
const MIN_PREPARED: usize = 100;

/// Failures in a row after which an index starts anew.
const MAX_FAILURES: u32 = 3;

/// What can go wrong with an index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The index.
    #[error("The search index in {folder} failed: {source}.")]
    Index {
        /// Its folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: TantivyError,
    },
    /// Its folder.
    #[error("The folder {folder} cannot be used: {source}.")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Another process has it.
    #[error("Another process uses the search index in {0}.")]
    InUse(PathBuf),
}

/// Up to where the changes were read that an index has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Whose changes: numbers of another generation say nothing.
    pub generation: i64,
    /// The number of the last change.
    pub number: i64,
}

/// A change of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A document as it is now.
    Put(Box<Document>),
    /// A document that is there no more.
    Remove(u64),
}

/// The word index of a folder.
pub struct WordIndex {
    folder: PathBuf,
    fields: Fields,
    reader: RwLock<Reader>,
    /// One for each thread that prepares.
    stems: Mutex<Vec<StemCache>>,
    spelled: Mutex<SpelledWords>,
    writer: Mutex<Writer>,
}

struct Reader {
    reader: IndexReader,
    /// How often the index was opened again: each time its generations begin anew.
    epoch: u32,
}

struct Writer {
    /// None after a failure, until it can be opened again.
    open: Option<IndexWriter>,
    position: Option<Position>,
    /// Failures since the last commit.
    failures: u32,
}

impl fmt::Debug for WordIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WordIndex").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl WordIndex {
    /// Opens the index in `folder`, or starts an empty one there.
    ///
    /// # Errors
    /// A folder that another process uses, or that cannot be written.
    pub fn open(folder: &Path) -> Result<Self, IndexError> {
        let Opened { reader, writer, position } = open_or_renew(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
            fields: schema::schema().1,
            reader: RwLock::new(Reader { reader, epoch: 0 }),
            stems: Mutex::default(),
            spelled: Mutex::default(),
            writer: Mutex::new(Writer { open: Some(writer), position, failures: 0 }),
        })
    }

    /// How far the changes were read that the index has; `None` if it was never filled.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.writer.lock().position
    }

    /// Applies changes, which become visible with the next [`WordIndex::commit`]. Blocks.
    ///
    /// # Errors
    /// A disk that cannot be written; the changes since the last commit are then gone. An index that fails again and again
    /// is started anew, empty: [`WordIndex::position`] says so.
    pub fn apply(&self, changes: Vec<Change>) -> Result<(), IndexError> {
        let operations = self.prepare(changes);
        let mut writer = self.writer.lock();
        let applied = self.open_writer(&mut writer)?.run(operations);
        self.or_open_again(&mut writer, applied.map(|_| ()))
    }

    /// The operations of changes in their order, made by several threads if they are many.
    fn prepare(&self, changes: Vec<Change>) -> Vec<UserOperation> {
        let prepare = |changes: Vec<Change>| -> Vec<UserOperation> {
            let mut stems = self.stems.lock().pop().unwrap_or_default();
            let prepared =
                changes.into_iter().flat_map(|change| self.operations(change, &mut stems)).collect();
            self.stems.lock().push(stems);
            prepared
        };
        let size = changes.len().div_ceil(threads()).max(MIN_PREPARED);
        let mut parts = Vec::new();
        let mut rest = changes;
        while rest.len() > size {
            let tail = rest.split_off(size);
            parts.push(std::mem::replace(&mut rest, tail));
        }
        std::thread::scope(|scope| {
            let threads: Vec<_> = parts.into_iter().map(|part| scope.spawn(move || prepare(part))).collect();
            let last = prepare(rest);
            let parts = threads.into_iter().flat_map(|thread| match thread.join() {
                Ok(operations) => operations,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            parts.chain(last).collect()
        })
    }

    /// What a change is in the index: the document goes, and comes again if it is still there.
    fn operations(
        &self,
        change: Change,
        stems: &mut StemCache,
    ) -> impl Iterator<Item = UserOperation> + use<> {
        let (id, document) = match change {
            Change::Remove(id) => (id, None),
            Change::Put(document) => {
                (document.id, Some(document.to_index(&self.fields, stems, &self.spelled)))
            }
        };
        let delete = UserOperation::Delete(Term::from_field_u64(self.fields.id, id));
        std::iter::once(delete).chain(document.map(UserOperation::Add))
    }

    /// Makes changes durable and visible, with the position up to which they were read. Blocks.
    ///
    /// # Errors
    /// As [`WordIndex::apply`].
    pub fn commit(&self, position: Position) -> Result<(), IndexError> {
        let mut writer = self.writer.lock();
        let committed = self.open_writer(&mut writer)?.prepare_commit().and_then(|mut commit| {
            commit.set_payload(&payload(position));
            commit.commit()
        });
        let reloaded = committed.and_then(|_| self.reader.read().reader.reload());
        self.or_open_again(&mut writer, reloaded)?;
        self.spelled.lock().clear();
        (writer.position, writer.failures) = (Some(position), 0);
        Ok(())
    }

    /// The ids of all documents.
    ///
    /// # Errors
    /// A file of the index that cannot be read.
    pub fn ids(&self) -> Result<IdSet, IndexError> {
        self.snapshot().ids().map_err(|source| self.failed(source))
    }

    /// The index as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let Reader { reader, epoch } = &*self.reader.read();
        Snapshot { searcher: reader.searcher(), fields: self.fields, epoch: *epoch }
    }

    /// The size of its files, in bytes.
    #[must_use]
    pub fn disk_bytes(&self) -> u64 {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
    }

    /// The writer, opened again if it had to be closed.
    fn open_writer<'a>(&self, writer: &'a mut Writer) -> Result<&'a mut IndexWriter, IndexError> {
        if writer.open.is_none() {
            self.open_again(writer)?;
        }
        writer.open.as_mut().ok_or_else(|| IndexError::InUse(self.folder.clone()))
    }

    /// After a failure the index is opened again, as the last commit left it. Rolling back would do with a writer that
    /// still works only. If that does not help, its files are to blame: unless the disk is, it starts anew.
    fn or_open_again(&self, writer: &mut Writer, done: Result<(), TantivyError>) -> Result<(), IndexError> {
        let Err(source) = done else { return Ok(()) };
        // What was counted is not written.
        self.spelled.lock().clear();
        writer.open = None;
        writer.failures += 1;
        if writer.failures >= MAX_FAILURES && probe(&self.folder).is_ok() {
            tracing::warn!(error = %source, folder = %self.folder.display(), "search index is built anew");
            if let Err(error) = empty(&self.folder) {
                tracing::error!(%error, "files of the search index cannot be removed");
            }
        }
        if let Err(error) = self.open_again(writer) {
            tracing::error!(%error, "search index cannot be opened again");
        }
        Err(self.failed(source))
    }

    fn open_again(&self, writer: &mut Writer) -> Result<(), IndexError> {
        let opened = open_or_renew(&self.folder)?;
        (writer.open, writer.position) = (Some(opened.writer), opened.position);
        let mut reader = self.reader.write();
        (reader.reader, reader.epoch) = (opened.reader, reader.epoch.wrapping_add(1));
        Ok(())
    }

    fn failed(&self, source: TantivyError) -> IndexError {
        IndexError::Index { folder: self.folder.clone(), source }
    }
}

/// Threads that index.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, |threads| threads.get().min(MAX_WRITER_THREADS))
}

#[cfg(test)]
mod tests;
