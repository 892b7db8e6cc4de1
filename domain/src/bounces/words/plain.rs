//! What a server says itself: its text without addresses, links and names of hosts, because `policy@example.org` or
//! `https://example.net/spam` say nothing.

/// A text in lower case and on one line, without addresses, links and names of hosts, and without quotes and brackets.
pub(in crate::bounces) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let is_bracket = |c: char| "<>()[]{}\"*`«»“”|".contains(c);
    for word in text.split(|c: char| c.is_whitespace() || is_bracket(c)) {
        let word = word.trim_start_matches('\'');
        let is_link = word.contains("://") || word.starts_with("www.") || word.starts_with("mailto:");
        if word.is_empty() || is_link {
            continue;
        }
        // Behind an address stand colons and dots, which words do not go by.
        let kept = if word.contains('@') || is_host(word) { ends(word) } else { word };
        if !plain.is_empty() && !kept.is_empty() && !matches!(kept, "." | "," | ":" | ";") {
            plain.push(' ');
        }
        plain.extend(kept.chars().map(|c| if c == '’' { '\'' } else { c }).flat_map(char::to_lowercase));
    }
    plain
}

/// The name of a host: labels in lower case with a letter in the last one.
fn is_host(word: &str) -> bool {
    let word = word.trim_end_matches([':', ',', ';', '.']);
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    let last = word.rsplit('.').next().unwrap_or_default();
    word.contains('.')
        && word.chars().all(is_inner)
        && last.len() > 1
        && last.chars().all(|c| c.is_ascii_lowercase())
}

/// The signs that end a word.
fn ends(word: &str) -> &str {
    let kept = word.trim_end_matches([':', ',', ';', '.']).len();
    &word[kept..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_links_and_hosts_are_not_phrases() {
        for (text, expected) in [
            ("<ada@example.org>: Recipient\n rejected", ": recipient rejected"),
            ("See https://example.net/policy/x for \"help\"", "see for help"),
            ("host mx.spam.example[192.0.2.1] said: 550", "host 192.0.2.1 said: 550"),
            ("550 5.1.1 RESOLVER.ADR.RecipNotFound;", "550 5.1.1 resolver.adr.recipnotfound;"),
            ("user <ada@example.org> unknown", "user unknown"),
            ("This user doesn’t have", "this user doesn't have"),
            ("", ""),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }
}
