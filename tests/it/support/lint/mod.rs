//! A linter for messages: what the standards and the big receivers ask of a mail that a service sends. It looks at
//! the octets, on its own: no code of the service, and no parser that forgives.
//!
//! [`faults`] answers everything that is wrong with a message. The mail server of the tests asks it about every mail
//! that it takes.

mod parts;

use std::collections::HashMap;

/// Headers that stand exactly once. RFC 5322 section 3.6, RFC 2045 section 4.
const ONCE: [&str; 8] =
    ["from", "to", "subject", "date", "message-id", "mime-version", "content-type", "auto-submitted"];

/// Headers that stand once at most. RFC 5322 section 3.6, RFC 2369 section 2, RFC 2919 section 3, RFC 8058.
const AT_MOST_ONCE: [&str; 12] = [
    "reply-to",
    "sender",
    "list-id",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "list-archive",
    "list-help",
    "list-owner",
    "precedence",
    "feedback-id",
    "x-delivery",
    "dkim-signature",
];

/// Everything that is wrong with a message, in words; empty if nothing is.
pub fn faults(message: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    let Ok(text) = std::str::from_utf8(message) else { return vec!["octets that are no UTF-8".to_owned()] };
    if !text.is_ascii() {
        faults.push("octets beyond ASCII".to_owned());
    }
    if text.replace("\r\n", "").contains(['\r', '\n']) {
        faults.push("a bare CR or LF (RFC 5321 section 2.3.8)".to_owned());
    }
    for line in text.split("\r\n").filter(|line| line.len() > 998) {
        faults.push(format!("a line of {} octets, of 998 (RFC 5322 section 2.1.1)", line.len()));
    }
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        faults.push("no empty line behind the headers".to_owned());
        return faults;
    };
    let headers = Headers::read(head, &mut faults);
    count_headers(&headers, &mut faults);
    encoded_words(head, &mut faults);
    addresses(&headers, &mut faults);
    machine(&headers, &mut faults);
    list(&headers, &mut faults);
    signature(&headers, &mut faults);
    let kind = headers.get("content-type").unwrap_or_default();
    parts::check(kind, body, &mut faults);
    faults
}

/// The headers as they stand, names in lower case.
struct Headers {
    /// Names, values unfolded, and the number of lines each took.
    all: Vec<(String, String, usize)>,
}

impl Headers {
    fn read(head: &str, faults: &mut Vec<String>) -> Self {
        let mut all: Vec<(String, String, usize)> = Vec::new();
        for line in head.split("\r\n") {
            if line.trim().is_empty() {
                faults.push("a header line of white space (RFC 5322 section 3.2.2)".to_owned());
            } else if line.starts_with([' ', '\t']) {
                match all.last_mut() {
                    Some((_, value, lines)) => {
                        value.push_str(line);
                        *lines += 1;
                    }
                    None => faults.push("a fold before the first header".to_owned()),
                }
            } else if let Some((name, value)) = line.split_once(':') {
                let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
                if !is_name {
                    faults.push(format!("{name:?} is no name of a header (RFC 5322 section 2.2)"));
                }
                all.push((name.to_ascii_lowercase(), value.trim().to_owned(), 1));
            } else {
                faults.push(format!("{line:?} is no header"));
            }
        }
        Self { all }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.all.iter().find(|(known, ..)| known == name).map(|(_, value, _)| value.as_str())
    }

    fn count(&self, name: &str) -> usize {
        self.all.iter().filter(|(known, ..)| known == name).count()
    }
}

fn count_headers(headers: &Headers, faults: &mut Vec<String>) {
    for name in ONCE {
        let count = headers.count(name);
        if count != 1 {
            faults.push(format!("{name} stands {count} times"));
        }
    }
    for name in AT_MOST_ONCE {
        let count = headers.count(name);
        if count > 1 {
            faults.push(format!("{name} stands {count} times"));
        }
    }
    for (name, value, _) in &headers.all {
        if value.is_empty() {
            faults.push(format!("{name} is empty"));
        }
        if value.chars().any(|c| c.is_ascii_control() && c != '\t') {
            faults.push(format!("{name} holds a control character"));
        }
    }
    if headers.get("bcc").is_some() {
        faults.push("bcc is shown".to_owned());
    }
}

