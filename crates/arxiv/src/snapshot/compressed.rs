//! Input that may be compressed by gzip or Zstandard, recognized by its first bytes.
//!
//! Always: what a small input becomes is limited, in memory (the window of Zstandard) and in size (the ratio, once there
//! is enough to judge by). Sources: RFC 1952, section 2.3.1; RFC 8878, section 3.1.1.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use zstd::stream::read::Decoder as ZstdDecoder;

/// The first bytes of gzip.
const GZIP_MAGIC: &[u8] = &[0x1F, 0x8B];

/// The first bytes of Zstandard.
const ZSTD_MAGIC: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];

/// The logarithm of Zstandard's window: 64 MiB. `--ultra -22` and `--long` make larger ones.
const MAX_WINDOW_LOG: u32 = 26;

/// Bytes that one byte can become. Metadata become three or four, long runs of one character a thousand.
const MAX_RATIO: u64 = 100;

/// Bytes from which on the ratio is judged.
const RATIO_FREE_BYTES: u64 = 16 * 1024 * 1024;

/// Bytes that are decompressed at a time.
const BUFFER_BYTES: usize = 128 * 1024;

/// The text of an input, whether it is compressed or not. Several gzip members or Zstandard frames are one text.
///
/// # Errors
/// The input cannot be read. What is read from the result fails if the compression is not valid or is cut off, and with
/// [`io::ErrorKind::InvalidData`] if the text grows beyond the limits.
pub fn decompress<'a>(mut input: impl BufRead + Send + 'a) -> io::Result<Box<dyn BufRead + Send + 'a>> {
    let head = input.fill_buf()?;
    let (is_gzip, is_zstd) = (head.starts_with(GZIP_MAGIC), head.starts_with(ZSTD_MAGIC));
    let input = CountingReader { input, bytes: 0 };
    let decoder = if is_gzip {
        Decoder::Gzip(MultiGzDecoder::new(input))
    } else if is_zstd {
        let mut decoder = ZstdDecoder::with_buffer(input)?;
        decoder.window_log_max(MAX_WINDOW_LOG)?;
        Decoder::Zstd(decoder)
    } else {
        return Ok(Box::new(input.input));
    };
    Ok(Box::new(BufReader::with_capacity(BUFFER_BYTES, LimitedReader { decoder, bytes: 0 })))
}

enum Decoder<R: BufRead> {
    Gzip(MultiGzDecoder<CountingReader<R>>),
    Zstd(ZstdDecoder<'static, CountingReader<R>>),
}

/// Counts what a decoder takes.
struct CountingReader<R> {
    input: R,
    bytes: u64,
}

impl<R: BufRead> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.bytes += read as u64;
        Ok(read)
    }
}

impl<R: BufRead> BufRead for CountingReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.input.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        self.input.consume(bytes);
    }
}

/// Fails if the text is too large for what it is made of.
struct LimitedReader<R: BufRead> {
    decoder: Decoder<R>,
    bytes: u64,
}

impl<R: BufRead> Read for LimitedReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (read, taken) = match &mut self.decoder {
            Decoder::Gzip(decoder) => (decoder.read(buffer)?, decoder.get_ref().bytes),
            Decoder::Zstd(decoder) => (decoder.read(buffer)?, decoder.get_ref().bytes),
        };
        self.bytes += read as u64;
        if self.bytes > RATIO_FREE_BYTES && self.bytes / MAX_RATIO > taken {
            let message = format!("the input becomes more than {MAX_RATIO} times as large");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(read)
    }
}
