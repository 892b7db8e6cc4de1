//! `WordPiece`, as BERT's uncased vocabularies are used.
//!
//! Text is cleaned of control characters, decomposed, freed of accents, lower-cased and split at white space, at
//! punctuation and around Chinese characters; each word then becomes the longest pieces of the vocabulary, from left to
//! right. `tokenizer.json` also holds rules for padding and truncation, which are those of some training run: they
//! are not read. What stands in a text is text: `[SEP]` in it is three words.
//!
//! Always: equals the reference implementation's pieces for all characters of the Unicode that it knows; time grows as the tokens asked for do, not as the text does,
//! except for white space and what is dropped.

use std::{collections::HashMap, path::Path};

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

use super::{
    error::{ModelError, Result},
    weights::{read_json, read_text},
};

/// The number of a piece in the vocabulary.
pub(super) type Token = u32;

/// A longer word is unknown, by the rule of the reference implementation.
const MAX_WORD_CHARACTERS: usize = 100;
/// What marks a piece that continues a word.
const CONTINUATION: &str = "##";
/// A vocabulary of one million pieces is none of BERT's.
const MAX_FILE_BYTES: u64 = 32 << 20;

/// A vocabulary and the rules to cut text with it.
#[derive(Debug)]
pub(super) struct Tokenizer {
    starts: HashMap<Box<str>, Token>,
    continuations: HashMap<Box<str>, Token>,
    max_piece_bytes: usize,
    unknown: Token,
    pub(super) first: Token,
    pub(super) separator: Token,
}

#[derive(Deserialize)]
struct File {
    normalizer: Option<Normalizer>,
    model: Pieces,
}

#[derive(Deserialize)]
struct Normalizer {
    #[serde(default)]
    lowercase: bool,
}

#[derive(Deserialize)]
struct Pieces {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    vocab: HashMap<String, Token>,
}

impl Tokenizer {
    /// Reads `tokenizer.json` of a folder, or `vocab.txt` if there is none.
    pub(super) fn load(folder: &Path, vocabulary: usize) -> Result<Self> {
        let path = folder.join("tokenizer.json");
        if !path.is_file() {
            let path = folder.join("vocab.txt");
            let text = read_text(&path, MAX_FILE_BYTES)?;
            let pieces = (0..).zip(text.lines()).map(|(token, piece)| (piece.into(), token));
            return Self::new(pieces, vocabulary).map_err(|reason| ModelError::Unsupported { path, reason });
        }
        let file: File = read_json(&path, MAX_FILE_BYTES)?;
        let unsupported = |reason: String| ModelError::Unsupported { path: path.clone(), reason };
        if file.model.kind.is_some_and(|kind| kind != "WordPiece") {
            return Err(unsupported("it is not a WordPiece vocabulary".to_owned()));
        }
        if !file.normalizer.is_some_and(|normalizer| normalizer.lowercase) {
            return Err(unsupported("it distinguishes upper and lower case".to_owned()));
        }
        Self::new(file.model.vocab.into_iter(), vocabulary).map_err(unsupported)
    }

    fn new(pieces: impl Iterator<Item = (String, Token)>, vocabulary: usize) -> Result<Self, String> {
        let (mut starts, mut continuations, mut max_piece_bytes) = (HashMap::new(), HashMap::new(), 0);
        for (piece, token) in pieces {
            if usize::try_from(token).is_ok_and(|token| token >= vocabulary) {
                return Err(format!("the model has no vector for its piece {token}"));
            }
            let (map, piece) = match piece.strip_prefix(CONTINUATION).filter(|rest| !rest.is_empty()) {
                Some(rest) => (&mut continuations, rest),
                None => (&mut starts, piece.as_str()),
            };
            max_piece_bytes = max_piece_bytes.max(piece.len());
            map.insert(piece.into(), token);
        }
        let special =
            |piece: &str| starts.get(piece).copied().ok_or_else(|| format!("it has no piece {piece}"));
        let (unknown, first, separator) = (special("[UNK]")?, special("[CLS]")?, special("[SEP]")?);
        Ok(Self { starts, continuations, max_piece_bytes, unknown, first, separator })
    }

    /// The first `max` tokens of the text, without those that mark its beginning and end.
    pub(super) fn tokens(&self, text: &str, max: usize) -> Vec<Token> {
        let mut tokens = Vec::with_capacity(max.min(text.len() / 4 + 8));
        let mut word = Word::default();
        for character in normalized(text) {
            if tokens.len() >= max {
                break;
            }
            if character.is_whitespace() {
                self.push_word(&mut word, &mut tokens);
            } else if is_punctuation(character) || is_chinese(character) {
                self.push_word(&mut word, &mut tokens);
                word.push(character);
                self.push_word(&mut word, &mut tokens);
            } else {
                word.push(character);
            }
        }
        self.push_word(&mut word, &mut tokens);
        tokens.truncate(max);
        tokens
    }

