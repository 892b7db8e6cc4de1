//! Comments as safe HTML: Markdown by pulldown-cmark, then everything out that ammonia does not know to be harmless.
//!
//! Links say that they are nobody's recommendation; pictures, which would tell their servers who reads, become links.
//! HTML is made when a comment is written, off the threads that serve, and kept. Each paragraph, heading, entry and cell
//! stands in the direction of its own first letter.
//!
//! Always: nothing turns the direction of what stands around a comment. The work grows with the length of the text.
//! Elements nest [`MAX_NESTING`] deep at most, and what would become more than [`MAX_EVENTS`] elements or [`MAX_HTML`]
//! bytes is shown as plain text.

use plain_text::is_direction_control;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};
use tokio::sync::Semaphore;

use crate::Result;
use crate::error::Error;

/// The maximum nesting of quotes, lists and other elements.
pub const MAX_NESTING: usize = 30;

/// Beginnings, ends and texts of the elements of a comment.
const MAX_EVENTS: usize = 40_000;

/// The maximum size of HTML before sanitizing, in bytes.
const MAX_HTML: usize = 250_000;

/// Elements whose text has its own direction.
const BLOCK_ELEMENTS: [&str; 10] = ["p", "h1", "h2", "h3", "h4", "h5", "h6", "li", "td", "th"];

/// Texts that are rendered at once, in the whole process: the rest of the machine serves.
static RENDERING: Semaphore = Semaphore::const_new(2);

/// How rendering is named in errors.
const STEP: &str = "rendering a comment";

/// The HTML of a text in Markdown, made on a thread that serves nobody.
///
/// # Errors
/// If that thread cannot be started.
pub async fn render(markdown: String) -> Result<String> {
    let _place = RENDERING.acquire().await.map_err(Error::failed(STEP))?;
    tokio::task::spawn_blocking(move || to_html(&markdown)).await.map_err(Error::failed(STEP))
}

/// Whether quotes and lists nest deeper than [`MAX_NESTING`] on one line; told before anything is parsed.
#[must_use]
pub fn is_too_deep(markdown: &str) -> bool {
    markdown.lines().any(|line| markers(line) > MAX_NESTING)
}

/// The HTML of a text in Markdown.
#[must_use]
pub fn to_html(markdown: &str) -> String {
    let rendered = if is_too_deep(markdown) { None } else { unsafe_html(markdown) };
    let unsafe_html = rendered.unwrap_or_else(|| plain(markdown));
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .rm_tags(["img"])
        .url_schemes(["http", "https", "mailto"].into())
        .link_rel(Some("nofollow ugc noopener noreferrer"));
    for block in BLOCK_ELEMENTS {
        cleaner.set_tag_attribute_value(block, "dir", "auto");
    }
    let mut html = cleaner.clean(&unsafe_html).to_string();
    // Entities can name them, so they are taken out last.
    html.retain(|c| !is_direction_control(c));
    html
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

/// The events of pulldown-cmark; `None` if there are too many.
fn unsafe_html(markdown: &str) -> Option<String> {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let (mut nesting, mut events) = (Nesting::default(), Vec::new());
    for (count, event) in Parser::new_ext(markdown, options).enumerate() {
        if count == MAX_EVENTS {
            return None;
        }
        events.extend(nesting.pass(event));
    }
    let mut unsafe_html = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut unsafe_html, events.into_iter());
    (unsafe_html.len() <= MAX_HTML).then_some(unsafe_html)
}

/// The visibility of open elements: those nested too deeply, and links within links, are hidden.
#[derive(Default)]
struct Nesting {
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
    fn pass<'a>(&mut self, event: Event<'a>) -> Option<Event<'a>> {
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

