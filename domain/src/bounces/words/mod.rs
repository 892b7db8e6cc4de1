//! The meanings of what mail servers say, by their [`phrases`].
//!
//! Only what a server says itself is judged ([`plain()`]). Phrases are asked in their order: that mail from here is refused,
//! although in the words of a mailbox; that a mailbox is full or closed; that it is not there; then words that say less.

mod phrases;
mod plain;

use entity::enums::BounceKind;

use phrases::{
    ABSENT, ABSENT_ELSEWHERE, ABSENT_UNLESS_POLICY, CLOSED, LISTS, REFUSED, REFUSED_BESIDE, TRIED,
};

pub(super) use plain::plain;

/// The maximum number of bytes that a star stands for.
const MAX_GAP: usize = 80;

/// The meaning of the words, regardless of the status; `None` if there is none. `is_policy` tells that the
/// status is about policy.
pub(super) fn judge(plain: &str, is_policy: bool) -> Option<BounceKind> {
    let has = |words: &[&str]| words.iter().any(|words| is_said(plain, words));
    if has(&REFUSED) || (is_policy && is_said(plain, "access denied")) {
        return Some(BounceKind::Refused);
    }
    if is_closed(plain) {
        return Some(BounceKind::Soft);
    }
    if is_said(plain, "not found, try again") {
        return Some(BounceKind::Soft);
    }
    if has(&ABSENT) || has(&ABSENT_ELSEWHERE) || (!is_policy && has(&ABSENT_UNLESS_POLICY)) {
        return Some(BounceKind::Hard);
    }
    None
}

/// Whether the words say that a mailbox is full or closed.
pub(super) fn is_closed(plain: &str) -> bool {
    CLOSED.iter().any(|words| is_said(plain, words))
}

/// Whether a text names a list of bad senders, be it in a link.
pub(super) fn names_a_list(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    LISTS.iter().any(|name| text.contains(name))
}

/// Weaker phrases, which a status overrides.
pub(super) fn judge_beside(plain: &str) -> Option<BounceKind> {
    let has = |words: &[&str]| words.iter().any(|words| is_said(plain, words));
    if has(&REFUSED_BESIDE) {
        return Some(BounceKind::Refused);
    }
    has(&TRIED).then_some(BounceKind::Soft)
}

/// Whether a text contains words, with a few others in place of a star.
fn is_said(text: &str, words: &str) -> bool {
    let Some((first, second)) = words.split_once(" * ") else { return text.contains(words) };
    text.match_indices(first).any(|(at, _)| {
        let after = at + first.len();
        let end = text.floor_char_boundary((after + MAX_GAP + second.len()).min(text.len()));
        text[after..end].contains(second)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_matches_a_few_words() {
        assert!(is_said("the account has exceeded its small quota", "exceeded * quota"));
        assert!(!is_said("the quota was exceeded", "exceeded * quota"));
        assert!(!is_said(&format!("exceeded {} quota", "é".repeat(80)), "exceeded * quota"));
    }

    #[test]
    fn the_order_of_the_table_decides() {
        use BounceKind::{Hard, Refused, Soft};
        for (said, kind) in [
            ("sender verify failed: no such user", Some(Refused)),
            ("user over quota, user unknown", Some(Soft)),
            ("host not found, try again", Some(Soft)),
            ("recipient address rejected: user unknown", Some(Hard)),
            ("recipient address rejected: access denied", Some(Hard)),
            ("it did not work", None),
        ] {
            assert_eq!(judge(said, false), kind, "{said}");
        }
        assert_eq!(judge("recipient address rejected", true), None);
        assert_eq!(judge_beside("looks like spam, try again later"), Some(Refused));
        assert_eq!(judge_beside("try again later"), Some(Soft));
    }
}