    fn push_word(&self, word: &mut Word, tokens: &mut Vec<Token>) {
        if word.characters == 0 {
            return;
        }
        let before = tokens.len();
        if word.characters > MAX_WORD_CHARACTERS || self.push_pieces(&word.text, tokens).is_none() {
            tokens.truncate(before);
            tokens.push(self.unknown);
        }
        word.text.clear();
        word.characters = 0;
    }

    /// The longest pieces from left to right; none if some part of the word is in no piece.
    fn push_pieces(&self, word: &str, tokens: &mut Vec<Token>) -> Option<()> {
        let mut rest = word;
        let mut pieces = &self.starts;
        while !rest.is_empty() {
            let longest = (1..=rest.len().min(self.max_piece_bytes))
                .rev()
                .filter_map(|end| rest.get(..end))
                .find_map(|piece| pieces.get(piece).map(|token| (piece.len(), *token)));
            let (length, token) = longest?;
            tokens.push(token);
            rest = &rest[length..];
            pieces = &self.continuations;
        }
        Some(())
    }
}

/// A word as far as it counts.
#[derive(Default)]
struct Word {
    text: String,
    characters: usize,
}

impl Word {
    fn push(&mut self, character: char) {
        if self.characters <= MAX_WORD_CHARACTERS {
            self.text.push(character);
            self.characters += 1;
        }
    }
}

/// Without control characters and accents, in lower case.
fn normalized(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars()
        .filter(|character| !is_dropped(*character))
        .nfd()
        .filter(|character| {
            character.is_ascii() || character.general_category() != GeneralCategory::NonspacingMark
        })
        .flat_map(char::to_lowercase)
}

fn is_dropped(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control() && !matches!(character, '\t' | '\n' | '\r');
    }
    character == char::REPLACEMENT_CHARACTER
        || matches!(
            character.general_category(),
            GeneralCategory::Control | GeneralCategory::Format | GeneralCategory::PrivateUse
        )
}

fn is_punctuation(character: char) -> bool {
    character.is_ascii_punctuation()
        || !character.is_ascii() && character.general_category_group() == GeneralCategoryGroup::Punctuation
}

/// The blocks of ideographs that BERT treats as words of one character.
fn is_chinese(character: char) -> bool {
    matches!(character,
        '\u{4E00}'..='\u{9FFF}' | '\u{3400}'..='\u{4DBF}' | '\u{20000}'..='\u{2A6DF}' | '\u{2A700}'..='\u{2B73F}'
        | '\u{2B740}'..='\u{2B81F}' | '\u{2B920}'..='\u{2CEAF}' | '\u{F900}'..='\u{FAFF}' | '\u{2F800}'..='\u{2FA1F}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokenizer() -> Tokenizer {
        let pieces = [
            "[PAD]", "[UNK]", "[CLS]", "[SEP]", "pre", "##train", "##ing", "un", "##a", "a", "cafe", "!",
            "中", "ss", "straße",
        ];
        Tokenizer::new((0..).zip(pieces).map(|(token, piece)| (piece.to_owned(), token)), 20).unwrap()
    }

    #[test]
    fn words_become_their_longest_pieces() {
        let tokenizer = tokenizer();
        assert_eq!(tokenizer.tokens("PreTraining", 9), [4, 5, 6]);
        assert_eq!(tokenizer.tokens("Café! 中a a", 9), [10, 11, 12, 9, 9]);
        assert_eq!(tokenizer.tokens("prepare\u{0} \u{200b}a\u{fffd}", 9), [1, 9]);
        assert_eq!(tokenizer.tokens("pre\u{85}train\u{e000}ing", 9), [4, 5, 6]);
        assert_eq!(tokenizer.tokens("a\u{3000}a\u{a0}a\ta", 3), [9, 9, 9]);
        assert_eq!(tokenizer.tokens("Straße", 9), [14]);
        assert_eq!(tokenizer.tokens(" \n", 9), Vec::<Token>::new());
    }

    #[test]
    fn a_word_of_more_than_100_characters_is_unknown() {
        let tokenizer = tokenizer();
        let mut expected = vec![9];
        expected.resize(100, 8);
        assert_eq!(tokenizer.tokens(&"a".repeat(100), 200), expected);
        assert_eq!(tokenizer.tokens(&"a".repeat(101), 200), [1]);
        assert_eq!(tokenizer.tokens(&"a".repeat(200_000), 200), [1]);
    }

    #[test]
    fn marks_of_the_model_in_a_text_are_text() {
        assert!(!tokenizer().tokens("[SEP] [CLS]", 9).iter().any(|token| [2, 3].contains(token)));
    }

    proptest! {
        #[test]
        fn any_text_has_at_most_the_tokens_asked_for(text in any::<String>(), max in 0_usize..50) {
            prop_assert!(tokenizer().tokens(&text, max).len() <= max);
        }
    }
}
