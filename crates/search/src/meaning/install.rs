//! Bringing a model's files onto the disk.
//!
//! Files come from a folder or are fetched by a client that the caller brings. They are hashed while they are written
//! into a temporary folder beside the others, which is renamed when all of them are what the table of models says.
//!
//! Always: a folder with a model's name holds that model whole, or is not there; a file larger than expected is not
//! written to its end.

use std::{
    error::Error,
    fs::{self, File, Permissions},
    io::{self, Read as _, Write},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};

use super::{
    error::{ModelError, Result},
    manifest::{ModelFile, ModelManifest},
};

/// Everyone may read what is public.
const FOLDER_MODE: u32 = 0o755;

/// Writes what is at an address; any error ends the installation.
pub type Fetch<'a> = dyn FnMut(&str, &mut dyn Write) -> Result<(), Box<dyn Error + Send + Sync>> + 'a;

/// Checks each file's size and SHA-256.
///
/// # Errors
/// The first file that is missing or differs.
pub fn verify(model: &ModelManifest, folder: &Path) -> Result<()> {
    for expected in &model.files {
        let path = folder.join(expected.name);
        let mut file = open(&path)?;
        let mut hash = HashingWriter::new(io::sink(), expected);
        io::copy(&mut file, &mut hash).or_else(|source| hash.explain(&path, source))?;
        hash.check(&path)?;
    }
    Ok(())
}

/// Checks each file's size: what can be told in no time.
///
/// # Errors
/// The first file that is missing or differs.
pub fn check_sizes(model: &ModelManifest, folder: &Path) -> Result<()> {
    for file in &model.files {
        let path = folder.join(file.name);
        let found = fs::metadata(&path).map_err(|source| ModelError::File { path: path.clone(), source })?;
        if found.len() != file.bytes {
            let (found, expected) = (format!("{} bytes", found.len()), format!("{} bytes", file.bytes));
            return Err(ModelError::Mismatch { path, what: "size", found, expected });
        }
    }
    Ok(())
}

/// The beginning of the name of a folder that is not complete.
const UNFINISHED: &str = ".installing-";

/// Whether a model's files are among `models` with their sizes.
#[must_use]
pub fn is_installed(model: &ModelManifest, models: &Path) -> bool {
    check_sizes(model, &models.join(model.name)).is_ok()
}

/// Copies a model's files from a folder to `models`, and returns the folder they are in then.
///
/// # Errors
/// The first file that is missing, differs or cannot be written.
pub fn install_from_folder(model: &ModelManifest, source: &Path, models: &Path) -> Result<PathBuf> {
    install(model, models, &mut |expected, to| {
        let path = source.join(expected.name);
        io::copy(&mut open(&path)?, to).or_else(|source| to.explain(&path, source))?;
        Ok(())
    })
}

/// Fetches a model's files from Hugging Face or a mirror to `models`, and returns the folder they are in then.
///
/// # Errors
/// The first file that cannot be fetched, differs or cannot be written.
pub fn install_from_url(
    model: &ModelManifest,
    endpoint: &str,
    models: &Path,
    fetch: &mut Fetch<'_>,
) -> Result<PathBuf> {
    install(model, models, &mut |expected, to| {
        let url = model.url(endpoint, expected);
        match fetch(&url, to) {
            Err(_) if to.is_full() => Ok(()),
            Err(source) => Err(ModelError::Fetch { url, source }),
            Ok(()) => Ok(()),
        }
    })
}

type Writer = HashingWriter<File>;

fn install(
    model: &ModelManifest,
    models: &Path,
    write: &mut dyn FnMut(&ModelFile, &mut Writer) -> Result<()>,
) -> Result<PathBuf> {
    let target = models.join(model.name);
    if is_installed(model, models) && verify(model, &target).is_ok() {
        return Ok(target);
    }
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ModelError::File { path, source }
    };
    fs::create_dir_all(models).map_err(failed(models))?;
    // Of two installations one waits for the other, so that what is left of a killed one can be told.
    let lock =
        File::open(models).and_then(|folder| folder.lock().map(|()| folder)).map_err(failed(models))?;
    remove_unfinished(models).map_err(failed(models))?;
    let folder = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .permissions(Permissions::from_mode(FOLDER_MODE))
        .tempdir_in(models)
        .map_err(failed(models))?;
    let complete = folder.path().join("complete");
    fs::create_dir(&complete).map_err(failed(&complete))?;
    for expected in &model.files {
        let path = complete.join(expected.name);
        let file = File::create_new(&path).map_err(failed(&path))?;
        let mut writer = HashingWriter::new(file, expected);
        write(expected, &mut writer)?;
        writer.check(&path)?;
        writer.inner.sync_all().map_err(failed(&path))?;
    }
    // Removed with the temporary folder.
    if target.exists() {
        fs::rename(&target, folder.path().join("replaced")).map_err(failed(&target))?;
    }
    fs::rename(&complete, &target).map_err(failed(&target))?;
    lock.sync_all().map_err(failed(models))?;
    Ok(target)
}

/// Removes what installations left that were killed.
fn remove_unfinished(models: &Path) -> io::Result<()> {
    for entry in fs::read_dir(models)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

fn open(path: &Path) -> Result<File> {
    File::open(path).map_err(|source| ModelError::File { path: path.to_owned(), source })
}

/// Hashes what it passes on, and takes no more than the expected size.
struct HashingWriter<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
    expected: ModelFile,
}

impl<W> HashingWriter<W> {
    fn new(inner: W, expected: &ModelFile) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0, expected: *expected }
    }

    /// Whether more came than fits.
    fn is_full(&self) -> bool {
        self.bytes > self.expected.bytes
    }

    /// A write that failed because the file is too large is told by [`Self::check`].
    fn explain(&self, path: &Path, source: io::Error) -> Result<u64> {
        if self.is_full() {
            return Ok(self.bytes);
        }
        Err(ModelError::File { path: path.to_owned(), source })
    }

    fn check(&mut self, path: &Path) -> Result<()> {
        let mismatch = |what, found, expected| {
            Err(ModelError::Mismatch { path: path.to_owned(), what, found, expected })
        };
        if self.bytes != self.expected.bytes {
            let more = if self.is_full() { "at least " } else { "" };
            let found = format!("{more}{} bytes", self.bytes);
            return mismatch("size", found, format!("{} bytes", self.expected.bytes));
        }
        let found = hexadecimal(&self.hash.finalize_reset());
        if found != self.expected.sha256 {
            return mismatch("SHA-256", found, self.expected.sha256.to_owned());
        }
        Ok(())
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes + bytes.len() as u64 > self.expected.bytes {
            self.bytes += bytes.len() as u64;
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "the file is larger than expected"));
        }
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The SHA-256 of a file in hexadecimal digits.
pub(super) fn sha256(path: &Path) -> Result<String> {
    let mut file = open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hexadecimal(&hash.finalize())),
            Ok(length) => hash.update(&buffer[..length]),
            Err(source) => return Err(ModelError::File { path: path.to_owned(), source }),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests;
