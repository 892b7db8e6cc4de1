//! The files of a word index, opened for reading and writing, and made anew if they cannot be used.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use tantivy::directory::MmapDirectory;
use tantivy::indexer::LogMergePolicy;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyError};

use super::placed::{self, PlacedTokenizer};
use super::schema::{self, SCHEMA_VERSION};
use super::{IndexError, Position, threads};

/// Memory of a thread that indexes before it writes a segment.
const WRITER_BYTES: usize = 64 << 20;

/// The share of deleted documents from which on a segment is merged, so that what was deleted goes.
const MAX_DELETED_SHARE: f32 = 0.2;

/// What is written to see whether the disk takes anything.
const PROBE_BYTES: usize = 4 << 20;

/// What is committed with the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Committed {
    schema: u32,
    position: Position,
}

/// What stands with a commit, to be found again by [`open`].
pub(super) fn payload(position: Position) -> String {
    serde_json::to_string(&Committed { schema: SCHEMA_VERSION, position }).unwrap_or_default()
}

/// An open index.
pub(super) struct Opened {
    pub reader: IndexReader,
    pub writer: IndexWriter,
    /// How far the changes were read that it has.
    pub position: Option<Position>,
}

/// Opens the index in a folder; starts an empty one if there is none, or one that cannot be used.
///
/// # Errors
/// A folder that another process uses, or that cannot be written.
pub(super) fn open_or_renew(folder: &Path) -> Result<Opened, IndexError> {
    let in_folder = |source| IndexError::Folder { folder: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(in_folder)?;
    match open(folder) {
        Err(IndexError::Index { source, .. }) => {
            probe(folder).map_err(in_folder)?;
            tracing::warn!(error = %source, folder = %folder.display(), "search index is built anew");
            empty(folder).map_err(in_folder)?;
            open(folder)
        }
        opened => opened,
    }
}

fn open(folder: &Path) -> Result<Opened, IndexError> {
    let failed = |source| IndexError::Index { folder: folder.to_owned(), source };
    let (schema, _) = schema::schema();
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
    Ok(Opened { reader, writer, position: committed.map(|committed| committed.position) })
}

/// Removes all files of an index that nobody has open.
pub(super) fn empty(folder: &Path) -> io::Result<()> {
    fs::remove_dir_all(folder)?;
    fs::create_dir_all(folder)
}

/// Whether the disk can be written to. If it cannot, an index that fails is not to blame, and is better kept.
pub(super) fn probe(folder: &Path) -> io::Result<()> {
    let mut file = tempfile::tempfile_in(folder)?;
    file.write_all(&vec![0; PROBE_BYTES])?;
    file.sync_all()
}
