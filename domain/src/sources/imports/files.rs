//! The files of an import: finding them, and their fingerprint.
//!
//! A file is named on the command line, where its owner may read what he likes, or by an administrator far
//! away, who gets nothing but what lies below the import directory, also not through a link that leads out.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use chrono::NaiveDate;
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use crate::Result;
use crate::error::{Error, UserErrorCode};

/// Bytes of a file that is read; a day has some hundred thousand.
const MAX_FILE: u64 = 64 << 20;

/// A file of the input.
#[derive(Clone, Debug)]
pub(in crate::sources) struct File {
    path: PathBuf,
    /// The name in the fingerprint, besides size and time.
    name: String,
    /// Its bytes.
    pub(in crate::sources) size: u64,
}

/// The files of an input, in the order in which they are read.
#[derive(Clone, Debug)]
pub(in crate::sources) struct Files(pub(in crate::sources) Vec<File>);

impl Files {
    /// Files, and of folders all files with one of these extensions, by name.
    ///
    /// # Errors
    /// `INVALID` if a path does not exist or nothing is there to read.
    pub(in crate::sources) fn at(paths: &[PathBuf], extensions: &[&str]) -> Result<Self> {
        let unreadable = |path: &Path, error: &io::Error| {
            Error::user(UserErrorCode::Invalid, &["path"], format!("{}: {error}", path.display()))
        };
        let mut files = Vec::new();
        for path in paths {
            for path in listed(path, extensions).map_err(|error| unreadable(path, &error))? {
                let (real, size) = looked_up(&path).map_err(|error| unreadable(&path, &error))?;
                files.push(File { name: real.display().to_string(), path, size });
            }
        }
        if files.is_empty() {
            return Err(nothing(&["path"], extensions));
        }
        Ok(Self(files))
    }

    /// The file at `path` below `dir`, or of a folder there all files with one of these extensions, by name.
    ///
    /// # Errors
    /// `INVALID` if `path` does not lead downwards or nothing is there to read, `NOT_FOUND` if nothing
    /// below `dir` has this path.
    pub(in crate::sources) fn below(dir: &Path, path: &str, extensions: &[&str]) -> Result<Self> {
        const FIELD: [&str; 2] = ["input", "path"];
        // Says nothing of the machine: anyone who asks sees the import directory and no more.
        let missing = || {
            let message = format!("The import directory contains no {path:?}.");
            Error::user(UserErrorCode::NotFound, &FIELD, message)
        };
        let is_downwards = Path::new(path)
            .components()
            .all(|component| matches!(component, Component::Normal(_) | Component::CurDir));
        if !is_downwards {
            let message = "The path must lie inside the import directory.";
            return Err(Error::user(UserErrorCode::Invalid, &FIELD, message));
        }
        let base = fs::canonicalize(dir).map_err(|_| missing())?;
        let start = fs::canonicalize(base.join(path)).map_err(|_| missing())?;
        if !start.starts_with(&base) {
            return Err(missing());
        }
        let mut files = Vec::new();
        for path in listed(&start, extensions).map_err(|_| missing())? {
            let (path, size) = looked_up(&path).map_err(|_| missing())?;
            let name = path.strip_prefix(&base).map_err(|_| missing())?.display().to_string();
            files.push(File { path, name, size });
        }
        if files.is_empty() {
            return Err(nothing(&FIELD, extensions));
        }
        Ok(Self(files))
    }

    /// The fingerprint of the input: a hash of the names, sizes and times of its files.
    pub(in crate::sources) fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for file in &self.0 {
            let time = fs::metadata(&file.path).and_then(|meta| meta.modified()).ok();
            let time =
                time.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
            hash.update(format!("{}\0{}\0{}\n", file.name, file.size, time.as_millis()));
        }
        HEXLOWER.encode(&hash.finalize())
    }
}

fn nothing(field: &[&str], extensions: &[&str]) -> Error {
    let kinds: Vec<String> = extensions.iter().map(|extension| format!(".{extension}")).collect();
    let message = format!("There are no {} files to import.", kinds.join(" or "));
    Error::user(UserErrorCode::Invalid, field, message)
}

/// A file itself; of a folder the files with one of these extensions, by name.
fn listed(path: &Path, extensions: &[&str]) -> io::Result<Vec<PathBuf>> {
    if !fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if extension.is_some_and(|extension| extensions.contains(&extension))
            && fs::metadata(&path)?.is_file()
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The real path of a file, and its size in bytes.
fn looked_up(path: &Path) -> io::Result<(PathBuf, u64)> {
    let path = fs::canonicalize(path)?;
    let meta = fs::metadata(&path)?;
    // A pipe would be waited for until someone writes into it.
    if !meta.is_file() {
        return Err(io::Error::other("not a file"));
    }
    // Whether it may be read is said before anything is written.
    fs::File::open(&path)?;
    Ok((path, meta.len()))
}

impl File {
    /// The name in messages.
    pub(in crate::sources) fn name(&self) -> String {
        self.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// The day that the name says.
    pub(in crate::sources) fn day(&self) -> Option<NaiveDate> {
        self.path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok())
    }

    /// Opens it.
    ///
    /// # Errors
    /// It cannot be read.
    pub(in crate::sources) fn open(&self) -> io::Result<fs::File> {
        fs::File::open(&self.path)
    }

    /// All of it.
    ///
    /// # Errors
    /// It cannot be read, or is larger than a page of any source.
    pub(in crate::sources) fn bytes(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open()?.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).is_ok_and(|bytes| bytes > MAX_FILE) {
            return Err(io::Error::other(format!("more than {MAX_FILE} bytes")));
        }
        Ok(bytes)
    }
}
