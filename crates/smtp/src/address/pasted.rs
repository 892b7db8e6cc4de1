//! What people paste around an address, and the bare address in it.
//!
//! Addresses are copied from mail programs, pages and lists: with a name and angle brackets, as a link, with the comma of
//! a list, with characters that nobody sees, or typed on a keyboard of full-width letters. None of that changes whom mail
//! goes to, so it is left out. RFC 5322 section 3.4 and RFC 6068 are the forms.
//!
//! Always: what is inside of an address stays; two addresses never become one.

/// The address in a text as far as it can be told; whether it is one is for the caller to see.
pub(super) fn bare(text: &str) -> String {
    let visible: String = text.chars().filter(|&c| !is_invisible(c)).map(half_width).collect();
    let text = unlinked(in_brackets(trimmed(&visible)));
    trimmed(in_brackets(text)).to_owned()
}

/// Characters without a width of their own.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{AD}'
            | '\u{61C}'
            | '\u{180E}'
            | '\u{200B}'..='\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206F}'
            | '\u{FEFF}'
    )
}

/// The ordinary form of a full-width character of ASCII, and of the small @.
fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{FE6B}' => '@',
        _ => c,
    }
}

/// Without spaces around it, and without what ends a sentence or an entry of a list.
fn trimmed(text: &str) -> &str {
    text.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '.' | ',' | ';' | ':')).trim_start()
}

/// What stands in the angle brackets at the end: `Ada Lovelace <ada@example.org>`.
fn in_brackets(text: &str) -> &str {
    let inner = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'));
    match inner {
        // A name that has an address in it could be one of two.
        Some((name, inner)) if !name.contains(['@', '<', '>']) && is_one_line(name) => inner.trim(),
        _ => text,
    }
}

fn is_one_line(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

/// The address of a link: `mailto:ada@example.org?subject=…`.
fn unlinked(text: &str) -> &str {
    const SCHEME: &str = "mailto:";
    match text.get(..SCHEME.len()) {
        Some(scheme) if scheme.eq_ignore_ascii_case(SCHEME) => {
            text[SCHEME.len()..].split('?').next().unwrap_or_default()
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn pasted_decoration_is_removed() {
        for text in [
            "ada@example.org",
            " \tada@example.org\r\n",
            "\u{A0}ada@example.org\u{A0}",
            "\u{FEFF}ada@\u{200B}example.org\u{200D}",
            "\u{202A}ada@example.org\u{202C}",
            "ada@example\u{AD}.org",
            "<ada@example.org>",
            "< ada@example.org >,",
            "mailto:ada@example.org",
            "MailTo:ada@example.org?subject=Hello",
            "<mailto:ada@example.org>",
            "Ada Lovelace <ada@example.org>",
            "\"Lovelace, Ada\" <ada@example.org>;",
            "Ada <mailto:ada@example.org>",
            "ada@example.org.",
            "ada@example.org, ",
            "ada\u{FF20}example.org",
            "ada\u{FE6B}example.org",
            "\u{FF41}da@example\u{FF0E}org",
        ] {
            assert_eq!(bare(text), "ada@example.org", "{text:?}");
        }
    }

    #[test]
    fn ambiguous_addresses_are_unchanged() {
        for text in [
            "ada@example.org <grace@example.org>",
            "<ada@example.org> <grace@example.org>",
            "ada@example.org, grace@example.org",
            "a\r\nBcc: <ada@example.org>",
            "ada example.org>",
            "ada lovelace@example.org",
        ] {
            assert_eq!(bare(text), text);
        }
    }
}