/// RFC 2047 section 2: 75 characters, UTF-8, no space within, only where text stands.
fn encoded_words(head: &str, faults: &mut Vec<String>) {
    let mut name = String::new();
    for line in head.split("\r\n") {
        if !line.starts_with([' ', '\t']) {
            name = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
        }
        let mut rest = line;
        while let Some(at) = rest.find("=?") {
            rest = &rest[at..];
            let fields: Vec<&str> = rest[2..].splitn(4, '?').collect();
            let [charset, encoding, text, after] = fields[..] else {
                faults.push(format!("{name} holds half an encoded word"));
                break;
            };
            let length = charset.len() + encoding.len() + text.len() + 6;
            let is_sound = after.starts_with('=')
                && charset.eq_ignore_ascii_case("utf-8")
                && matches!(encoding, "b" | "B" | "q" | "Q")
                && !text.contains(' ')
                && length <= 75;
            if !is_sound {
                faults.push(format!("{name} holds an encoded word that is none (RFC 2047 section 2)"));
            }
            if name.starts_with("list-") || name == "message-id" {
                faults.push(format!("{name} holds an encoded word where none may stand"));
            }
            rest = after;
        }
    }
}

fn addresses(headers: &Headers, faults: &mut Vec<String>) {
    let from = headers.get("from").map(mailbox);
    match from {
        Some(Some(_)) => {}
        _ => faults.push("from is no one address".to_owned()),
    }
    match headers.get("to").map(mailbox) {
        Some(Some(_)) => {}
        _ => faults.push("to is no one address".to_owned()),
    }
    let id = headers.get("message-id").unwrap_or_default();
    let is_id = id.starts_with('<') && id.ends_with('>') && id.matches('@').count() == 1 && !id.contains(' ');
    if !is_id {
        faults.push("message-id is none (RFC 5322 section 3.6.4)".to_owned());
    }
    let date = headers.get("date").unwrap_or_default();
    if chrono::DateTime::parse_from_rfc2822(date).is_err() {
        faults.push("date is none (RFC 5322 section 3.3)".to_owned());
    }
    if headers.get("subject").is_some_and(|subject| subject.len() > 600) {
        faults.push("subject is longer than anyone shows".to_owned());
    }
}

/// The address of a header with one mailbox.
fn mailbox(value: &str) -> Option<&str> {
    let address = match value.rsplit_once('<') {
        Some((_, rest)) => rest.strip_suffix('>')?,
        None => value,
    };
    let is_one = address.matches('@').count() == 1 && !address.contains([' ', ',', '<', '>', '?']);
    is_one.then_some(address)
}

/// What a machine wrote says so. RFC 3834 section 5.
fn machine(headers: &Headers, faults: &mut Vec<String>) {
    if headers.get("auto-submitted") != Some("auto-generated") {
        faults.push("auto-submitted is not auto-generated (RFC 3834 section 5)".to_owned());
    }
    if headers.get("x-auto-response-suppress").is_none() {
        faults.push("x-auto-response-suppress is missing: Exchange answers".to_owned());
    }
    if headers.get("precedence").is_some_and(|value| !matches!(value, "bulk" | "list")) {
        faults.push("precedence is neither bulk nor list".to_owned());
    }
    if let Some(value) = headers.get("feedback-id") {
        let fields: Vec<&str> = value.split(':').collect();
        if !(1..=4).contains(&fields.len()) || fields.last().is_some_and(|sender| sender.is_empty()) {
            faults.push("feedback-id has up to four fields, the last the sender".to_owned());
        }
    }
}

fn list(headers: &Headers, faults: &mut Vec<String>) {
    for (name, value, lines) in headers.all.iter().filter(|(name, ..)| name.starts_with("list-")) {
        match name.as_str() {
            "list-id" => {
                let label = value.rsplit_once('<').and_then(|(_, rest)| rest.strip_suffix('>'));
                let is_label = label.is_some_and(|label| {
                    label.len() <= 255 && label.contains('.') && !label.contains([' ', '@'])
                });
                if !is_label {
                    faults.push("list-id is none (RFC 2919 section 2)".to_owned());
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
                        faults.push(format!("{name} holds no URI in brackets (RFC 2369 section 2)"));
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
            faults.push("list-unsubscribe has not one https URI (RFC 8058 section 3.1)".to_owned());
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

/// What a signature has to cover. RFC 6376 section 5.4, RFC 8058 section 4.
fn signature(headers: &Headers, faults: &mut Vec<String>) {
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
