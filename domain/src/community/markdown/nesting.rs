//! The nesting of elements in Markdown: counted before anything is parsed, and kept within bounds while it is shown.

use pulldown_cmark::{Event, Tag, TagEnd};

/// The maximum nesting of quotes, lists and other elements.
pub const MAX_NESTING: usize = 30;

/// Whether quotes and lists nest deeper than [`MAX_NESTING`] on one line; told before anything is parsed.
#[must_use]
pub fn is_too_deep(markdown: &str) -> bool {
    markdown.lines().any(|line| markers(line) > MAX_NESTING)
}

/// Marks of quotes and lists at the beginning of a line.
fn markers(line: &str) -> usize {
    let bytes = line.as_bytes();
    let (mut at, mut count) = (0, 0);
    while let Some(&byte) = bytes.get(at) {
        let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        match byte {
            b' ' | b'\t' => at += 1,
            b'>' => {
                count += 1;
                at += 1;
            }
            b'-' | b'*' | b'+' if ends_marker(bytes, at + 1) => {
                count += 1;
                at += 1;
            }
            b'0'..=b'9' if matches!(bytes.get(at + digits), Some(b'.' | b')')) => {
                count += 1;
                at += digits + 1;
            }
            _ => break,
        }
    }
    count
}

fn ends_marker(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_none_or(|byte| matches!(byte, b' ' | b'\t'))
}

/// The visibility of open elements: those nested too deeply, and links within links, are hidden.
#[derive(Default)]
pub(super) struct Nesting {
    open: Vec<OpenElement>,
    /// The nesting depth of the displayed elements.
    depth: usize,
    links: usize,
}

/// An element that has begun.
#[derive(Clone, Copy)]
struct OpenElement {
    is_shown: bool,
    levels: usize,
}

/// The number of nested HTML elements that an element of Markdown becomes. A table includes its rows: it is shown with
/// them or not at all.
fn levels(tag: &Tag<'_>) -> usize {
    match tag {
        Tag::Table(_) => 3,
        Tag::TableHead | Tag::TableRow => 0,
        Tag::CodeBlock(_) => 2,
        _ => 1,
    }
}

impl Nesting {
    /// The event as it is shown, if it is.
    pub(super) fn pass<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
        let event = match event {
            Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
                Event::Start(Tag::Link { link_type, dest_url, title, id })
            }
            Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
            // HTML of their own is shown as they wrote it.
            Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
            Event::Code(text) if self.depth == MAX_NESTING => Event::Text(text),
            other => other,
        };
        let is_shown = match &event {
            Event::Start(tag) => {
                let levels = levels(tag);
                let is_link = matches!(tag, Tag::Link { .. });
                let of_table = matches!(tag, Tag::TableHead | Tag::TableRow | Tag::TableCell);
                let has_table = !of_table || self.open.last().is_some_and(|open| open.is_shown);
                let is_shown =
                    has_table && self.depth + levels <= MAX_NESTING && !(is_link && self.links > 0);
                self.open.push(OpenElement { is_shown, levels });
                if is_shown {
                    self.depth += levels;
                    self.links += usize::from(is_link);
                }
                is_shown
            }
            Event::End(tag) => {
                let is_shown = self.open.pop().is_some_and(|open| {
                    self.depth -= if open.is_shown { open.levels } else { 0 };
                    open.is_shown
                });
                self.links -= usize::from(is_shown && *tag == TagEnd::Link);
                is_shown
            }
            _ => true,
        };
        is_shown.then_some(event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_counted_before_parsing() {
        for (line, count) in [
            ("text > - *", 0),
            ("> > quote", 2),
            (">>>", 3),
            ("- - - x", 3),
            ("1. 2) * x", 3),
            ("**bold**", 0),
            ("2026 was", 0),
            ("-", 1),
        ] {
            assert_eq!(markers(line), count, "{line}");
        }
        assert!(!is_too_deep(&"> ".repeat(MAX_NESTING)));
        assert!(is_too_deep(&format!("first\n{}", "> ".repeat(MAX_NESTING + 1))));
    }
}
