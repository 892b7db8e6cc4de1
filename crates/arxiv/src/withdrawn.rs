//! Withdrawn papers: recognition of the notice in the comments, or in place of the abstract.
//!
//! arXiv keeps the entry of such a paper, and asks its authors to say so in the comments; earlier ones begin the abstract
//! with such a sentence. Source: <https://info.arxiv.org/help/withdraw.html>.

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

/// Whether one of the sentences of the comments begins by saying that the paper has been withdrawn.
#[must_use]
pub fn comments_say_withdrawn(comments: &str) -> bool {
    let lower = comments.to_ascii_lowercase();
    if !lower.contains("withdrawn") && !lower.contains("retracted") {
        return false;
    }
    lower.split_inclusive(['.', ';', ':', ',', '!', '(', '\n']).any(says_withdrawn)
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

    #[test]
    fn any_sentence_of_the_comments_may_say_it() {
        for said in [
            "This paper has been withdrawn",
            "5 pages, 2 figures. This paper has been withdrawn by the author(s), due to an error",
            "15 pages; paper withdrawn by arXiv admins",
            "v3: withdrawn",
            "Withdrawn",
            "4 pages, withdrawn by the author",
        ] {
            assert!(comments_say_withdrawn(said), "{said}");
        }
        for said in [
            "",
            "12 pages, on papers that were withdrawn",
            "Troops were withdrawn.",
            "An earlier version has been withdrawn from a journal, not this one",
        ] {
            assert!(!comments_say_withdrawn(said), "{said}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_accepted_without_a_panic(text in "\\PC{0,120}") {
            let _ = says_withdrawn(&text);
            let _ = comments_say_withdrawn(&text);
        }
    }
}
