//! Isolation of bidirectional text, so that its direction does not affect the text around it.
//!
//! A name or a title in Hebrew or Arabic takes the date, the rank and the names beside it along: what is neutral or a
//! number joins the run that it follows. An isolate (Unicode Standard Annex 9, section 2.4) keeps a run apart, with the
//! direction of its own first letter. In plain text it stands between FSI and PDI, and only if it holds something that is
//! written from right to left, so that everything else stays as it is; in HTML it is a `<bdi>`.
//!
//! Always: what is opened is closed, on every line; nothing foreign closes it, because marks within it are dropped.

use std::borrow::Cow;

use askama::filters::{Escaper as _, Html, Safe};
use plain_text::{cut_at_word, is_direction_control};
use unicode_bidi::{BidiClass, bidi_class};

/// FIRST STRONG ISOLATE.
const FSI: char = '\u{2068}';

/// POP DIRECTIONAL ISOLATE.
const PDI: char = '\u{2069}';

/// Whether a text holds something that is written from right to left.
#[must_use]
pub fn has_right_to_left(text: &str) -> bool {
    let is_right_to_left = |c| matches!(bidi_class(c), BidiClass::R | BidiClass::AL | BidiClass::AN);
    !text.is_ascii() && text.chars().any(is_right_to_left)
}

/// A foreign text for plain text, between FSI and PDI if it holds something that is written from right to left.
#[must_use]
pub fn isolated(text: &str) -> Cow<'_, str> {
    if !has_right_to_left(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(BidiText::foreign(text).marked)
}

/// Lines of plain text in which every isolate ends on the line that it began on, and continues on the next: a line
/// break ends it. `text` is the same before it was broken into lines.
#[must_use]
pub(crate) fn closed_on_each_line(text: &str) -> String {
    let (mut closed, mut open) = (String::with_capacity(text.len()), 0_usize);
    for (line, number) in text.split('\n').zip(0_usize..) {
        if number > 0 {
            closed.push('\n');
        }
        let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
        closed.push_str(indent);
        closed.extend(std::iter::repeat_n(FSI, open));
        closed.push_str(rest);
        open = open_after(rest, open);
        closed.extend(std::iter::repeat_n(PDI, open));
    }
    closed
}

/// The number of isolates that are open after a text before which `open` were.
fn open_after(text: &str, open: usize) -> usize {
    text.chars().fold(open, |open, c| match c {
        FSI => open + 1,
        PDI => open.saturating_sub(1),
        _ => open,
    })
}

/// A line of the service's own words and of foreign ones, for HTML and for plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BidiText {
    /// Each foreign run between FSI and PDI, whatever its direction; isolates do not nest.
    marked: String,
}

impl BidiText {
    /// A line of the service's own words alone.
    #[must_use]
    pub fn own(text: &str) -> Self {
        let mut line = Self::default();
        line.push_own(text);
        line
    }

    /// A line of foreign words alone.
    #[must_use]
    pub fn foreign(text: &str) -> Self {
        let mut line = Self::default();
        line.push_foreign(text);
        line
    }

    /// Adds own words.
    pub fn push_own(&mut self, text: &str) {
        self.marked.extend(text.chars().filter(|&c| !is_direction_control(c)));
    }

    /// Adds a foreign run; nothing if it is empty.
    pub fn push_foreign(&mut self, text: &str) {
        let start = self.marked.len();
        self.marked.push(FSI);
        self.push_own(text);
        if self.marked.len() == start + FSI.len_utf8() {
            self.marked.truncate(start);
        } else {
            self.marked.push(PDI);
        }
    }

    /// Lines put together to one, those without a word left out.
    #[must_use]
    pub fn join(lines: impl IntoIterator<Item = Self>, separator: &str) -> Self {
        let mut joined = Self::default();
        for line in lines.into_iter().filter(|line| !line.is_empty()) {
            if !joined.is_empty() {
                joined.push_own(separator);
            }
            joined.marked.push_str(&line.marked);
        }
        joined
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.marked.is_empty()
    }

    /// The part of it that fits into `limit` characters, as [`shorten`](plain_text::shorten) cuts.
    #[must_use]
    pub fn shortened(&self, limit: usize) -> Self {
        let mut visible = self.marked.char_indices().filter(|&(_, c)| !is_direction_control(c));
        let Some((end, _)) = visible.nth(limit) else { return self.clone() };
        let head = cut_at_word(&self.marked[..end]).trim_end_matches(FSI);
        let mut marked = head.to_owned();
        marked.extend(std::iter::repeat_n(PDI, open_after(head, 0)));
        marked.push('…');
        Self { marked }
    }

    /// The same after an edit that leaves its isolates where they are.
    #[must_use]
    pub(crate) fn edited(&self, edit: impl Fn(&str) -> String) -> Self {
        Self { marked: edit(&self.marked) }
    }

