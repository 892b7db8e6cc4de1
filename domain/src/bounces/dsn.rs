//! Delivery status notifications: the fields of a `message/delivery-status`, or of a
//! `message/global-delivery-status`. RFC 3464 section 2, RFC 6533 section 3.

/// A status code: class, subject, detail.
pub(super) type Status = (u8, u16, u16);

/// The fields of a notification about a recipient.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Dsn {
    /// `failed`, `delayed`, `delivered`, `relayed`, `expanded`; lower-case.
    pub(super) action: String,
    /// The status, such as 5.1.1, without what servers write behind it.
    pub(super) status: Option<Status>,
    /// The type of the diagnostic, lower-case: `smtp`, `x-unix`; empty if it is not said.
    pub(super) diagnostic_type: String,
    /// The server's reply.
    pub(super) diagnostic: String,
    /// The address that it names.
    pub(super) recipient: Option<String>,
}

/// Reads the notification; `None` if it holds no recipient's fields. Of several recipients the first that failed
/// counts: mail goes to one at a time.
pub(super) fn read(text: &str) -> Option<Dsn> {
    let mut all: Vec<Dsn> = groups(text).iter().map(recipient).filter(|dsn| !dsn.action.is_empty()).collect();
    let failed = all.iter().position(|dsn| dsn.action == "failed").unwrap_or(0);
    (!all.is_empty()).then(|| all.swap_remove(failed))
}

type Fields = Vec<(String, String)>;

/// The groups of fields, folded lines joined.
fn groups(text: &str) -> Vec<Fields> {
    let mut groups: Vec<Fields> = vec![Vec::new()];
    for line in text.lines() {
        if line.trim().is_empty() {
            groups.push(Vec::new());
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = groups.last_mut().and_then(|fields| fields.last_mut()) {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let (Some((name, value)), Some(fields)) = (line.split_once(':'), groups.last_mut()) {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    groups
}

fn recipient(fields: &Fields) -> Dsn {
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let status = field("status").and_then(status);
    let (diagnostic_type, diagnostic) = typed(field("diagnostic-code").unwrap_or_default());
    let named = field("final-recipient").or(field("original-recipient"));
    let address = named.map(|value| value.rsplit_once(';').map_or(value, |(_, address)| address));
    // Some servers explain it behind the word.
    let action = field("action").and_then(|action| action.split([' ', '(', ';']).next());
    let action = action.map(|action| action.trim().to_ascii_lowercase());
    // Some servers leave it out; the class of the status says the same.
    let implied = match status.map(|(class, ..)| class) {
        Some(5) => "failed",
        Some(4) => "delayed",
        _ if diagnostic.starts_with('5') => "failed",
        _ => "",
    };
    Dsn {
        action: action.filter(|action| !action.is_empty()).unwrap_or_else(|| implied.to_owned()),
        status,
        diagnostic_type,
        diagnostic,
        recipient: address.map(|address| address.trim().trim_matches(['<', '>']).to_owned()),
    }
}

/// `smtp; 550 no such user` taken apart.
pub(super) fn typed(value: &str) -> (String, String) {
    match value.split_once(';') {
        Some((name, text)) if !name.contains(' ') => {
            (name.trim().to_ascii_lowercase(), text.trim().to_owned())
        }
        _ => (String::new(), value.trim().to_owned()),
    }
}

/// A status code at the start of a text. RFC 3463 section 2.
pub(super) fn status(text: &str) -> Option<Status> {
    let word = text.trim_start_matches(['#', '-', ' ']);
    let end = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
    let mut parts = word[..end].trim_end_matches('.').split('.');
    let class = parts.next()?.parse().ok().filter(|class| matches!(class, 2 | 4 | 5))?;
    let (subject, detail) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    (parts.next().is_none() && subject < 100 && detail < 1000).then_some((class, subject, detail))
}

/// The first status code in a text, wherever servers put it: `550-5.1.1`, `(#5.1.1)`.
pub(super) fn status_in(text: &str) -> Option<Status> {
    text.split(|c: char| c.is_whitespace() || "()[]<>#-:,;=\"'".contains(c)).find_map(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_with_their_folds() {
        let text = "Reporting-MTA: dns; mx.example.org\r\n\r\nFinal-Recipient: RFC822; <ada@example.org>\r\n\
                    ACTION: Failed\r\nStatus: 5.1.1 (bad mailbox)\r\n\
                    Diagnostic-Code: smtp; 550 5.1.1\r\n  no such user\r\n";
        let dsn = read(text).unwrap();
        assert_eq!(dsn.action, "failed");
        assert_eq!(dsn.status, Some((5, 1, 1)));
        assert_eq!(
            (dsn.diagnostic_type.as_str(), dsn.diagnostic.as_str()),
            ("smtp", "550 5.1.1 no such user")
        );
        assert_eq!(dsn.recipient.as_deref(), Some("ada@example.org"));
        assert!(read("Reporting-MTA: dns; x\r\n").is_none());
        assert!(read("").is_none());
    }

    #[test]
    fn missing_fields_are_implied() {
        assert_eq!(read("Status: 4.4.7\n").unwrap().action, "delayed");
        assert_eq!(read("Status: 5.0.0\n").unwrap().action, "failed");
        let several = "Action: delayed\nStatus: 4.2.0\n\nAction: failed\nStatus: 5.2.2\n";
        assert_eq!(read(several).unwrap().status, Some((5, 2, 2)));
        assert_eq!(read("Diagnostic-Code: smtp; 550 unknown user\n").unwrap().action, "failed");
        assert_eq!(read("Action: failed (not there)\nStatus: 5.1.1\n").unwrap().action, "failed");
    }

    #[test]
    fn addresses_beyond_ascii_are_read() {
        let text = "Final-Recipient: utf-8; zoë@example.org\nAction: failed\nStatus: 5.1.1\n";
        assert_eq!(read(text).unwrap().recipient.as_deref(), Some("zoë@example.org"));
    }

    #[test]
    fn statuses_are_found_in_words() {
        for (text, code) in [
            ("550-5.1.1 nobody", Some((5, 1, 1))),
            ("Sorry, no mailbox here by that name. (#5.1.1)", Some((5, 1, 1))),
            ("550 #5.1.0 Address rejected.", Some((5, 1, 0))),
            ("host mx[192.0.2.1] said: 4.4.1", Some((4, 4, 1))),
            ("at 5.5.2657.72", None),
        ] {
            assert_eq!(status_in(text), code, "{text}");
        }
    }

    #[test]
    fn status_codes_are_read_at_the_start_only() {
        for (text, code) in [
            ("5.1.1", Some((5, 1, 1))),
            ("#5.1.0 Address", Some((5, 1, 0))),
            ("4.4.7.", Some((4, 4, 7))),
            ("5.1", None),
            ("192.0.2.1", None),
            ("x 5.1.1", None),
        ] {
            assert_eq!(status(text), code, "{text}");
        }
    }
}
