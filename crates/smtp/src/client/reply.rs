//! Reading what a server answers: RFC 5321 section 4.2, a line at a time, within limits.
//!
//! Octets come in as the network has them; replies go out whole. A reply is one line or several, each with the same
//! three digits, and the last is the one without a hyphen behind them. A server is a stranger: a line has at most
//! [`MAX_LINE_OCTETS`] octets and a reply at most [`MAX_REPLY_LINES`] lines, and what is no reply is an error, after which
//! nothing that comes over the connection can be trusted. Lines that end by LF alone are taken; some servers write
//! them.

use crate::transport::Reply;

/// Octets of a line, its end included. RFC 5321 section 4.5.3.1.5 says 512; some servers take more.
const MAX_LINE_OCTETS: usize = 2_048;

/// Lines of a reply. EHLO has the longest, with a line for each extension.
const MAX_REPLY_LINES: usize = 100;

/// A reply as the server wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RawReply {
    /// Three digits, 200 to 599.
    pub(super) code: u16,
    /// What stands behind the digits, line by line.
    pub(super) lines: Vec<String>,
}

impl RawReply {
    /// As it is judged and kept: one line, addresses masked.
    pub(super) fn reply(&self) -> Reply {
        Reply::new(self.code, &self.lines.join(" "))
    }

    pub(super) fn is_positive(&self) -> bool {
        self.code < 300
    }

    pub(super) fn is_refusal(&self) -> bool {
        self.code >= 400
    }
}

/// Why what a server said is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    LongLine,
    ManyLines,
    NoCode,
    OtherCode,
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::LongLine => "the server wrote a line that is too long",
            Self::ManyLines => "the server wrote a reply of too many lines",
            Self::NoCode => "the server wrote a line that does not begin with a reply code",
            Self::OtherCode => "the server wrote a reply with two codes",
        })
    }
}

/// Makes replies of octets.
#[derive(Debug, Default)]
pub(super) struct Replies {
    octets: Vec<u8>,
    /// So many octets are known to hold no end of a line.
    seen: usize,
    /// The lines of a reply that is not complete yet.
    begun: Option<RawReply>,
}

impl Replies {
    /// Takes in what came.
    pub(super) fn take(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    /// Whether all that came was asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.octets.is_empty() && self.begun.is_none()
    }

    /// Forgets what came and was not asked for yet; returns whether there was anything.
    pub(super) fn forget(&mut self) -> bool {
        !std::mem::take(self).is_empty()
    }

    /// The next reply, once it is there.
    ///
    /// # Errors
    /// If what came is none.
    pub(super) fn next(&mut self) -> Result<Option<RawReply>, Malformed> {
        while let Some(line) = self.line()? {
            let (code, is_last, text) = parse(&line).ok_or(Malformed::NoCode)?;
            let begun = self.begun.get_or_insert_with(|| RawReply { code, lines: Vec::new() });
            if begun.code != code {
                return Err(Malformed::OtherCode);
            }
            if begun.lines.len() == MAX_REPLY_LINES {
                return Err(Malformed::ManyLines);
            }
            begun.lines.push(text);
            if is_last {
                return Ok(self.begun.take());
            }
        }
        Ok(None)
    }

    /// The next line without its end, once it is there.
    fn line(&mut self) -> Result<Option<Vec<u8>>, Malformed> {
        let end = self.octets.iter().skip(self.seen).position(|&octet| octet == b'\n');
        let length = end.map_or(self.octets.len(), |end| self.seen + end + 1);
        if length > MAX_LINE_OCTETS {
            return Err(Malformed::LongLine);
        }
        if end.is_none() {
            self.seen = length;
            return Ok(None);
        }
        let mut line: Vec<u8> = self.octets.drain(..length).collect();
        self.seen = 0;
        line.pop();
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(line))
    }
}

/// The code of a line, whether it is the last of its reply, and its text.
fn parse(line: &[u8]) -> Option<(u16, bool, String)> {
    let (digits, rest) = line.split_at_checked(3)?;
    if !matches!(digits.first(), Some(b'2'..=b'5')) || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let code = std::str::from_utf8(digits).ok()?.parse().ok()?;
    let (is_last, text) = match rest.split_first() {
        None => (true, rest),
        Some((b' ', text)) => (true, text),
        Some((b'-', text)) => (false, text),
        Some(_) => return None,
    };
    Some((code, is_last, String::from_utf8_lossy(text).into_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(octets: &[u8]) -> Result<Vec<RawReply>, Malformed> {
        let mut replies = Replies::default();
        replies.take(octets);
        let mut found = Vec::new();
        while let Some(reply) = replies.next()? {
            found.push(reply);
        }
        Ok(found)
    }

    #[test]
    fn replies_are_read_one_by_one() {
        let found = read(b"250-first\r\n250-\r\n250 last\r\n354\r\n550 5.1.1 caf\xe9\n42").unwrap();
        let texts: Vec<_> = found.iter().map(|reply| (reply.code, reply.lines.join("|"))).collect();
        assert_eq!(
            texts,
            [(250, "first||last".into()), (354, String::new()), (550, "5.1.1 caf\u{fffd}".into())]
        );
    }

    #[test]
    fn malformed_replies_are_refused() {
        for (octets, problem) in [
            (b"hello\r\n".to_vec(), Malformed::NoCode),
            (b"\r\n".to_vec(), Malformed::NoCode),
            (b"25\r\n".to_vec(), Malformed::NoCode),
            (b"2500 x\r\n".to_vec(), Malformed::NoCode),
            (b"150 x\r\n".to_vec(), Malformed::NoCode),
            (b"650 x\r\n".to_vec(), Malformed::NoCode),
            (b"250_x\r\n".to_vec(), Malformed::NoCode),
            (b"250-x\r\n251 y\r\n".to_vec(), Malformed::OtherCode),
            (vec![b'2'; MAX_LINE_OCTETS + 1], Malformed::LongLine),
            ([b"250 ".as_slice(), &vec![b'x'; MAX_LINE_OCTETS], b"\r\n"].concat(), Malformed::LongLine),
            (b"250-x\r\n".repeat(MAX_REPLY_LINES + 1), Malformed::ManyLines),
        ] {
            assert_eq!(read(&octets), Err(problem));
        }
    }

    proptest! {
        #[test]
        fn reading_replies_never_panics(octets in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = read(&octets);
        }

        #[test]
        fn replies_do_not_depend_on_packet_boundaries(
            replies in prop::collection::vec((200_u16..600, prop::collection::vec("[ -~]{0,40}", 1..5)), 1..6),
            sizes in prop::collection::vec(1_usize..9, 1..400),
        ) {
            let mut octets = Vec::new();
            for (code, lines) in &replies {
                for (index, line) in lines.iter().enumerate() {
                    let sign = if index + 1 == lines.len() { ' ' } else { '-' };
                    octets.extend_from_slice(format!("{code}{sign}{line}\r\n").as_bytes());
                }
            }
            let (mut reader, mut found, mut rest) = (Replies::default(), Vec::new(), octets.as_slice());
            for size in sizes.iter().cycle() {
                let (piece, left) = rest.split_at(rest.len().min(*size));
                reader.take(piece);
                rest = left;
                while let Some(reply) = reader.next().unwrap() {
                    found.push((reply.code, reply.lines));
                }
                if rest.is_empty() {
                    break;
                }
            }
            prop_assert_eq!(found, replies);
            prop_assert!(!reader.forget());
        }
    }
}
