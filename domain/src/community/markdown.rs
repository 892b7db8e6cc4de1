//! What people write, as safe HTML: Markdown by pulldown-cmark, then everything out that ammonia does not know to
//! be harmless. Links say that they are nobody's recommendation; pictures, which would tell their servers who
//! reads, become links.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};

/// The HTML of a text in Markdown.
#[must_use]
pub fn to_html(markdown: &str) -> String {
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    let events = Parser::new_ext(markdown, options).map(|event| match event {
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url, title, id })
        }
        Event::End(TagEnd::Image) => Event::End(TagEnd::Link),
        // HTML of their own is shown as they wrote it.
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        other => other,
    });
    let mut unsafe_html = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut unsafe_html, events);
    ammonia::Builder::default()
        .rm_tags(["img"])
        .url_schemes(["http", "https", "mailto"].into())
        .link_rel(Some("nofollow ugc noopener noreferrer"))
        .clean(&unsafe_html)
        .to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::to_html;

    #[test]
    fn markdown_becomes_html() {
        assert_eq!(to_html("*a* **b** `c`").trim(), "<p><em>a</em> <strong>b</strong> <code>c</code></p>");
        assert_eq!(to_html("> q").replace('\n', ""), "<blockquote><p>q</p></blockquote>");
        assert_eq!(
            to_html("[x](https://example.org)").trim(),
            r#"<p><a href="https://example.org" rel="nofollow ugc noopener noreferrer">x</a></p>"#
        );
        assert_eq!(
            to_html("![p](https://example.org/p.png)").trim(),
            r#"<p><a href="https://example.org/p.png" rel="nofollow ugc noopener noreferrer">p</a></p>"#
        );
    }

    #[test]
    fn nothing_dangerous_comes_through() {
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

    proptest! {
        #[test]
        fn no_text_makes_a_tag_that_runs(text in ".{0,200}") {
            let html = to_html(&text);
            for tag in ["<script", "<style", "<img", "<iframe", "<object", "<embed", "<form", "<input"] {
                prop_assert!(!html.contains(tag));
            }
        }
    }
}
