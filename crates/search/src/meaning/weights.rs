//! The files of a model's folder, read within limits.
//!
//! Weights are in the format safetensors: a header of JSON with each tensor's type, shape and place, then their bytes.
//! The header is read alone, so that what the file claims is compared with the model's configuration before memory is
//! taken for it; then one tensor after the other is read and converted, so that loading takes one tensor more than the
//! model does.

use std::{
    fs::File,
    io::{BufReader, Read, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use safetensors::{Dtype, tensor::Metadata};
use serde::de::DeserializeOwned;

use super::error::{ModelError, Result};

/// Of weights; the largest model of this kind, BERT large, has 1.3 GB.
const MAX_FILE_BYTES: u64 = 2 << 30;
/// A hundred tensors take ten kilobytes.
const MAX_HEADER_BYTES: u64 = 1 << 20;

/// A file of weights whose header has been read.
#[derive(Debug)]
pub(super) struct WeightFile {
    path: PathBuf,
    file: File,
    metadata: Metadata,
    /// The place of the first tensor.
    start: u64,
    /// What stands before each name: some models are part of another.
    prefix: &'static str,
}

impl WeightFile {
    /// Opens `model.safetensors` of a folder.
    pub(super) fn open(folder: &Path) -> Result<Self> {
        let path = folder.join("model.safetensors");
        let (mut file, bytes) = open(&path, MAX_FILE_BYTES)?;
        let failed = |source| ModelError::File { path: path.clone(), source };
        let mut length = [0; 8];
        file.read_exact(&mut length).map_err(failed)?;
        let header_bytes = u64::from_le_bytes(length);
        if header_bytes > MAX_HEADER_BYTES.min(bytes.saturating_sub(8)) {
            return Err(unsupported(&path, "its header is too long".to_owned()));
        }
        let mut header = Vec::new();
        (&mut file).take(header_bytes).read_to_end(&mut header).map_err(failed)?;
        let metadata: Metadata = serde_json::from_slice(&header)
            .map_err(|source| ModelError::Json { path: path.clone(), source })?;
        let start = 8 + header_bytes;
        if u64::try_from(metadata.data_len()).ok().and_then(|length| length.checked_add(start)) != Some(bytes)
        {
            return Err(unsupported(&path, "its size is not that of its tensors".to_owned()));
        }
        let is_part = metadata.info("bert.embeddings.word_embeddings.weight").is_some();
        Ok(Self { path, file, metadata, start, prefix: if is_part { "bert." } else { "" } })
    }

    /// Reads a tensor of BERT itself, which must have this shape.
    pub(super) fn read(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        self.read_full(&format!("{}{name}", self.prefix), shape)
    }

    /// Reads a tensor by its full name.
    pub(super) fn read_full(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let Some(info) = self.metadata.info(name) else {
            return Err(unsupported(&self.path, format!("it has no tensor {name}")));
        };
        if info.shape != shape {
            let reason = format!("its tensor {name} has the shape {:?} instead of {shape:?}", info.shape);
            return Err(unsupported(&self.path, reason));
        }
        let convert = match info.dtype {
            Dtype::F32 => from_f32,
            Dtype::F16 => from_f16,
            Dtype::BF16 => from_bf16,
            other => {
                return Err(unsupported(&self.path, format!("its tensor {name} has the type {other:?}")));
            }
        };
        // The metadata's own check: the offsets are those of this shape and type.
        let (begin, end) = info.data_offsets;
        let mut bytes = vec![0; end - begin];
        let failed = |source| ModelError::File { path: self.path.clone(), source };
        self.file.seek(SeekFrom::Start(self.start + begin as u64)).map_err(failed)?;
        self.file.read_exact(&mut bytes).map_err(failed)?;
        let numbers = convert(&bytes);
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err(unsupported(&self.path, format!("its tensor {name} holds what is not a number")));
        }
        Ok(numbers)
    }
}

fn from_f32(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
}

fn from_bf16(bytes: &[u8]) -> Vec<f32> {
    let bits = |bytes: &[u8; 2]| u32::from(u16::from_le_bytes(*bytes)) << 16;
    bytes.as_chunks().0.iter().map(|bytes| f32::from_bits(bits(bytes))).collect()
}

fn from_f16(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| half_to_f32(u16::from_le_bytes(*bytes))).collect()
}

/// IEEE 754 binary16: a sign, 5 bits of exponent, 10 bits of fraction.
fn half_to_f32(half: u16) -> f32 {
    let (exponent, fraction) = (i32::from(half >> 10 & 0x1f), f32::from(half & 0x3ff) / 1024.0);
    let size = match exponent {
        0 => fraction * 2_f32.powi(-14),
        0x1f if fraction == 0.0 => f32::INFINITY,
        0x1f => f32::NAN,
        _ => (1.0 + fraction) * 2_f32.powi(exponent - 15),
    };
    if half >> 15 == 1 { -size } else { size }
}

/// Reads a small JSON file.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path, max: u64) -> Result<T> {
    let (file, _) = open(path, max)?;
    serde_json::from_reader(BufReader::new(file.take(max)))
        .map_err(|source| ModelError::Json { path: path.to_owned(), source })
}

/// Reads a small text.
pub(super) fn read_text(path: &Path, max: u64) -> Result<String> {
    let (file, _) = open(path, max)?;
    let mut text = String::new();
    file.take(max)
        .read_to_string(&mut text)
        .map_err(|source| ModelError::File { path: path.to_owned(), source })?;
    Ok(text)
}

fn open(path: &Path, max: u64) -> Result<(File, u64)> {
    let failed = |source| ModelError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    if bytes > max {
        return Err(ModelError::TooLarge { path: path.to_owned(), bytes, max });
    }
    Ok((file, bytes))
}

fn unsupported(path: &Path, reason: String) -> ModelError {
    ModelError::Unsupported { path: path.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_what_the_standard_says() {
        for (half, expected) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_5e-8),
            (0x03ff, 6.097_555e-5),
            (0xfc00, f32::NEG_INFINITY),
        ] {
            assert_eq!(half_to_f32(half).to_bits(), f32::to_bits(expected), "{half:#06x}");
        }
        assert!(half_to_f32(0x7e00).is_nan());
        let bits = |numbers: Vec<f32>| numbers.into_iter().map(f32::to_bits).collect::<Vec<_>>();
        assert_eq!(bits(from_bf16(&[0x80, 0x3f, 0x49, 0xc0])), bits(vec![1.0, -3.140_625]));
    }
}
