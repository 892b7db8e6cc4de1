//! Handles and display names, and the forms in which they are compared, found and kept distinct.
//!
//! Two handles are one if they look alike: compatibility forms (NFKC), case and confusable characters (UTS #39) are
//! folded, and with them `l`, `I` and `1`, `O` and `0`. Names that speak for the service are nobody's.
//!
//! Always: a name holds nothing that cannot be seen, and nothing that piles up over its neighbours.

use entity::user;
use plain_text::{is_invisible, one_line};
use sea_orm::ActiveValue::Set;
use smtp::Address;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::skeleton;

/// Characters in a handle.
pub const MAX_HANDLE: usize = 39;

/// The maximum length of a display name, in characters.
pub const MAX_DISPLAY_NAME: usize = 100;

/// The maximum number of combining marks on one letter. Living scripts need no more than three.
const MAX_MARKS: usize = 3;

/// Names that could be mistaken for the service, its staff or one of its pages.
const RESERVED_HANDLES: [&str; 60] = [
    "about",
    "abuse",
    "account",
    "accounts",
    "admin",
    "administrator",
    "all",
    "anonymous",
    "api",
    "auth",
    "billing",
    "bot",
    "contact",
    "curator",
    "curators",
    "daily-papers",
    "date",
    "deleted",
    "digest",
    "editions",
    "editor",
    "everyone",
    "feed",
    "graphiql",
    "graphql",
    "guest",
    "health",
    "help",
    "here",
    "hostmaster",
    "info",
    "legal",
    "login",
    "logout",
    "mail",
    "mailer-daemon",
    "me",
    "mod",
    "moderator",
    "moderators",
    "news",
    "no-reply",
    "nobody",
    "not-me",
    "null",
    "official",
    "operator",
    "owner",
    "papers",
    "postmaster",
    "privacy",
    "root",
    "security",
    "settings",
    "sign-in",
    "staff",
    "support",
    "system",
    "team",
    "undefined",
];

/// Further reserved names: paths of pages and names of the service.
const RESERVED_PATHS: [&str; 9] =
    ["static", "subscribe", "subscription", "unsubscribe", "user", "users", "viewer", "webmaster", "www"];

/// Words that make a name look official, at any position.
const OFFICIAL_WORDS: [&str; 6] = ["admin", "administrator", "moderator", "official", "staff", "support"];

