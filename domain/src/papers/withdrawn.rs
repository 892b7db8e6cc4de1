//! Withdrawn papers: recognition of the notice that stands in place of the abstract.
//!
//! arXiv keeps the entry of such a paper, and asks its authors to begin the abstract with a sentence that says so.
//! It stays on its feed, marked; digests do not choose it, and nothing links to a PDF that is not there.

/// The beginnings of such abstracts, in lower case: arXiv's own sentence and its variants.
const NOUNS: [&str; 8] =
    ["paper", "article", "submission", "manuscript", "preprint", "work", "report", "version of the paper"];

/// Words before the noun.
const DETERMINERS: [&str; 3] = ["this ", "the ", ""];

/// Words after it.
const VERBS: [&str; 6] = [
    " has been withdrawn",
    " was withdrawn",
    " is withdrawn",
    " has been retracted",
    " withdrawn by",
    " is being withdrawn",
];

/// Whether an abstract begins by saying that the paper has been withdrawn.
#[must_use]
pub fn says_withdrawn(r#abstract: &str) -> bool {
    let start: String =
        r#abstract.trim_start_matches(|c: char| !c.is_alphanumeric()).chars().take(80).collect();
    let start = start.to_lowercase();
    let is_alone = ["withdrawn", "retracted"].iter().any(|word| {
        start.strip_prefix(word).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(['.', ']', ')', ':', '*']) || rest.starts_with(" by ")
        })
    });
    let says = |determiner: &str| {
        let Some(rest) = start.strip_prefix(determiner) else { return false };
        let after_noun = |noun: &&str| rest.strip_prefix(*noun);
        NOUNS.iter().filter_map(after_noun).any(|rest| VERBS.iter().any(|verb| rest.starts_with(verb)))
    };
    is_alone || DETERMINERS.into_iter().any(says)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn usual_withdrawal_sentences_are_recognized() {
        for said in [
            "This paper has been withdrawn by the authors.",
            "This paper has been withdrawn due to a crucial error in equation 3.",
            "This submission has been withdrawn by arXiv administrators.",
            "The article was withdrawn because its proof is wrong.",
            "Paper withdrawn by the author",
            "[Withdrawn] We prove nothing.",
            "Withdrawn.",
            "  **Retracted**",
            "THIS MANUSCRIPT HAS BEEN WITHDRAWN",
        ] {
            assert!(says_withdrawn(said), "{said}");
        }
        for said in [
            "",
            "This paper studies why papers are withdrawn.",
            "Withdrawn energy is measured in a model of batteries.",
            "Troops were withdrawn.",
            "We show that this paper has been withdrawn.",
        ] {
            assert!(!says_withdrawn(said), "{said}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_accepted_without_a_panic(text in "\\PC{0,120}") {
            let _ = says_withdrawn(&text);
        }
    }
}
