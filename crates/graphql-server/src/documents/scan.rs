//! A document's tokens, before anything is parsed.
//!
//! The parser of async-graphql descends into brackets as deep as they are nested, and ends the process if the stack
//! does. So brackets and tokens are counted first, by a loop that remembers no more than which brackets are open. It
//! knows strings, block strings and comments as the specification has them (section 2.1), and refuses what is none,
//! because the parser would read on in the middle of a string that does not end.
//!
//! The parser also knows less than the language: what the specification of September 2025 allows and it does not read is
//! written in the way that it does, byte for byte in the same place, so that lines in errors stay right.
//!
//! Always: a document that passes has brackets in pairs and in order, and no more of them within each other than
//! [`MAX_BRACES`], [`MAX_BRACKETS`] and [`MAX_PARENTHESES`].

mod rewrite;
mod strings;
mod token;

use std::borrow::Cow;

use async_graphql::Pos;

use token::{Kind, Token, Tokens};

/// Tokens of a document.
pub const MAX_TOKENS: usize = 8_000;

/// Braces within each other: selection sets and objects.
pub const MAX_BRACES: usize = 60;

/// Square brackets within each other: lists and types of lists.
pub const MAX_BRACKETS: usize = 24;

/// Parentheses within each other. The language has none.
pub const MAX_PARENTHESES: usize = 1;

/// Why a document is not parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScanError {
    /// It is no document.
    Syntax {
        /// What is wrong.
        message: String,
        /// Where.
        pos: Pos,
    },
    /// It is too large.
    TooComplex(String),
}

/// The document as the parser reads it.
///
/// # Errors
/// Why it is not parsed.
pub fn scan(document: &str) -> Result<Cow<'_, str>, ScanError> {
    let mut tokens = Vec::new();
    let mut open = Open::default();
    for token in Tokens::new(document) {
        let token = token?;
        if tokens.len() == MAX_TOKENS {
            return Err(ScanError::TooComplex(format!("A document can have at most {MAX_TOKENS} tokens.")));
        }
        open.count(document, &token)?;
        tokens.push(token);
    }
    if let Some((_, at)) = open.brackets.last() {
        return Err(syntax(document, *at, "This bracket is never closed."));
    }
    rewrite::rewrite(document, &tokens)
}

/// The brackets that are open.
#[derive(Default)]
struct Open {
    brackets: Vec<(u8, usize)>,
    braces: usize,
    squares: usize,
    parentheses: usize,
}

impl Open {
    fn count(&mut self, document: &str, token: &Token) -> Result<(), ScanError> {
        let Kind::Punctuator(byte) = token.kind else { return Ok(()) };
        match byte {
            b'{' | b'[' | b'(' => {
                let (depth, limit, what) = match byte {
                    b'{' => (&mut self.braces, MAX_BRACES, "Braces"),
                    b'[' => (&mut self.squares, MAX_BRACKETS, "Square brackets"),
                    _ => (&mut self.parentheses, MAX_PARENTHESES, "Parentheses"),
                };
                *depth += 1;
                if *depth > limit {
                    let message = format!("{what} can be nested at most {limit} deep.");
                    return Err(ScanError::TooComplex(message));
                }
                self.brackets.push((byte, token.start));
            }
            b'}' | b']' | b')' => {
                let opened = self.brackets.pop().map(|(opened, _)| opened);
                let (depth, opening) = match byte {
                    b'}' => (&mut self.braces, b'{'),
                    b']' => (&mut self.squares, b'['),
                    _ => (&mut self.parentheses, b'('),
                };
                if opened != Some(opening) {
                    return Err(syntax(document, token.start, "This bracket was never opened."));
                }
                *depth -= 1;
            }
            _ => {}
        }
        Ok(())
    }
}