    /// It as plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.marked.len());
        for (run, is_foreign) in self.runs() {
            if is_foreign && has_right_to_left(run) {
                text.extend([FSI].into_iter().chain(run.chars()).chain([PDI]));
            } else {
                text.push_str(run);
            }
        }
        text
    }

    /// It as HTML, escaped.
    #[must_use]
    pub fn html(&self) -> Safe<String> {
        let mut html = String::with_capacity(2 * self.marked.len());
        for (run, is_foreign) in self.runs() {
            let (begin, end) = if is_foreign { ("<bdi>", "</bdi>") } else { ("", "") };
            html.push_str(begin);
            // Writing to a String cannot fail.
            let _ = Html.write_escaped_str(&mut html, run);
            html.push_str(end);
        }
        Safe(html)
    }

    /// Its runs in their order, and whether each is foreign.
    fn runs(&self) -> impl Iterator<Item = (&str, bool)> {
        // Isolates do not nest: what begins behind an FSI is foreign up to the PDI.
        let mut is_foreign = false;
        self.marked.split_inclusive([FSI, PDI]).filter_map(move |run| {
            let of = is_foreign;
            is_foreign = run.ends_with(FSI);
            let run = run.trim_end_matches([FSI, PDI]);
            (!run.is_empty()).then_some((run, of))
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_bidi::BidiInfo;

    use super::*;

    /// A line as it is seen, from left to right, in a program whose own direction is that.
    fn seen(line: &str) -> String {
        let bidi = BidiInfo::new(line, Some(unicode_bidi::Level::ltr()));
        let seen = bidi.reorder_line(&bidi.paragraphs[0], 0..line.len());
        seen.chars().filter(|&c| !is_direction_control(c)).collect()
    }

    fn byline() -> BidiText {
        let names = ["דנה כהן", "Ada Lovelace", "محمد علي"].map(BidiText::foreign);
        let names = BidiText::join(names, ", ");
        BidiText::join([BidiText::foreign("مختبر"), names, BidiText::own("6 January 2026")], " · ")
    }

    #[test]
    fn latin_text_is_unchanged() {
        for text in ["", "Ada Lovelace", "Émile Zola", "李雷", "α ≤ 10⁻³ 🦀"] {
            assert_eq!(isolated(text), text);
            assert_eq!(BidiText::foreign(text).text(), text);
        }
    }

    #[test]
    fn right_to_left_text_is_isolated() {
        assert_eq!(isolated("דנה"), "\u{2068}דנה\u{2069}");
        assert_eq!(isolated("BERT: محمد"), "\u{2068}BERT: محمد\u{2069}");
        assert_eq!(isolated("٢٠"), "\u{2068}٢٠\u{2069}");
        // What closes it, or opens another, is not the author's to say.
        assert_eq!(isolated("דנה\u{2069}\u{202E}x"), "\u{2068}דנהx\u{2069}");
    }

    #[test]
    fn dates_and_names_are_isolated_from_each_other() {
        let bare = "دانة · 6 January 2026, דנה, محمد, 3 votes";
        assert_ne!(seen(bare).find("6 January"), Some("دانة · ".len()));
        let seen = seen(&byline().text());
        let reversed = |name: &str| name.chars().rev().collect::<String>();
        let expected = format!(
            "{} · {}, Ada Lovelace, {} · 6 January 2026",
            reversed("مختبر"),
            reversed("דנה כהן"),
            reversed("محمد علي")
        );
        assert_eq!(seen, expected);
    }

    #[test]
    fn html_is_escaped_and_isolated() {
        let mut line = BidiText::own("By <us> ");
        line.push_foreign("<b>דנה</b> & \u{2069}co");
        line.push_foreign("");
        assert_eq!(line.html().0, "By &#60;us&#62; <bdi>&#60;b&#62;דנה&#60;/b&#62; &#38; co</bdi>");
        assert!(BidiText::foreign("\u{2068}").is_empty());
    }

    #[test]
    fn isolates_of_shortened_text_are_closed() {
        let line = byline();
        assert_eq!(line.shortened(100), line);
        assert_eq!(line.shortened(14).text(), "\u{2068}مختبر\u{2069} · \u{2068}דנה\u{2069}…");
        assert_eq!(line.shortened(8).text(), "\u{2068}مختبر\u{2069} ·…");
        assert_eq!(BidiText::foreign("one two, three").shortened(9).html().0, "<bdi>one two</bdi>…");
    }

    #[test]
    fn isolates_start_again_on_each_line() {
        let text = "  \u{2068}דנה\n  כהן\u{2069} · 6\n  January";
        let closed = "  \u{2068}דנה\u{2069}\n  \u{2068}כהן\u{2069} · 6\n  January";
        assert_eq!(closed_on_each_line(text), closed);
        assert_eq!(closed_on_each_line("a\n\nb\n"), "a\n\nb\n");
    }

    proptest! {
        #[test]
        fn every_isolate_is_closed(
            parts in proptest::collection::vec(("(\\PC|[ ,.אבج\u{2066}-\u{2069}\u{202E}]){0,12}", any::<bool>()), 0..5),
            limit in 0_usize..40,
        ) {
            let lines = parts.iter().map(|(text, is_foreign)| {
                if *is_foreign { BidiText::foreign(text) } else { BidiText::own(text) }
            });
            let line = BidiText::join(lines, " · ");
            for line in [line.shortened(limit), line] {
                let text = line.text();
                prop_assert_eq!(text.matches(FSI).count(), text.matches(PDI).count());
                prop_assert_eq!(open_after(&text, 0), 0);
                let html = line.html().0;
                prop_assert!(!html.contains(is_direction_control));
                prop_assert_eq!(html.matches("<bdi>").count(), html.matches("</bdi>").count());
                // Nothing is said in one and not in the other.
                let plain: String = text.chars().filter(|&c| !is_direction_control(c)).collect();
                let bare = html.replace("<bdi>", "").replace("</bdi>", "");
                let mut escaped = String::new();
                Html.write_escaped_str(&mut escaped, &plain).unwrap();
                prop_assert_eq!(bare, escaped);
            }
        }
    }
}
