//! Folding: the form in which words are compared.
//!
//! Case, compatibility forms, accents and the strokes of letters are folded, so that `Levy` finds Lévy and `Lodz` Łódź;
//! a Greek letter that is a symbol is its name, so that `beta` finds β-VAE and `β` does as well. Signs that tell names of
//! languages apart stay: C, C++ and C# are three words.
//!
//! Always: a folded text holds letters, digits, combining marks, `+` and `#`, between single spaces. Folding it again
//! changes nothing.

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Letters with strokes and ligatures, which Unicode takes for letters of their own, and what is typed for them.
const LETTERS: [(char, &str); 13] = [
    ('ø', "o"),
    ('đ', "d"),
    ('ð', "d"),
    ('þ', "th"),
    ('ł', "l"),
    ('ħ', "h"),
    ('ŋ', "ng"),
    ('ı', "i"),
    ('ȷ', "j"),
    ('ŧ', "t"),
    ('ß', "ss"),
    ('æ', "ae"),
    ('œ', "oe"),
];

const GREEK: [(char, &str); 25] = [
    ('α', "alpha"),
    ('β', "beta"),
    ('γ', "gamma"),
    ('δ', "delta"),
    ('ε', "epsilon"),
    ('ζ', "zeta"),
    ('η', "eta"),
    ('θ', "theta"),
    ('ι', "iota"),
    ('κ', "kappa"),
    ('λ', "lambda"),
    ('μ', "mu"),
    ('ν', "nu"),
    ('ξ', "xi"),
    ('ο', "omicron"),
    ('π', "pi"),
    ('ρ', "rho"),
    ('σ', "sigma"),
    ('ς', "sigma"),
    ('τ', "tau"),
    ('υ', "upsilon"),
    ('φ', "phi"),
    ('χ', "chi"),
    ('ψ', "psi"),
    ('ω', "omega"),
];

/// The words of a displayed text between single spaces, in the form that is compared.
#[must_use]
pub fn fold(shown: &str) -> String {
    // Most words by far.
    if shown.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return shown.to_ascii_lowercase();
    }
    // Most texts of more words: nothing of Unicode has to be looked up.
    if shown.is_ascii() {
        return folded(shown.len(), shown.chars().map(|c| c.to_ascii_lowercase()));
    }
    folded(shown.len(), shown.nfkd().filter(|&c| !is_accent(c)).flat_map(char::to_lowercase))
}

/// The words of these letters, which are decomposed and small.
fn folded(capacity: usize, letters: impl Iterator<Item = char>) -> String {
    let mut key = String::with_capacity(capacity);
    let mut word = String::new();
    let mut letters = letters.peekable();
    while let Some(c) = letters.next() {
        let stroked = if c.is_ascii() { None } else { LETTERS.iter().find(|(letter, _)| *letter == c) };
        match stroked {
            Some((_, typed)) => word.push_str(typed),
            None if c.is_alphanumeric() || (!c.is_ascii() && is_combining_mark(c)) => word.push(c),
            None => {
                if !word.is_empty() && matches!(c, '+' | '#') {
                    let mut signs = String::from(c);
                    while let Some(sign) = letters.next_if(|sign| matches!(sign, '+' | '#')) {
                        signs.push(sign);
                    }
                    let is_within = letters.peek().is_some_and(|next| next.is_alphanumeric());
                    if is_name(&word, &signs, is_within) {
                        word.push_str(&signs);
                    }
                }
                end(&mut key, &mut word);
            }
        }
    }
    end(&mut key, &mut word);
    key
}

/// Whether signs behind a word belong to its name: C++, C#, A+; not the plus between two terms, nor that of "10+".
fn is_name(word: &str, signs: &str, is_within: bool) -> bool {
    match signs {
        "+" => !is_within && word.len() == 1 && word.starts_with(|c: char| c.is_ascii_alphabetic()),
        "++" => word.starts_with(char::is_alphabetic),
        "#" => !is_within && word.starts_with(char::is_alphabetic),
        _ => false,
    }
}

/// Marks over and under letters of Latin, Greek and Cyrillic, and those of formulas. In other scripts marks are vowels.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}')
}

/// Puts a word behind the others, its letters composed.
fn end(key: &mut String, word: &mut String) {
    if word.is_empty() {
        return;
    }
    if !key.is_empty() {
        key.push(' ');
    }
    let name = |c: char| GREEK.iter().find(|(letter, _)| *letter == c).map(|(_, name)| *name);
    let is_greek = word.chars().nth(1).is_some() && word.chars().all(|c| name(c).is_some());
    for c in word.nfc() {
        match name(c) {
            Some(name) if !is_greek => key.push_str(name),
            _ => key.push(c),
        }
    }
    word.clear();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_typed_is_what_is_shown() {
        for (typed, shown) in [
            ("Levy flights", "Lévy flights"),
            ("ECOLE polytechnique", "École Polytechnique"),
            ("Lodz", "Łódź"),
            ("Dakovo", "Đakovo"),
            ("fine tuning", "ﬁne‐Tuning"),
            ("beta VAE", "β-VAE"),
            ("β-VAE", "β-VAE"),
            ("muP", "μP"),
            ("strasse", "Straße"),
            ("naive", "naïve"),
        ] {
            assert_eq!(fold(typed), fold(shown), "{typed}");
        }
    }

    #[test]
    fn signs_tell_names_apart() {
        for (text, said) in [
            ("C, C++ and C#", "c c++ and c#"),
            ("C++17 or A+", "c++ 17 or a+"),
            ("a+b, 10+ tasks, #1, e⁺e⁻", "a b 10 tasks 1 e e"),
            ("F#-like, g++.", "f# like g++"),
        ] {
            assert_eq!(fold(text), said);
        }
    }

    #[test]
    fn words_of_other_scripts_stay() {
        assert_eq!(fold("हिन्दी"), "हिन्दी");
        assert_eq!(fold("한국어"), "한국어");
        assert_eq!(fold("λόγος"), "λογος");
        assert_eq!(fold("…"), "");
    }

    proptest! {
        #[test]
        fn a_folded_text_is_its_own_fold(text in r"([a-zé +#αλ$^_{}'-]|\PC){0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once.as_str());
            let is_plain = |c: char| c.is_alphanumeric() || is_combining_mark(c) || matches!(c, ' ' | '+' | '#');
            prop_assert!(once.chars().all(is_plain));
            prop_assert!(!once.contains("  ") && once.trim() == once);
        }
    }
}
