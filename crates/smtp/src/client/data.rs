//! A message as it goes over the wire: RFC 5321 sections 4.5.2 and 2.3.8.
//!
//! Lines end by CRLF, a dot at the beginning of a line is doubled, and the final dot stands at the end. A CR or LF
//! alone becomes CRLF: servers differ in what they take for the end of a line, and a message that ends for one of them
//! earlier than for another lets a stranger's text begin a message of its own.

use memchr::memchr2;

/// The octets of a message and of its end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Data {
    /// The message, its dots doubled, and the final dot.
    pub(super) octets: Vec<u8>,
    /// The size of the message as RFC 1870 section 5 counts it: with its line ends, without doubled dots.
    pub(super) size: u64,
}

impl Data {
    pub(super) fn new(message: &[u8]) -> Self {
        let mut octets = Vec::with_capacity(message.len() + message.len() / 64 + 8);
        let mut doubled = 0;
        let mut is_line_start = true;
        let mut rest = message;
        while let Some(&first) = rest.first() {
            if is_line_start && first == b'.' {
                octets.push(b'.');
                doubled += 1;
            }
            let end = memchr2(b'\r', b'\n', rest);
            let (text, from_end) = rest.split_at(end.unwrap_or(rest.len()));
            octets.extend_from_slice(text);
            is_line_start = end.is_some();
            rest = match from_end {
                [b'\r', b'\n', rest @ ..] | [b'\r' | b'\n', rest @ ..] => {
                    octets.extend_from_slice(b"\r\n");
                    rest
                }
                _ => from_end,
            };
        }
        if !is_line_start {
            octets.extend_from_slice(b"\r\n");
        }
        let size = u64::try_from(octets.len() - doubled).unwrap_or(u64::MAX);
        octets.extend_from_slice(b".\r\n");
        Self { octets, size }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wire(message: &str) -> (String, u64) {
        let data = Data::new(message.as_bytes());
        (String::from_utf8(data.octets).unwrap(), data.size)
    }

    #[test]
    fn dots_are_doubled_and_lines_end_by_crlf() {
        for (message, octets, size) in [
            ("a\r\nb\r\n", "a\r\nb\r\n.\r\n", 6),
            ("a", "a\r\n.\r\n", 3),
            ("", ".\r\n", 0),
            (".\r\n..a\r\nb.\r\n", "..\r\n...a\r\nb.\r\n.\r\n", 12),
            ("a\n.\nb\r.\rc", "a\r\n..\r\nb\r\n..\r\nc\r\n.\r\n", 15),
            ("a\r\r\n\n", "a\r\n\r\n\r\n.\r\n", 7),
        ] {
            assert_eq!(wire(message), (octets.to_owned(), size), "{message:?}");
        }
    }

    proptest! {
        #[test]
        fn a_message_ends_once_and_arrives_as_it_was(message in "[a.\r\n]{0,60}") {
            let (octets, size) = wire(&message);
            let lines: Vec<&str> = octets.split("\r\n").collect();
            // No line end but CRLF, and the final dot is the only line that is a dot.
            prop_assert!(lines.iter().all(|line| !line.contains(['\r', '\n'])));
            prop_assert_eq!(lines.iter().filter(|line| **line == ".").count(), 1);
            prop_assert!(octets == ".\r\n" || octets.ends_with("\r\n.\r\n"));
            let mut read = String::new();
            for line in &lines[..lines.len() - 2] {
                read.push_str(line.strip_prefix('.').unwrap_or(line));
                read.push_str("\r\n");
            }
            prop_assert_eq!(u64::try_from(read.len()).unwrap(), size);
            let mut meant = message.replace("\r\n", "\n").replace('\r', "\n");
            if !meant.is_empty() && !meant.ends_with('\n') {
                meant.push('\n');
            }
            prop_assert_eq!(read.replace("\r\n", "\n"), meant);
        }
    }
}
