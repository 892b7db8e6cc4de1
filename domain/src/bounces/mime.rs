//! A minimal MIME reader: the header of a message, and its parts as text.
//!
//! Anyone who may write to an address reaches this, so it is a bounded walk and no complete reader of MIME (RFC 2046):
//! the beginning of a message, with limits on parts, depth and fields. Parts without parts are decoded by mail-parser,
//! one at a time, which then never sees one part within another. A multipart whose boundary never comes is text.
//!
//! Always: the time that it takes is in proportion to the bytes, and nothing recurs.

use mail_parser::MessageParser;
use mail_parser::decoders::html::html_to_text;
use memchr::memchr;

/// The maximum number of bytes of a message that are looked at; what matters stands at its beginning.
pub(super) const MAX_BYTES: usize = 200 * 1024;

/// Parts that are looked at, whatever they are in.
const MAX_PARTS: usize = 64;

/// Levels of parts within parts.
const MAX_DEPTH: usize = 8;

/// Fields of one header.
const MAX_FIELDS: usize = 500;

/// The maximum number of bytes of the value of a field.
const MAX_VALUE: usize = 2000;

/// The maximum number of bytes of the text of a part.
const MAX_TEXT: usize = 64 * 1024;

/// The fields of a header, unfolded, their names in lower case.
#[derive(Debug, Default)]
pub(super) struct Header(Vec<(String, String)>);

impl Header {
    /// The first value of a field; `name` is in lower case.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A value with its encoded words read. RFC 2047.
    pub(super) fn decoded(&self, name: &str) -> Option<String> {
        let field = format!("Subject: {}\r\n\r\n", self.get(name)?);
        Some(MessageParser::default().parse(field.as_bytes())?.subject()?.to_owned())
    }
}

/// A part that holds no other ones.
#[derive(Debug)]
pub(super) struct Part {
    /// Its media type, in lower case and without parameters.
    pub(super) media_type: String,
    /// The decoded text.
    pub(super) text: String,
    /// Whether it belongs to a message within the message.
    pub(super) is_inner: bool,
}

/// The header of a message, and its parts in their order.
#[derive(Debug)]
pub(super) struct Parts {
    /// The header of the message itself.
    pub(super) header: Header,
    /// The parts of it.
    pub(super) parts: Vec<Part>,
}

/// A part that is still to be looked at.
struct RawPart<'a> {
    bytes: &'a [u8],
    depth: usize,
    is_inner: bool,
}

/// Takes a message apart.
pub(super) fn read(bytes: &[u8]) -> Parts {
    let bytes = &bytes[..bytes.len().min(MAX_BYTES)];
    let mut read = Parts { header: split(bytes).0, parts: Vec::new() };
    let mut looked_at = 0;
    let mut left = vec![RawPart { bytes, depth: 0, is_inner: false }];
    while let Some(piece) = left.pop() {
        looked_at += 1;
        if looked_at > MAX_PARTS {
            break;
        }
        let (header, body) = split(piece.bytes);
        let content_type = header.get("content-type").unwrap_or("text/plain");
        let media_type = media_type(content_type);
        let depth = piece.depth + 1;
        if media_type.starts_with("multipart/") && depth < MAX_DEPTH {
            let mut within = boundary(content_type).map(|boundary| cut(body, &boundary)).unwrap_or_default();
            if !within.is_empty() {
                within.reverse();
                let is_inner = piece.is_inner;
                left.extend(within.into_iter().map(|bytes| RawPart { bytes, depth, is_inner }));
                continue;
            }
        }
        let is_message = matches!(media_type.as_str(), "message/rfc822" | "message/global");
        if is_message && depth < MAX_DEPTH {
            left.push(RawPart { bytes: body, depth, is_inner: true });
        }
        if let Some(text) = text(&header, &media_type, body) {
            read.parts.push(Part { media_type, text, is_inner: piece.is_inner || is_message });
        }
    }
    read
}

/// The lines of octets, without their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = match memchr(b'\n', rest) {
            Some(end) => (&rest[..end], &rest[end + 1..]),
            None => (rest, &rest[rest.len()..]),
        };
        rest = after;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    })
}

