//! A CSV file as text: its encoding, its separator, and how much of it is read.
//!
//! Spreadsheets and other services write CSV in many ways; RFC 4180 is only one of them. The byte order mark tells
//! UTF-8 and UTF-16; without one, what is not UTF-8 is taken for Windows-1252, which Latin-1 is a part of, and the
//! operator is notified. The separator is the one by which the first line has a column of addresses.
//!
//! Always: no file makes this hold more than a few times [`MAX_FILE`] bytes.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::subscriptions::csv::header;

/// Bytes of a file.
pub const MAX_FILE: u64 = 64 * 1024 * 1024;

/// Bytes of the cells of one record.
const MAX_RECORD: usize = 64 * 1024;

/// Cells of one record.
const MAX_CELLS: usize = 500;

/// Separators that are looked for, the usual one first.
const SEPARATORS: [u8; 4] = *b",;\t|";

/// The text of a file, and what the operator should know of how it was read.
#[derive(Debug)]
pub(crate) struct Decoded<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) notice: Option<String>,
}

/// Reads the bytes of a file as text.
pub(crate) fn decode(bytes: &[u8]) -> Result<Decoded<'_>, String> {
    let (encoding, skipped) = Encoding::for_bom(bytes).unwrap_or_else(|| (guess(bytes), 0));
    let (text, is_broken) = encoding.decode_without_bom_handling(&bytes[skipped..]);
    if is_broken {
        return Err(format!("The file is marked as {} but contains bytes that are not.", encoding.name()));
    }
    let notice = (encoding == WINDOWS_1252).then(|| {
        "The file is not UTF-8; it was read as Windows-1252 (Latin-1). Check that accented letters are right."
            .to_owned()
    });
    Ok(Decoded { text, notice })
}

/// The encoding of a file that does not tell it.
fn guess(bytes: &[u8]) -> &'static Encoding {
    match bytes {
        [0, second, 0, fourth, ..] if *second != 0 && *fourth != 0 => UTF_16BE,
        [first, 0, third, 0, ..] if *first != 0 && *third != 0 => UTF_16LE,
        _ if std::str::from_utf8(bytes).is_ok() => UTF_8,
        _ => WINDOWS_1252,
    }
}

/// The records of a file, the header apart, each with the number of the line that it begins on.
pub(crate) struct Table<'a> {
    pub(crate) header: csv::StringRecord,
    reader: csv::Reader<&'a [u8]>,
    text: &'a str,
    /// Lines before those that the reader counts.
    skipped: u64,
}

impl<'a> Table<'a> {
    /// Finds the separator and reads the header.
    pub(crate) fn new(text: &'a str) -> Result<Self, String> {
        let (separator, rest, skipped) = match said_separator(text) {
            Some((separator, rest)) => (Some(separator), rest, 1),
            None => (None, text, 0),
        };
        let tries = separator.map_or(SEPARATORS.to_vec(), |separator| vec![separator]);
        let best = tries
            .into_iter()
            .map(|separator| {
                let mut reader = reader(rest, separator);
                let header = reader.headers().cloned().unwrap_or_default();
                (header::has_address(&header), header, reader)
            })
            .filter(|(has_address, ..)| *has_address)
            // The first of those that make the most columns.
            .reduce(|best, next| if next.1.len() > best.1.len() { next } else { best });
        let Some((_, header, reader)) = best else {
            return Err(format!("line {}: the column email is missing", 1 + skipped));
        };
        if header.len() > MAX_CELLS {
            return Err(format!("line {}: a file can have at most {MAX_CELLS} columns", 1 + skipped));
        }
        Ok(Self { header, reader, text: rest, skipped })
    }

    /// The next record that is not empty, or what is wrong with it; `None` at the end.
    pub(crate) fn next_record(&mut self) -> Option<(u64, Result<csv::StringRecord, String>)> {
        loop {
            let mut record = csv::StringRecord::new();
            let read = self.reader.read_record(&mut record);
            let line = record.position().map_or(0, |at| self.line(at));
            match read {
                Ok(false) => return None,
                Err(error) => {
                    let at = error.position().map_or(line, |at| self.line(at));
                    return Some((at, Err(error.to_string())));
                }
                Ok(true) if record.iter().all(|cell| cell.trim().is_empty()) => {}
                Ok(true) => return Some((line, self.checked(record))),
            }
        }
    }

