//! The passage of a text that shows best why it was found.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::query::{Field, Query};
use crate::text::{Token, is_stop_word, stem, tokens};

/// The longest passage, in bytes of the text, before it is escaped.
pub const MAX_PASSAGE_BYTES: usize = 300;

/// A passage of a text and where its matches are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Its bytes in the text; both ends are ends of words.
    pub range: Range<usize>,
    /// The matches in the text, in order, within the passage.
    pub matches: Vec<Range<usize>>,
    /// The number of different words of the query in the passage.
    pub words: usize,
}

impl Passage {
    /// The passage as HTML: matches between `<mark>` and `</mark>`, all else escaped, and `…` where the text goes on.
    /// `text` is the one that it is of.
    #[must_use]
    pub fn html(&self, text: &str) -> String {
        let mut html = String::new();
        if self.range.start > 0 {
            html.push('…');
        }
        let mut at = self.range.start;
        for found in &self.matches {
            escape(&mut html, &text[at..found.start]);
            html.push_str("<mark>");
            escape(&mut html, &text[found.clone()]);
            html.push_str("</mark>");
            at = found.end;
        }
        escape(&mut html, &text[at..self.range.end]);
        if self.range.end < text.len() {
            html.push('…');
        }
        html
    }
}

/// Characters that mean something in HTML. <https://html.spec.whatwg.org/multipage/parsing.html#data-state>
fn escape(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            c => html.push(c),
        }
    }
}

/// The stems that a query looks for, to be highlighted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Highlighter {
    stems: BTreeSet<String>,
}

impl Highlighter {
    /// For a query, and words that were searched in place of others.
    #[must_use]
    pub fn new<'a>(query: &Query, corrected: impl IntoIterator<Item = &'a str>) -> Self {
        let clauses =
            query.clauses.iter().filter(|clause| !clause.is_excluded && clause.field != Field::Organization);
        let words = clauses.flat_map(|clause| tokens(&clause.text)).map(|token| token.word);
        let words = words.chain(corrected.into_iter().map(str::to_owned));
        let stems = words.filter(|word| !is_stop_word(word)).map(|word| stem(&word).into_owned()).collect();
        Self { stems }
    }

    /// The best passage of a displayed text; `None` if no word of the query is in it.
    #[must_use]
    pub fn passage(&self, shown: &str) -> Option<Passage> {
        let found = tokens(shown);
        let matches: Vec<(&Token, &str)> = found
            .iter()
            .filter_map(|token| Some((token, self.stems.get(stem(&token.word).as_ref())?.as_str())))
            .collect();
        // The window that begins at a match and holds the most different words; the first of those.
        let mut best: Option<(usize, usize)> = None;
        for (at, (first, _)) in matches.iter().enumerate() {
            let within = matches[at..]
                .iter()
                .take_while(|(last, _)| last.range.end - first.range.start <= MAX_PASSAGE_BYTES);
            let words = within.map(|(_, stem)| *stem).collect::<BTreeSet<_>>().len();
            if best.is_none_or(|(most, _)| words > most) {
                best = Some((words, first.range.start));
            }
        }
        let (words, start) = best?;
        let range = around(shown, &found, start);
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for (token, _) in matches
            .iter()
            .filter(|(token, _)| range.start <= token.range.start && token.range.end <= range.end)
        {
            match ranges.last_mut() {
                Some(last) if token.range.start < last.end => last.end = last.end.max(token.range.end),
                _ => ranges.push(token.range.clone()),
            }
        }
        Some(Passage { range, matches: ranges, words })
    }
}

/// The passage around a match: from the beginning of its sentence if that is near, to as far as there is room.
fn around(shown: &str, found: &[Token], start: usize) -> Range<usize> {
    if shown.len() <= MAX_PASSAGE_BYTES {
        return 0..shown.len();
    }
    let earliest = shown.floor_char_boundary(start.saturating_sub(MAX_PASSAGE_BYTES / 3));
    let sentence = shown[earliest..start].rfind(['.', '!', '?']).map(|at| earliest + at + 1);
    let from = if earliest == 0 { 0 } else { sentence.unwrap_or(earliest) };
    let from = found.iter().map(|token| token.range.start).find(|&at| at >= from).unwrap_or(start).min(start);
    let from = if earliest == 0 && sentence.is_none() { 0 } else { from };
    if shown.len() - from <= MAX_PASSAGE_BYTES {
        return from..shown.len();
    }
    let ends = found.iter().map(|token| token.range.end);
    let to = ends.filter(|&end| from < end && end - from <= MAX_PASSAGE_BYTES).max().unwrap_or(shown.len());
    from..to
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marked(query: &str, text: &str) -> Option<String> {
        let passage = Highlighter::new(&Query::parse(query).unwrap(), []).passage(text)?;
        let mut shown = String::new();
        let mut at = passage.range.start;
        for found in &passage.matches {
            shown.push_str(&text[at..found.start]);
            shown.push('[');
            shown.push_str(&text[found.clone()]);
            shown.push(']');
            at = found.end;
        }
        shown.push_str(&text[at..passage.range.end]);
        Some(shown)
    }

    #[test]
    fn matches_are_words_as_displayed() {
        assert_eq!(marked("networks", "A Network of networks").as_deref(), Some("A [Network] of [networks]"));
        assert_eq!(marked("beta vae", "β-VAEs, again").as_deref(), Some("[β]-[VAEs], again"));
        assert_eq!(marked("pretraining", "On pre-training").as_deref(), Some("On [pre-training]"));
        assert_eq!(marked("cats -dogs", "dogs and mice"), None);
    }

    #[test]
    fn html_is_escaped() {
        let text = "a<b> & graph \"c\"";
        let passage = Highlighter::new(&Query::parse("graph").unwrap(), []).passage(text).unwrap();
        assert_eq!(passage.html(text), "a&lt;b&gt; &amp; <mark>graph</mark> &quot;c&quot;");
    }

    #[test]
    fn the_passage_with_most_words_is_shown() {
        let filler = "Nothing to see here, really. ".repeat(20);
        let text = format!("A graph. {filler}We study graph neural networks at scale. {filler}");
        let passage = marked("graph neural networks", &text).unwrap();
        assert!(passage.starts_with("We study [graph] [neural] [networks]"), "{passage}");
        assert!(passage.len() <= MAX_PASSAGE_BYTES + 20);
    }

    proptest! {
        #[test]
        fn a_passage_lies_within_any_text(text in r"([a-c .-]|\PC){0,900}", query in "[a-c -]{0,9}") {
            let highlighter = Highlighter::new(&Query::parse(&query).unwrap(), []);
            if let Some(passage) = highlighter.passage(&text) {
                prop_assert!(text.get(passage.range.clone()).is_some());
                prop_assert!(!passage.matches.is_empty());
                for found in passage.matches {
                    prop_assert!(passage.range.start <= found.start && found.end <= passage.range.end);
                    prop_assert!(text.get(found).is_some());
                }
            }
        }
    }
}
