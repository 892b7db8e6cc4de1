//! What becomes of Markdown, of markup that would do harm, and of texts that would take long.

use plain_text::is_direction_control;
use proptest::prelude::*;

use super::{MAX_HTML, MAX_NESTING, to_html};

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