    /// The line of a record: its position may be that of empty lines before it.
    fn line(&self, at: &csv::Position) -> u64 {
        let from = usize::try_from(at.byte()).unwrap_or_default();
        let before = self.text.as_bytes().get(from..).unwrap_or_default();
        let breaks = before.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        at.line() + breaks.filter(|&&byte| byte == b'\n').count() as u64 + self.skipped
    }

    fn checked(&self, record: csv::StringRecord) -> Result<csv::StringRecord, String> {
        let is_surplus = |cell: &str| !cell.trim().is_empty();
        if record.as_slice().len() > MAX_RECORD {
            return Err(format!(
                "a record can have at most {MAX_RECORD} bytes; check for a missing closing quotation mark"
            ));
        }
        if record.iter().skip(self.header.len()).any(is_surplus) {
            return Err(format!(
                "it has more cells than the first line, which has {}; a cell that contains the separator must be quoted",
                self.header.len()
            ));
        }
        Ok(record)
    }
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes())
}

/// The separator that spreadsheets say in a line of its own, `sep=;`, and what follows it.
fn said_separator(text: &str) -> Option<(u8, &str)> {
    let (line, rest) = text.split_once('\n')?;
    let line = line.trim_end_matches('\r').trim_matches('"');
    let separator = line.strip_prefix("sep=")?.as_bytes();
    match separator {
        [one] if SEPARATORS.contains(one) => Some((*one, rest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utf_16(text: &str, is_little: bool) -> Vec<u8> {
        let bytes = |unit: u16| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn encodings_are_detected() {
        let text = "email,name\nada@example.org,Zoë\n";
        let marked = |mark: &[u8], rest: Vec<u8>| [mark, rest.as_slice()].concat();
        for bytes in [
            text.as_bytes().to_vec(),
            marked(b"\xEF\xBB\xBF", text.as_bytes().to_vec()),
            marked(b"\xFF\xFE", utf_16(text, true)),
            marked(b"\xFE\xFF", utf_16(text, false)),
            utf_16(text, true),
            utf_16(text, false),
        ] {
            let decoded = decode(&bytes).unwrap();
            assert_eq!((decoded.text.as_ref(), decoded.notice), (text, None));
        }
        let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
        let decoded = decode(&latin).unwrap();
        assert_eq!(decoded.text, text);
        assert!(decoded.notice.unwrap().contains("Windows-1252"));
        assert!(decode(b"\xFF\xFEa\0\x00\xD8b\0").is_err());
    }

    #[test]
    fn separators_are_found() {
        for (text, columns) in [
            ("email\nx", 1),
            ("email,status,name\n", 3),
            ("email;categories\n", 2),
            ("name\tEmail Address\n", 2),
            ("\"name, first\";email\n", 2),
            ("sep=;\r\nemail;a,b\r\n", 2),
        ] {
            assert_eq!(Table::new(text).map(|table| table.header.len()), Ok(columns), "{text:?}");
        }
        assert_eq!(Table::new("name\nx\n").err().as_deref(), Some("line 1: the column email is missing"));
        assert!(Table::new("").is_err());
    }

    #[test]
    fn lines_are_counted_through_quoted_breaks() {
        let mut table = Table::new("sep=,\nemail,note\na@x.org,\"one\ntwo\"\n\nb@x.org,\n").unwrap();
        let lines: Vec<u64> = std::iter::from_fn(|| table.next_record()).map(|(line, _)| line).collect();
        assert_eq!(lines, [3, 6]);
    }

    #[test]
    fn an_unclosed_quote_is_an_error_of_its_line() {
        let text = format!("email,note\na@x.org,\"{}\n", "b@x.org\n".repeat(20_000));
        let mut table = Table::new(&text).unwrap();
        let (line, record) = table.next_record().unwrap();
        assert_eq!(line, 2);
        assert!(record.unwrap_err().contains("missing closing quotation mark"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(decoded) = decode(&bytes)
                && let Ok(mut table) = Table::new(&decoded.text)
            {
                while table.next_record().is_some() {}
            }
        }
    }
}