/// The header and the body behind it. A line that is not a field ends the header, as an empty line does.
fn split(bytes: &[u8]) -> (Header, &[u8]) {
    let mut fields: Vec<(String, String)> = Vec::new();
    let mut at = 0;
    for line in lines(bytes) {
        let next = at + line.len() + bytes[at + line.len()..].iter().take_while(|&&o| o == b'\r').count() + 1;
        let next = next.min(bytes.len());
        if line.is_empty() {
            return (Header(fields), &bytes[next..]);
        }
        let text = String::from_utf8_lossy(&line[..line.len().min(MAX_VALUE)]);
        if line[0] == b' ' || line[0] == b'\t' {
            if let Some((_, value)) = fields.last_mut().filter(|(_, value)| value.len() < MAX_VALUE) {
                value.push(' ');
                value.push_str(text.trim());
            }
        } else if let Some((name, value)) = text.split_once(':').filter(|(name, _)| is_name(name)) {
            if fields.len() < MAX_FIELDS {
                fields.push((name.trim_end().to_ascii_lowercase(), value.trim().to_owned()));
            }
        } else if at > 0 || !line.starts_with(b"From ") {
            return (Header(fields), &bytes[at..]);
        }
        at = next;
    }
    (Header(fields), &[])
}

fn is_name(name: &str) -> bool {
    let name = name.trim_end();
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic())
}

fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The value of a parameter, without its quotes.
fn parameter(content_type: &str, name: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|parameter| {
        let (known, value) = parameter.split_once('=')?;
        known.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// The boundary. RFC 2046 section 5.1.1 allows no semicolon in it, so that it is one of the parameters.
fn boundary(content_type: &str) -> Option<String> {
    parameter(content_type, "boundary").filter(|boundary| !boundary.is_empty())
}

/// The parts between the lines of a boundary.
fn cut<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let delimiter = [b"--", boundary.as_bytes()].concat();
    let mut parts = Vec::new();
    let (mut at, mut begun) = (0, None);
    for line in lines(body) {
        let start = at;
        at = body.len().min(at + line.len() + 1 + usize::from(body.get(at + line.len()) == Some(&b'\r')));
        let Some(rest) = line.strip_prefix(delimiter.as_slice()) else { continue };
        let is_end = rest.starts_with(b"--");
        if !is_end && !rest.trim_ascii().is_empty() {
            continue;
        }
        if let Some(begun) = begun {
            parts.push(&body[begun..start]);
        }
        begun = (!is_end).then_some(at);
        if is_end || parts.len() >= MAX_PARTS {
            break;
        }
    }
    // Whatever was cut off on the way: the last part ends with the message.
    if let Some(begun) = begun {
        parts.push(&body[begun..]);
    }
    parts
}

/// The text of a part; `None` if it is not text.
fn text(header: &Header, media_type: &str, body: &[u8]) -> Option<String> {
    let is_text = media_type.starts_with("text/")
        || media_type.starts_with("message/")
        || media_type.starts_with("multipart/")
        || media_type.is_empty();
    if !is_text {
        return None;
    }
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let content_type = header.get("content-type").unwrap_or_default();
    let charset: String =
        parameter(content_type, "charset").unwrap_or_default().chars().filter(is_plain).take(40).collect();
    let charset = if charset.is_empty() { "utf-8" } else { &charset };
    let encoding = header.get("content-transfer-encoding").unwrap_or("8bit");
    let encoding: String = encoding.chars().take_while(is_plain).collect();
    let head = format!(
        "Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    );
    let alone = [head.as_bytes(), &body[..body.len().min(2 * MAX_TEXT)]].concat();
    let message = MessageParser::default().parse(&alone)?;
    let mut text = message.body_text(0).unwrap_or_default().into_owned();
    text.truncate(text.floor_char_boundary(MAX_TEXT));
    Some(if media_type == "text/html" { html_to_text(&text) } else { text })
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    fn texts(message: &str) -> Vec<(String, String)> {
        let parts = read(message.as_bytes()).parts;
        parts.into_iter().map(|part| (part.media_type, part.text.trim().to_owned())).collect()
    }

    fn pair(media_type: &str, text: &str) -> (String, String) {
        (media_type.to_owned(), text.to_owned())
    }

    #[test]
    fn parts_are_found_and_decoded() {
        let message = "From x\r\nSubject: =?utf-8?B?UGFwZXJz?=\r\nX-Folded: one\r\n two\r\n\
            Content-Type: multipart/mixed;\r\n boundary=\"a b\"\r\n\r\npreamble\r\n--a b\r\n\r\nplain\r\n\
            --a b\r\nContent-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            <p>caf=E9</p>\r\n--a b\r\nContent-Type: image/png\r\n\r\nx\r\n--a bc\r\n\
            --a b\r\nContent-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\ninner\r\n--a b--\r\nepilogue\r\n";
        let read = read(message.as_bytes());
        assert_eq!(read.header.decoded("subject").unwrap(), "Papers");
        assert_eq!(read.header.get("x-folded"), Some("one two"));
        let expected = [
            pair("text/plain", "plain"),
            pair("text/html", "café"),
            pair("message/rfc822", "Subject: x\r\n\r\ninner"),
            pair("text/plain", "inner"),
        ];
        assert_eq!(texts(message), expected);
        assert_eq!(
            read.parts.iter().map(|part| part.is_inner).collect::<Vec<_>>(),
            [false, false, true, true]
        );
        assert_eq!(texts(&message.replace("\r\n", "\n")).len(), 4);
    }

    #[test]
    fn broken_mime_is_read_as_text() {
        let broken = "Content-Type: multipart/report; boundary=x\n\n--y\nContent-Type: text/plain\n\nhello\n";
        assert_eq!(texts(broken)[0].1, "--y\nContent-Type: text/plain\n\nhello");
        let cut_off = "Content-Type: multipart/report; boundary=x\n\n--x\n\nhello";
        assert_eq!(texts(cut_off), [pair("text/plain", "hello")]);
        assert_eq!(texts("no header at all"), [pair("text/plain", "no header at all")]);
        assert!(texts("Subject: x")[0].1.is_empty());
    }

    /// Messages that are made to cost time or stack.
    fn hostile() -> Vec<String> {
        let big = |text: &str| text.repeat(1_000_000 / text.len());
        let multiparts: String = (0..20_000)
            .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n"))
            .collect::<Vec<_>>()
            .concat();
        let alternating =
            big("Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=x\n\n--x\n");
        vec![
            big("Content-Type: message/rfc822\n\n"),
            multiparts,
            alternating,
            format!("Content-Type: multipart/mixed; boundary=x\n\n{}", big("--x\n")),
            format!(
                "Content-Type: multipart/mixed; boundary=x\n\n{}",
                big("--x\nContent-Type: multipart/mixed; boundary=x\n\n")
            ),
            big("X: y\n"),
            format!("X: {}", big("y")),
            format!("X: y\n{}", big(" folded\n")),
            format!("Subject: {}", big("=?utf-8?B?YQ==?= ")),
            format!("From: {}", big("(")),
            format!("To: {}", big("a@example.org,")),
            format!("Content-Type: text/html\n\n{}", big("<b><")),
            format!("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n{}", big("YWFhYWFhYWFh")),
            format!("Content-Type: multipart/mixed; boundary={}\n\n{}", big("b"), big("--b\n")),
            big("\r"),
            big("\n"),
        ]
    }

    #[test]
    fn hostile_messages_cost_little() {
        // A stack that is far smaller than any on which it runs, and time in which a quadratic walk does not end.
        let work = || {
            for message in hostile() {
                let began = Instant::now();
                let parts = read(message.as_bytes()).parts;
                assert!(parts.len() <= MAX_PARTS);
                let beginning: String = message.chars().take(60).collect();
                assert!(began.elapsed() < Duration::from_secs(10), "{beginning}");
            }
        };
        std::thread::Builder::new().stack_size(256 * 1024).spawn(work).unwrap().join().unwrap();
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_apart(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            prop_assert!(read(&bytes).parts.len() <= MAX_PARTS);
        }

        #[test]
        fn parsing_any_lines_never_panics(lines in proptest::collection::vec(
            prop_oneof![
                Just("--x"), Just("--x--"), Just(""), Just("Content-Type: message/rfc822"), Just("text"),
                Just("Content-Type: multipart/mixed; boundary=x"), Just(" folded"), Just("\r"),
            ], 0..200)) {
            prop_assert!(read(lines.join("\n").as_bytes()).parts.len() <= MAX_PARTS);
        }
    }
}
