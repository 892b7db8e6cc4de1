//! Comments as safe HTML: Markdown by pulldown-cmark, then everything out that ammonia does not know to be harmless.
//!
//! Links say that they are nobody's recommendation; pictures, which would tell their servers who reads, become links.
//! HTML is made when a comment is written, off the threads that serve, and kept. Each paragraph, heading, entry and cell
//! stands in the direction of its own first letter.
//!
//! Always: nothing turns the direction of what stands around a comment. The work grows with the length of the text.
//! Elements nest [`MAX_NESTING`] deep at most, and what would become more than [`MAX_EVENTS`] elements or [`MAX_HTML`]
//! bytes is shown as plain text.

mod nesting;
#[cfg(test)]
mod tests;

use plain_text::is_direction_control;
use pulldown_cmark::{Options, Parser, html};
use tokio::sync::Semaphore;

use crate::Result;
use crate::error::Error;

use nesting::Nesting;

pub use nesting::{MAX_NESTING, is_too_deep};

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

/// The text as it was written, in paragraphs.
fn plain(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let paragraphs = escaped.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty());
    let paragraphs = paragraphs.map(|paragraph| paragraph.trim().replace('\n', "<br>"));
    paragraphs.flat_map(|paragraph| ["<p>".to_owned(), paragraph, "</p>\n".to_owned()]).collect()
}
