//! Checks of headers: their number, encoded words, addresses, and the marks of automatic mail.

/// Headers that must occur exactly once. RFC 5322 section 3.6, RFC 2045 section 4.
const REQUIRED_ONCE: [&str; 8] =
    ["from", "to", "subject", "date", "message-id", "mime-version", "content-type", "auto-submitted"];

/// Headers that may occur once at most. RFC 5322 section 3.6, RFC 2369 section 2, RFC 2919 section 3, RFC 8058.
const ALLOWED_ONCE: [&str; 12] = [
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

/// The headers in their order, names in lower case.
pub(super) struct Headers {
    /// Names, values unfolded, and the number of lines each took.
    pub(super) all: Vec<(String, String, usize)>,
}

impl Headers {
    pub(super) fn read(head: &str, faults: &mut Vec<String>) -> Self {
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
                    faults.push(format!("{name:?} is not a header name (RFC 5322 section 2.2)"));
                }
                all.push((name.to_ascii_lowercase(), value.trim().to_owned(), 1));
            } else {
                faults.push(format!("{line:?} is not a header"));
            }
        }
        Self { all }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all.iter().find(|(known, ..)| known == name).map(|(_, value, _)| value.as_str())
    }

    pub(super) fn count(&self, name: &str) -> usize {
        self.all.iter().filter(|(known, ..)| known == name).count()
    }
}

pub(super) fn count(headers: &Headers, faults: &mut Vec<String>) {
    for name in REQUIRED_ONCE {
        let count = headers.count(name);
        if count != 1 {
            faults.push(format!("{name} occurs {count} times"));
        }
    }
    for name in ALLOWED_ONCE {
        let count = headers.count(name);
        if count > 1 {
            faults.push(format!("{name} occurs {count} times"));
        }
    }
    for (name, value, _) in &headers.all {
        if value.is_empty() {
            faults.push(format!("{name} is empty"));
        }
        if value.chars().any(|c| c.is_ascii_control() && c != '\t') {
            faults.push(format!("{name} has a control character"));
        }
    }
    if headers.get("bcc").is_some() {
        faults.push("bcc is shown".to_owned());
    }
}

/// RFC 2047 section 2: 75 characters, UTF-8, no space within, only in unstructured text.
pub(super) fn encoded_words(head: &str, faults: &mut Vec<String>) {
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
                faults.push(format!("{name} has an incomplete encoded word"));
                break;
            };
            let length = charset.len() + encoding.len() + text.len() + 6;
            let is_sound = after.starts_with('=')
                && charset.eq_ignore_ascii_case("utf-8")
                && matches!(encoding, "b" | "B" | "q" | "Q")
                && !text.contains(' ')
                && length <= 75;
            if !is_sound {
                faults.push(format!("{name} has an invalid encoded word (RFC 2047 section 2)"));
            }
            if name.starts_with("list-") || name == "message-id" {
                faults.push(format!("{name} must not have an encoded word"));
            }
            rest = after;
        }
    }
}

pub(super) fn addresses(headers: &Headers, faults: &mut Vec<String>) {
    let from = headers.get("from").map(mailbox);
    match from {
        Some(Some(_)) => {}
        _ => faults.push("from is not one address".to_owned()),
    }
    match headers.get("to").map(mailbox) {
        Some(Some(_)) => {}
        _ => faults.push("to is not one address".to_owned()),
    }
    let id = headers.get("message-id").unwrap_or_default();
    let is_id = id.starts_with('<') && id.ends_with('>') && id.matches('@').count() == 1 && !id.contains(' ');
    if !is_id {
        faults.push("message-id is invalid (RFC 5322 section 3.6.4)".to_owned());
    }
    let date = headers.get("date").unwrap_or_default();
    if chrono::DateTime::parse_from_rfc2822(date).is_err() {
        faults.push("date is invalid (RFC 5322 section 3.3)".to_owned());
    }
    if headers.get("subject").is_some_and(|subject| subject.len() > 600) {
        faults.push("subject is longer than mail programs show".to_owned());
    }
}

/// The address of a header with one mailbox.
pub(super) fn mailbox(value: &str) -> Option<&str> {
    let address = match value.rsplit_once('<') {
        Some((_, rest)) => rest.strip_suffix('>')?,
        None => value,
    };
    let is_one = address.matches('@').count() == 1 && !address.contains([' ', ',', '<', '>', '?']);
    is_one.then_some(address)
}

/// Automatic mail is marked as such. RFC 3834 section 5.
pub(super) fn machine(headers: &Headers, faults: &mut Vec<String>) {
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