/// A mistake at a byte of the document.
fn syntax(document: &str, at: usize, message: impl Into<String>) -> ScanError {
    let before = document.get(..at).unwrap_or(document);
    let mut pos = Pos { line: 1, column: 1 };
    let mut characters = before.chars().peekable();
    while let Some(character) = characters.next() {
        let is_end = character == '\n' || (character == '\r' && characters.peek() != Some(&'\n'));
        pos = if is_end {
            Pos { line: pos.line + 1, column: 1 }
        } else {
            Pos { column: pos.column + 1, ..pos }
        };
    }
    ScanError::Syntax { message: format!("Syntax error: {}", message.into()), pos }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nesting_is_counted_in_every_kind_of_bracket() {
        let nested =
            |open: &str, close: &str, depth: usize| format!("{}{}", open.repeat(depth), close.repeat(depth));
        for depth in [100, 1_500, 7_500] {
            for document in [
                format!("{{ a(b: {}) }}", nested("[", "]", depth)),
                format!("{{ a(b: {}) }}", nested("{a:", "}", depth)),
                format!("query($a: {}) {{ a }}", nested("[", "]", depth)),
                format!("query($a: Int = {}) {{ a }}", nested("[", "]", depth)),
                nested("{a", "}", depth),
                nested("{...", "}", depth),
                format!("{{ a @b(c: {}) }}", nested("[", "]", depth)),
                "{a".repeat(depth),
                "[".repeat(depth),
                "(".repeat(depth),
                format!("{{ a(b: \"\"\"\" \"[\" {} }}", "[".repeat(depth)),
                format!("# [\n{{ a(b: {} }}", "[".repeat(depth)),
            ] {
                assert!(scan(&document).is_err(), "{document:.60}");
            }
        }
    }

    #[test]
    fn brackets_in_strings_and_comments_are_ignored() {
        let many = "[{(".repeat(500);
        for document in [
            format!("{{ a(b: \"{many}\") }}"),
            format!("{{ a(b: \"\\\"{many}\") }}"),
            format!("{{ a(b: \"\"\"{many}\n\" \\\"\"\" {many}\"\"\") }}"),
            format!("{{ a # {many} \"\n }}"),
        ] {
            let scanned = scan(&document).unwrap();
            parse_query(&scanned).unwrap();
        }
    }

    #[test]
    fn syntax_errors_have_a_location() {
        for (document, line, column) in [
            ("{ a(b: \"c) }", 1, 8),
            ("{\n a(b: \"\"\"c) }", 2, 7),
            ("{\r\n a }}", 2, 5),
            ("{\r a ", 1, 1),
            ("{ a ? }", 1, 5),
            ("{ a(b: \"\\q\") }", 1, 8),
            ("{ a(b: \"\\uD83D\") }", 1, 8),
            ("{ a(b: \"\\uDCA5\\uD83D\") }", 1, 8),
            ("{ a(b: \"\\u{110000}\") }", 1, 8),
            ("{ a(b: \"\\u{}\") }", 1, 8),
            ("{ a(b: \"x\ny\") }", 1, 8),
            ("{ a(b: 1x) }", 1, 8),
            ("{ a(b: 01) }", 1, 8),
            ("{ a(b: 1.) }", 1, 8),
            ("{ a. . . }", 1, 4),
        ] {
            match scan(document) {
                Err(ScanError::Syntax { pos, .. }) => assert_eq!(pos, Pos { line, column }, "{document}"),
                other => panic!("{document}: {other:?}"),
            }
        }
    }

    #[test]
    fn escapes_and_spaces_are_rewritten_for_the_parser() {
        for (document, rewritten) in [
            ("{ a(b: \"\\u{1F4A5}\") }", "{ a(b: \"💥\"     ) }"),
            ("{ a(b: \"\\uD83D\\uDCA5\") }", "{ a(b: \"💥\"        ) }"),
            ("{ a(b: \"x\\u0041\") }", "{ a(b: \"xA\"     ) }"),
            ("{ a(b: \"\\u0022\\u000a\\u{5C}\") }", "{ a(b: \"\\\"\\n\\\\\"            ) }"),
            ("{ a(b: \"\"\"\\u{41}\"\"\") }", "{ a(b: \"\"\"\\u{41}\"\"\") }"),
            ("query($i: [ ID! ] !) { a }", "query($i: [ID!]!   ) { a }"),
            ("query($i: [ [ID #]\n!]]) { a }", "query($i: [[ID!]]    \n) { a }"),
            ("\"what\" query A { a }", "       query A { a }"),
            ("query A(\"w\" $n: Int) { a }", "query A(    $n: Int) { a }"),
            (
                "query A($m: String = \"w\" \"w\" $n: Int) { a }",
                "query A($m: String = \"w\"     $n: Int) { a }",
            ),
            ("{ ...F } \"\"\"w\n\"\"\" fragment F on Q { a }", "{ ...F }     \n    fragment F on Q { a }"),
            ("{ ... on # Q\n Q { a } }", "{ ... on    \n Q { a } }"),
            ("{ a }", "{ a }"),
        ] {
            let scanned = scan(document).unwrap();
            assert_eq!(scanned, rewritten);
            parse_query(&scanned).unwrap_or_else(|error| panic!("{rewritten}: {error}"));
        }
        // A shorthand has no description.
        assert!(parse_query(scan("\"what\" { a }").unwrap()).is_err());
    }

    /// Text of what documents are made of, in any order.
    fn pieces() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "{",
            "}",
            "[",
            "]",
            "(",
            ")",
            "\"",
            "\"\"\"",
            "\\",
            "\\u",
            "\\u{",
            "#",
            "\n",
            "\r",
            " ",
            ",",
            "...",
            "on ",
            "query ",
            "fragment ",
            "a",
            "$a",
            ":",
            "=",
            "!",
            "@",
            "|",
            "&",
            "1",
            "-",
            ".5",
            "e",
            "0",
            "D83D",
            "é",
            "💥",
            "\0",
            "\u{feff}",
            "null",
            "true",
        ]);
        prop::collection::vec(piece, 0..200).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn scanning_and_parsing_never_panic(document in pieces()) {
            if let Ok(scanned) = scan(&document) {
                let _ = parse_query(&scanned);
                // Lines stay, and what was rewritten once needs it no more.
                prop_assert_eq!(scanned.lines().count(), document.lines().count());
                let again = scan(&scanned).map(Cow::into_owned);
                prop_assert_eq!(again.as_deref(), Ok(&*scanned));
            }
        }

        #[test]
        fn any_text_round_trips_through_a_string(text in any::<String>()) {
            let escaped: String =
                text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<Vec<_>>().concat();
            let braced: String = text.chars().map(|c| format!("\\u{{{:x}}}", u32::from(c))).collect::<Vec<_>>().concat();
            for written in [escaped, braced] {
                let document = format!("{{ a(b: \"{written}\") }}");
                let parsed = parse_query(scan(&document).unwrap()).unwrap();
                let (_, operation) = parsed.operations.iter().next().unwrap();
                let async_graphql::parser::types::Selection::Field(field) =
                    &operation.node.selection_set.node.items[0].node else { panic!("a field") };
                let value = field.node.get_argument("b").unwrap().node.clone();
                prop_assert_eq!(value, async_graphql_value::Value::String(text.clone()));
            }
        }
    }
}
