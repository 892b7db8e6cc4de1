//! Terms with their positions as one text, and the tokenizer that reads it.
//!
//! What stands in the index of a document is decided before it gets there. The index has a form for that, but writes
//! each token as JSON and reads it again, which takes longer than all of the rest.
//!
//! A term is a line. It is one position behind the term before it, unless a number and a space in front say how far.

use std::fmt::Write as _;

use tantivy::TantivyDocument;
use tantivy::schema::Field;
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// The name of the tokenizer in the schema.
pub(super) const NAME: &str = "placed";

/// Terms for a field.
#[derive(Debug, Default)]
pub(super) struct PlacedText {
    text: String,
    position: usize,
}

impl PlacedText {
    /// Adds a term, which has no space, at a position that is not before that of the last one.
    pub(super) fn push(&mut self, position: usize, term: &str) {
        let distance = position.saturating_sub(self.position);
        if distance != 1 {
            // Writing to a String cannot fail.
            let _ = write!(self.text, "{distance} ");
        }
        self.text.push_str(term);
        self.text.push('\n');
        self.position += distance;
    }

    /// Adds the terms to a field of a document, if there are any.
    pub(super) fn add_to(self, document: &mut TantivyDocument, field: Field) {
        if !self.text.is_empty() {
            document.add_text(field, self.text);
        }
    }
}

/// Reads a [`PlacedText`].
#[derive(Clone, Debug, Default)]
pub(super) struct PlacedTokenizer {
    token: Token,
}

impl Tokenizer for PlacedTokenizer {
    type TokenStream<'a> = PlacedTokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> PlacedTokens<'a> {
        self.token.reset();
        self.token.position = 0;
        PlacedTokens { lines: text.lines(), token: &mut self.token }
    }
}

/// The terms of a text.
#[derive(Debug)]
pub(super) struct PlacedTokens<'a> {
    lines: std::str::Lines<'a>,
    token: &'a mut Token,
}

impl TokenStream for PlacedTokens<'_> {
    fn advance(&mut self) -> bool {
        let Some(line) = self.lines.next() else { return false };
        let (distance, term) = match line.split_once(' ') {
            Some((distance, term)) => (distance.parse().unwrap_or(1), term),
            None => (1, line),
        };
        self.token.position += distance;
        self.token.text.clear();
        self.token.text.push_str(term);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_come_back_at_their_positions() {
        let terms = [
            (0, "pretrain"),
            (0, "pre"),
            (1, "train"),
            (2, "c++"),
            (113, "neural"),
            (113, "netz"),
            (114, "7"),
        ];
        let mut text = PlacedText::default();
        for (position, term) in terms {
            text.push(position, term);
        }
        let mut tokenizer = PlacedTokenizer::default();
        for _ in 0..2 {
            let mut found = Vec::new();
            tokenizer
                .token_stream(&text.text)
                .process(&mut |token| found.push((token.position, token.text.clone())));
            assert_eq!(found, terms.map(|(position, term)| (position, term.to_owned())));
        }
    }
}
