//! Lines of a file, at constant memory, each with its number and place.

use std::io::{self, BufRead};

/// Bytes of a line; the longest entries are those of collaborations with thousands of authors.
const MAX_LINE_BYTES: usize = 8 * 1024 * 1024;

/// The capacity that is kept between lines.
const KEPT_CAPACITY: usize = 256 * 1024;

/// A line, without what ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawLine<'a> {
    /// The number, from 1 on.
    pub number: u64,
    /// The place of its first byte.
    pub offset: u64,
    /// The place of the next line.
    pub next_offset: u64,
    /// What stands in it.
    pub content: LineContent<'a>,
}

/// What stands in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineContent<'a> {
    /// Its bytes.
    Text(&'a [u8]),
    /// More than a line can have. It was passed over.
    TooLong,
}

/// Reads lines, of which it keeps one.
#[derive(Debug)]
pub struct LineReader<R> {
    input: R,
    line: Vec<u8>,
    number: u64,
    offset: u64,
    max_line_bytes: usize,
}

impl<R: BufRead> LineReader<R> {
    /// Reads from the beginning.
    pub fn new(input: R) -> Self {
        Self::at(input, 0, 0)
    }

    /// Goes on in an input that stands at a line: behind this many lines and bytes.
    pub fn at(input: R, lines: u64, bytes: u64) -> Self {
        Self { input, line: Vec::new(), number: lines, offset: bytes, max_line_bytes: MAX_LINE_BYTES }
    }

    /// Reads lines of at most this many bytes.
    #[must_use]
    pub fn with_max_line_bytes(self, max_line_bytes: usize) -> Self {
        Self { max_line_bytes, ..self }
    }

    /// Passes over what stands before a place that an earlier reader gave. Compressed input has to be read for this;
    /// of a file it is faster to seek and to begin with [`LineReader::at`].
    ///
    /// # Errors
    /// The input cannot be read, or ends before that place.
    pub fn skip_to(&mut self, lines: u64, bytes: u64) -> io::Result<()> {
        while self.offset < bytes {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let missing = usize::try_from(bytes - self.offset).unwrap_or(usize::MAX);
            let skipped = missing.min(buffer.len());
            self.input.consume(skipped);
            self.offset += skipped as u64;
        }
        self.number = lines;
        Ok(())
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// The input cannot be read.
    pub fn next_line(&mut self) -> io::Result<Option<RawLine<'_>>> {
        self.line.clear();
        self.line.shrink_to(KEPT_CAPACITY);
        let (start, mut is_too_long, mut is_ended) = (self.offset, false, false);
        while !is_ended {
            let buffer = self.input.fill_buf()?;
            if buffer.is_empty() {
                break;
            }
            let end = memchr::memchr(b'\n', buffer);
            let (content, consumed) = end.map_or((buffer, buffer.len()), |end| (&buffer[..end], end + 1));
            is_too_long |= self.line.len() + content.len() > self.max_line_bytes;
            if !is_too_long {
                self.line.extend_from_slice(content);
            }
            is_ended = end.is_some();
            self.input.consume(consumed);
            self.offset += consumed as u64;
        }
        if self.offset == start {
            return Ok(None);
        }
        self.number += 1;
        let text = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        // The mark of UTF-8 is no part of the first line.
        let text = if start == 0 { text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text) } else { text };
        let content = if is_too_long { LineContent::TooLong } else { LineContent::Text(text) };
        Ok(Some(RawLine { number: self.number, offset: start, next_offset: self.offset, content }))
    }
}
