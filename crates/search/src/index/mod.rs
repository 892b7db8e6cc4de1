//! The word index: BM25 over documents in a folder of its own.
//!
//! The index is a copy that can be made anew; who owns the documents says what has changed, and up to where. That
//! position is committed together with the changes, so that after a crash the index goes on exactly where it is.
//!
//! Always: one process writes a folder (tantivy's lock); what is committed survives a kill; a folder of another schema
//! version, or one that cannot be read, is emptied and built anew.

mod document;
mod facets;
mod filter;
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

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tantivy::directory::MmapDirectory;
use tantivy::indexer::{LogMergePolicy, UserOperation};
use tantivy::schema::Term;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyError};

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
use placed::PlacedTokenizer;
use schema::Fields;
use spelling::SpelledWords;

/// Memory of a thread that indexes before it writes a segment.
const WRITER_BYTES: usize = 64 << 20;

/// The most threads that index, and that prepare documents for them. A few changes are the work of one of each.
const MAX_WRITER_THREADS: usize = 4;

/// Changes that a thread prepares at least: below, starting it takes longer.
const MIN_PREPARED: usize = 100;

/// The share of deleted documents from which on a segment is merged, so that what was deleted goes.
const MAX_DELETED_SHARE: f32 = 0.2;

/// What can go wrong with an index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The index.
    #[error("The search index in {folder} failed.")]
    Index {
        /// Its folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: TantivyError,
    },
    /// Its folder.
    #[error("The folder {folder} cannot be used.")]
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

/// What is committed with the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Committed {
    schema: u32,
    position: Position,
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
    reader: IndexReader,
    spelled: Mutex<SpelledWords>,
    writer: Mutex<Writer>,
}

struct Writer {
    writer: IndexWriter,
    position: Option<Position>,
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
        let in_folder = |source| IndexError::Folder { folder: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(in_folder)?;
        match Self::open_existing(folder) {
            Err(IndexError::Index { source, .. }) => {
                tracing::warn!(error = %source, folder = %folder.display(), "search index is built anew");
                fs::remove_dir_all(folder).map_err(in_folder)?;
                fs::create_dir_all(folder).map_err(in_folder)?;
                Self::open_existing(folder)
            }
            opened => opened,
        }
    }

    fn open_existing(folder: &Path) -> Result<Self, IndexError> {
        let failed = |source| IndexError::Index { folder: folder.to_owned(), source };
        let (schema, fields) = schema::schema();
        let directory = MmapDirectory::open(folder).map_err(|error| failed(error.into()))?;
        let index = Index::open_or_create(directory, schema).map_err(failed)?;
        index.tokenizers().register(placed::NAME, PlacedTokenizer::default());
        let threads = threads();
        let writer: IndexWriter = match index.writer_with_num_threads(threads, threads * WRITER_BYTES) {
            Err(TantivyError::LockFailure(..)) => return Err(IndexError::InUse(folder.to_owned())),
            writer => writer.map_err(failed)?,
        };
        let mut merging = LogMergePolicy::default();
        merging.set_del_docs_ratio_before_merge(MAX_DELETED_SHARE);
        writer.set_merge_policy(Box::new(merging));
        let committed = index.load_metas().map_err(failed)?.payload;
        let committed: Option<Committed> = committed.and_then(|text| serde_json::from_str(&text).ok());
        if committed.is_some_and(|committed| committed.schema != SCHEMA_VERSION) {
            return Err(failed(TantivyError::SchemaError("another version".to_owned())));
        }
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(failed)?;
        let writer = Mutex::new(Writer { writer, position: committed.map(|committed| committed.position) });
        Ok(Self { folder: folder.to_owned(), fields, reader, spelled: Mutex::default(), writer })
    }

    /// How far the changes were read that the index has; `None` if it was never filled.
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        self.writer.lock().position
    }

    /// Applies changes, which become visible with the next [`WordIndex::commit`]. Blocks.
    ///
    /// # Errors
    /// A disk that cannot be written; the changes since the last commit are then gone.
    pub fn apply(&self, changes: Vec<Change>) -> Result<(), IndexError> {
        let operations = self.prepare(changes);
        let mut writer = self.writer.lock();
        let applied = writer.writer.run(operations);
        self.or_roll_back(&mut writer, applied.map(|_| ()))
    }

    /// The operations of changes in their order, made by several threads if they are many.
    fn prepare(&self, changes: Vec<Change>) -> Vec<UserOperation> {
        let prepare = |changes: Vec<Change>| -> Vec<UserOperation> {
            changes.into_iter().flat_map(|change| self.operations(change)).collect()
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
    fn operations(&self, change: Change) -> impl Iterator<Item = UserOperation> + use<> {
        let (id, document) = match change {
            Change::Remove(id) => (id, None),
            Change::Put(document) => (document.id, Some(document.to_index(&self.fields, &self.spelled))),
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
        let payload = serde_json::to_string(&Committed { schema: SCHEMA_VERSION, position });
        let committed = writer.writer.prepare_commit().and_then(|mut commit| {
            commit.set_payload(&payload.unwrap_or_default());
            commit.commit()
        });
        self.or_roll_back(&mut writer, committed.map(|_| ()))?;
        self.spelled.lock().clear();
        writer.position = Some(position);
        drop(writer);
        self.reader.reload().map_err(|source| self.failed(source))
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
        Snapshot { searcher: self.reader.searcher(), fields: self.fields }
    }

    /// The size of its files, in bytes.
    #[must_use]
    pub fn disk_bytes(&self) -> u64 {
        let files = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
    }

    /// After a failure the writer goes back to the last commit.
    fn or_roll_back(&self, writer: &mut Writer, done: Result<(), TantivyError>) -> Result<(), IndexError> {
        let Err(source) = done else { return Ok(()) };
        // What was counted is not written.
        self.spelled.lock().clear();
        if let Err(error) = writer.writer.rollback() {
            tracing::error!(error = %error, "search index cannot go back to its last commit");
        }
        Err(self.failed(source))
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
