//! The status of a person in a file, in the words of our export, listmonk, Ghost, Mailchimp and others.
//!
//! Always: a word that is not known subscribes nobody.

/// The status of a person in a file. A later variant wins over an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// They want mail.
    Subscribed,
    /// They were asked, and did not confirm.
    Unconfirmed,
    /// They left, complained, never subscribed, or cannot be reached.
    Left,
}

impl Standing {
    /// The meaning of a status, in any case; `None` if it is unknown.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let letters: String = word.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
        Some(match letters.as_str() {
            "active" | "subscribed" | "confirmed" | "enabled" | "optedin" | "regular" | "premium"
            | "free" | "paid" | "comped" | "complimentary" | "gifted" => Self::Subscribed,
            "pending" | "unconfirmed" | "notconfirmed" | "unactivated" | "validating" | "waiting" => {
                Self::Unconfirmed
            }
            "unsubscribed" | "unsubscribe" | "suppressed" | "blocklisted" | "blacklisted" | "blocked"
            | "banned" | "cleaned" | "bounced" | "hardbounced" | "softbounced" | "hardbounce"
            | "softbounce" | "undeliverable" | "invalid" | "disabled" | "inactive" | "archived"
            | "deleted" | "removed" | "left" | "complained" | "complaint" | "spam" | "junk" | "optedout"
            | "optout" | "nonsubscribed" | "notsubscribed" | "neversubscribed" | "transactional" => {
                Self::Left
            }
            _ => return None,
        })
    }

    /// The error for an unknown status.
    pub(crate) fn not_understood(word: &str) -> String {
        if word.is_empty() {
            return "the status is empty; write active or unsubscribed, or remove the column".to_owned();
        }
        let word: String = word.chars().take(60).collect();
        format!("the status {word:?} is not known; write active, pending or unsubscribed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_words_are_read_in_any_case() {
        for (word, standing) in [
            ("ACTIVE", Some(Standing::Subscribed)),
            ("Opted in", Some(Standing::Subscribed)),
            ("Pending", Some(Standing::Unconfirmed)),
            ("Unsubscribed", Some(Standing::Left)),
            ("non-subscribed", Some(Standing::Left)),
            ("Hard bounced", Some(Standing::Left)),
            ("BLOCKLISTED", Some(Standing::Left)),
            ("", None),
            ("maybe", None),
        ] {
            assert_eq!(Standing::from_word(word), standing, "{word}");
        }
    }
}
