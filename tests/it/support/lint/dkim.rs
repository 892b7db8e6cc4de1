//! Checks of a DKIM signature. Another implementation verifies it.

use std::collections::HashMap;

use super::headers::{Headers, mailbox};

/// The algorithm, the key and the signed headers. RFC 6376 section 5.4, RFC 8058 section 4.
pub(super) fn check(headers: &Headers, faults: &mut Vec<String>) {
    let Some(value) = headers.get("dkim-signature") else { return };
    let tags: HashMap<&str, String> = value
        .split(';')
        .filter_map(|tag| tag.split_once('='))
        .map(|(name, value)| (name.trim(), value.split_whitespace().collect()))
        .collect();
    let tag = |name: &str| tags.get(name).map(String::as_str).unwrap_or_default();
    for (name, wanted) in [("v", "1"), ("a", "rsa-sha256"), ("c", "relaxed/relaxed")] {
        if tag(name) != wanted {
            faults.push(format!("dkim {name} is not {wanted}"));
        }
    }
    if tags.contains_key("l") {
        faults.push("dkim l= lets anybody add to the body".to_owned());
    }
    let from = headers.get("from").and_then(mailbox).unwrap_or_default();
    if !from.ends_with(&format!("@{}", tag("d"))) {
        faults.push("dkim d= is not the domain of from".to_owned());
    }
    if tag("b").len() < 342 {
        faults.push("the dkim key is shorter than 2048 bits (RFC 8301 section 3.2)".to_owned());
    }
    let signed: Vec<String> = tag("h").split(':').map(str::to_ascii_lowercase).collect();
    let times = |name: &str| signed.iter().filter(|known| *known == name).count();
    for name in ["from", "to", "subject", "date"] {
        if times(name) < 2 {
            faults.push(format!("dkim h= does not keep a second {name} out"));
        }
    }
    let must = [
        "reply-to",
        "message-id",
        "mime-version",
        "content-type",
        "list-id",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "feedback-id",
        "auto-submitted",
        "precedence",
    ];
    for name in must.into_iter().filter(|name| headers.get(name).is_some()) {
        if times(name) == 0 {
            faults.push(format!("dkim h= lacks {name}"));
        }
    }
}