/// Whether a text can be a handle: 1 to 39 ASCII letters, digits, dashes and underscores.
#[must_use]
pub fn is_handle(text: &str) -> bool {
    (1..=MAX_HANDLE).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

/// Whether a handle or a name speaks for the service.
#[must_use]
pub fn is_reserved(name: &str) -> bool {
    let joined = |name: &str| handle_key(&name.replace(|c: char| !c.is_alphanumeric(), ""));
    let key = joined(name);
    let is_word = |word: &str, words: &[&str]| words.iter().any(|reserved| joined(reserved) == joined(word));
    RESERVED_HANDLES.iter().chain(&RESERVED_PATHS).any(|reserved| joined(reserved) == key)
        || name.split(|c: char| !c.is_alphanumeric()).any(|word| is_word(word, &OFFICIAL_WORDS))
}

/// The form in which texts are looked for: compatibility forms and case folded.
#[must_use]
pub fn fold(text: &str) -> String {
    // By way of capitals, so that ß and ss, and the sigmas, are one.
    text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc().collect()
}

/// The form by which handles are one: those that look alike have the same.
#[must_use]
pub fn handle_key(handle: &str) -> String {
    let alike: String = skeleton(&fold(handle)).collect();
    fold(&alike).replace(['i', '1', '|'], "l").replace('0', "o")
}

/// A name as it is shown: one line, without what cannot be seen.
#[must_use]
pub fn shown_name(name: &str) -> String {
    let line: Vec<char> = one_line(name).nfc().collect();
    let is_foreign = |at: Option<&char>| at.is_some_and(|c| !c.is_ascii());
    let kept = line.iter().enumerate().filter(|&(at, &c)| match c {
        // Within Persian and Indic words, and within emoji, joiners are letters.
        '\u{200C}' | '\u{200D}' => {
            is_foreign(at.checked_sub(1).and_then(|before| line.get(before))) && is_foreign(line.get(at + 1))
        }
        c => !is_invisible(c),
    });
    one_line(&kept.map(|(_, c)| c).collect::<String>())
}

/// Whether more marks stand over one letter than any script has.
#[must_use]
pub fn piles_up(name: &str) -> bool {
    let mut marks = 0;
    name.nfc().any(|c| {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        marks > MAX_MARKS
    })
}

/// Sets what a row is found and compared by, once its handle, name and address are set.
pub(crate) fn set_keys(row: &mut user::ActiveModel) {
    let text = |value: &sea_orm::ActiveValue<String>| value.try_as_ref().cloned().unwrap_or_default();
    let (handle, display_name) = (text(&row.handle), text(&row.display_name));
    let email_key = row.email_key.try_as_ref().cloned().flatten();
    row.search_key = Set(search_key(&handle, &display_name, email_key.as_deref()));
    row.mailbox_key = Set(email_key.as_deref().and_then(Address::parse).map(|address| address.mailbox_key()));
    row.handle_key = Set(Some(handle_key(&handle)));
}

fn search_key(handle: &str, display_name: &str, email_key: Option<&str>) -> String {
    fold(&format!("{handle}\n{display_name}\n{}", email_key.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn handles_that_look_alike_are_one() {
        for (one, other) in [
            ("ada", "ADA"),
            ("alice", "AIice"),
            ("bill", "bi11"),
            ("root", "r00t"),
            ("ada", "аdа"),
            ("modern", "modem"),
            ("fine", "ﬁne"),
        ] {
            assert_eq!(handle_key(one), handle_key(other), "{one} and {other}");
        }
        for (one, other) in [("ada", "ade"), ("a-b", "ab"), ("reader-1", "reader-2")] {
            assert_ne!(handle_key(one), handle_key(other), "{one} and {other}");
        }
    }

    #[test]
    fn names_of_the_service_are_reserved() {
        for name in [
            "admin",
            "Admin",
            "ADMlN",
            "аdmin",
            "Daily Papers",
            "daily_papers",
            "dai1y-papers",
            "r00t",
            "Support team",
            "the-official-ada",
            "GraphQL",
            "not_me",
        ] {
            assert!(is_reserved(name), "{name}");
        }
        for name in ["ada", "badminton", "Ada Lovelace", "reader-1", "supporter", "Dated"] {
            assert!(!is_reserved(name), "{name}");
        }
    }

    #[test]
    fn search_terms_are_folded() {
        assert_eq!(fold("ÉCOLE Straße ΣΊΣΥΦΟΣ"), fold("école STRASSE σίσυφος"));
        assert_eq!(fold("ＡＤＡ"), "ada");
    }

    #[test]
    fn names_have_no_invisible_characters() {
        for (name, shown) in [
            (" Ada\nLovelace ", "Ada Lovelace"),
            ("A\u{200B}d\u{2060}a\u{FEFF}", "Ada"),
            ("\u{202E}adA\u{202C}", "adA"),
            ("A\u{200D}da", "Ada"),
            ("\u{3164}\u{2800}", ""),
            ("می\u{200C}خواهم", "می\u{200C}خواهم"),
            ("👩\u{200D}🔬", "👩\u{200D}🔬"),
            ("Zoe\u{308}", "Zoë"),
        ] {
            assert_eq!(shown_name(name), shown, "{name:?}");
        }
        assert!(piles_up(&format!("Z{}", "\u{335}".repeat(8))));
        assert!(!piles_up("Nguyễn Thị Hồng") && !piles_up("ที่นี่"));
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in "\\PC{0,30}") {
            prop_assert_eq!(fold(&fold(&text)), fold(&text));
        }

        #[test]
        fn any_name_is_shown_without_controls(text in any::<String>()) {
            let shown = shown_name(&text);
            let is_unseen = |c: char| c.is_control() || is_invisible(c) && !matches!(c, '\u{200C}' | '\u{200D}');
            prop_assert_eq!(shown.chars().find(|&c| is_unseen(c)), None);
            prop_assert_eq!(shown_name(&shown), shown.clone());
        }
    }
}
