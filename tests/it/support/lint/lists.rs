//! Checks of list headers: identifiers, URIs, one-click unsubscribing.

use super::headers::Headers;

pub(super) fn check(headers: &Headers, faults: &mut Vec<String>) {
    for (name, value, lines) in headers.all.iter().filter(|(name, ..)| name.starts_with("list-")) {
        match name.as_str() {
            "list-id" => {
                let label = value.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>'));
                let is_label = label.is_some_and(|label| {
                    label.len() <= 255 && label.contains('.') && !label.contains([' ', '@'])
                });
                if !is_label {
                    faults.push("list-id is invalid (RFC 2919 section 2)".to_owned());
                }
            }
            "list-unsubscribe-post" => {
                if value != "List-Unsubscribe=One-Click" {
                    faults.push("list-unsubscribe-post is not that of RFC 8058 section 3.1".to_owned());
                }
            }
            _ => {
                if *lines > 1 {
                    faults.push(format!("{name} is folded: programs read it line by line"));
                }
                for entry in value.split(',').map(str::trim) {
                    let uri = entry.strip_prefix('<').and_then(|entry| entry.strip_suffix('>'));
                    let is_uri = uri.is_some_and(|uri| {
                        (uri.starts_with("https://")
                            || uri.starts_with("http://")
                            || uri.starts_with("mailto:"))
                            && uri.bytes().all(|byte| byte.is_ascii_graphic())
                    });
                    if !is_uri {
                        faults.push(format!("{name} has no URI in brackets (RFC 2369 section 2)"));
                    }
                }
            }
        }
    }
    let (url, post) = (headers.get("list-unsubscribe"), headers.get("list-unsubscribe-post"));
    match (url, post) {
        (None, Some(_)) => faults.push("list-unsubscribe-post without list-unsubscribe".to_owned()),
        (Some(_), None) => faults.push("list-unsubscribe without one click (RFC 8058)".to_owned()),
        (Some(url), Some(_)) if url.matches("<https://").count() != 1 => {
            faults.push("list-unsubscribe does not have one https URI (RFC 8058 section 3.1)".to_owned());
        }
        _ => {}
    }
    let is_digest = headers.get("feedback-id").is_some_and(|value| value.contains(":digest:"));
    if is_digest {
        for name in ["list-id", "list-unsubscribe", "list-archive", "list-help", "precedence"] {
            if headers.get(name).is_none() {
                faults.push(format!("a digest without {name}"));
            }
        }
    }
}