/// The text as it was written, in paragraphs.
fn plain(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let paragraphs = escaped.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty());
    let paragraphs = paragraphs.map(|paragraph| paragraph.trim().replace('\n', "<br>"));
    paragraphs.flat_map(|paragraph| ["<p>".to_owned(), paragraph, "</p>\n".to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn markdown_becomes_html() {
        assert_eq!(
            to_html("*a* **b** `c`").trim(),
            "<p dir=\"auto\"><em>a</em> <strong>b</strong> <code>c</code></p>"
        );
        assert_eq!(to_html("> q").replace('\n', ""), "<blockquote><p dir=\"auto\">q</p></blockquote>");
        assert_eq!(
            to_html("[x](https://example.org)").trim(),
            r#"<p dir="auto"><a href="https://example.org" rel="nofollow ugc noopener noreferrer">x</a></p>"#
        );
        assert_eq!(
            to_html("![p](https://example.org/p.png)").trim(),
            r#"<p dir="auto"><a href="https://example.org/p.png" rel="nofollow ugc noopener noreferrer">p</a></p>"#
        );
        let within = to_html("[![p](https://example.org/p.png)](https://example.org)");
        assert_eq!(within.matches("<a ").count(), 1, "{within}");
    }

    #[test]
    fn every_block_has_its_own_text_direction() {
        let html = to_html("# ש\n\n- a\n- ש\n\n|a|\n|-|\n|ש|\n");
        assert_eq!(html.matches(" dir=\"auto\"").count(), 5, "{html}");
        for text in ["a\u{202E}b\u{2069}", "a&#x202E;b&#8297;", "`a&#x202e;\u{202E}`", "<a\u{2066}>"] {
            assert!(!to_html(text).contains(is_direction_control), "{text:?}");
        }
        // These are letters without a width, and part of how some languages are written.
        assert!(to_html("a\u{200E}\u{200F}\u{200C}").contains("a\u{200E}\u{200F}\u{200C}"));
    }

    #[test]
    fn dangerous_markup_is_removed() {
        for text in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "<a href='javascript:alert(1)'>x</a>",
            "<svg/onload=alert(1)>",
            "![x](https://example.org/\"onerror=alert(1))",
            "<iframe src=https://example.org></iframe>",
            // The same as plain text.
            &format!("{}<script>alert(1)</script>", ">".repeat(31)),
        ] {
            let html = to_html(text);
            let is_safe = !html.contains("<script")
                && !html.contains("<img")
                && !html.contains("<svg")
                && !html.contains("<iframe")
                && !html.to_lowercase().contains("href=\"javascript")
                && !html.contains("href=\"data");
            assert!(is_safe, "{text} became {html}");
        }
    }

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

    /// A table, a piece of code and a block of it within this many quotes.
    fn table_and_code(quotes: usize) -> String {
        let mark = "> ".repeat(quotes);
        format!("{mark}|a|b|\n{mark}|-|-|\n{mark}|`c`|*d*|\n{mark}\n{mark}`e`\n{mark}\n{mark}    f\n")
    }

    /// The nesting depth of well-formed HTML.
    fn depth(html: &str) -> usize {
        let (mut depth, mut deepest) = (0_usize, 0);
        for tag in html.split('<').skip(1).filter(|tag| !tag.starts_with("br") && !tag.starts_with("hr")) {
            depth = if tag.starts_with('/') { depth.saturating_sub(1) } else { depth + 1 };
            deepest = deepest.max(depth);
        }
        deepest
    }

    /// Texts of ten thousand characters that made a parser slow once, each of its kind.
    fn hostile() -> Vec<String> {
        let fill = |unit: &str| unit.repeat(10_000 / unit.len());
        let steps = |item: &str| (0..140).fold(String::new(), |text, step| text + &" ".repeat(step) + item);
        let mut texts: Vec<String> = [
            ">",
            "> ",
            "- ",
            "* ",
            "1. ",
            "> - ",
            "*a **a ",
            "*a_ ",
            "_a*",
            "**x* ",
            "[",
            "![",
            "[a](",
            "[a][",
            "[]",
            "](",
            "[x](<",
            "`",
            "`a``",
            "<",
            "<a ",
            "</",
            "<!--",
            "<?",
            "&",
            "&amp;",
            "\\",
            "~~",
            "~~a ",
            "|",
            "|-|\n",
            "a|b\n-|-\n",
            "<http://a>",
            "a@b.c ",
            "\n",
            "\n\n#",
            "# ",
            "---\n",
            "```\n",
            "    a\n",
            "[a]: b\n",
            "![a](b)",
            "[![a](b)](c)",
            "\u{202E}",
            "😀",
            "x\\\n",
            "a  \n",
            "***",
            "***a",
            "*_*_",
        ]
        .into_iter()
        .map(fill)
        .collect();
        texts.extend([
            steps("- a\n"),
            steps("1. a\n"),
            format!("{}\n{}\n{}", "a|".repeat(1_250), "-|".repeat(1_250), "a\n".repeat(2_400)),
            format!("[a]: {}\n\n{}", "b".repeat(5_000), "[a]".repeat(1_660)),
            table_and_code(MAX_NESTING - 3),
            table_and_code(MAX_NESTING - 2),
            table_and_code(MAX_NESTING),
            format!("{}a{}", "*".repeat(5_000), "*".repeat(5_000)),
            format!("{}a{}", "[".repeat(5_000), "](b)".repeat(1_250)),
            format!("{}a{}", "![".repeat(2_000), "](b)".repeat(1_250)),
            format!("{}\n{}", "> ".repeat(29), "a\n".repeat(4_900)),
            format!("{}{}", "*a ".repeat(1_600), "b* ".repeat(1_600)),
            (1..140).fold(String::new(), |text, count| text + &"`".repeat(count) + "a"),
        ]);
        texts
    }

    #[test]
    fn the_html_of_any_text_has_a_bounded_size() {
        for text in hostile() {
            let html = to_html(&text);
            let start: String = text.chars().take(20).collect();
            assert!(html.len() <= 2 * MAX_HTML, "{} bytes of {start:?}", html.len());
            assert!(depth(&html) <= MAX_NESTING, "{} deep: {start:?}", depth(&html));
        }
    }

    proptest! {
        #[test]
        fn no_text_produces_executable_markup(text in ".{0,200}") {
            let html = to_html(&text);
            for tag in ["<script", "<style", "<img", "<iframe", "<object", "<embed", "<form", "<input"] {
                prop_assert!(!html.contains(tag));
            }
        }

        #[test]
        fn the_html_of_markup_characters_has_bounded_nesting(text in "([>*_\\[\\]()!`~#|<&a -]|\n|- |1\\. |> ){0,400}") {
            let html = to_html(&text);
            prop_assert!(depth(&html) <= MAX_NESTING);
            prop_assert!(html.len() <= 1_000 + 100 * text.len());
        }
    }
}
