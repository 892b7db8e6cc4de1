//! Mail settings: the sender, and the DKIM key that it signs with.

use domain::mail::verp;
use serde::Deserialize;
use smtp::{DkimSigner, Mailbox, Sender};
use url::Host;

use crate::config::Role;
use crate::config::problems::Problems;

/// The maximum size of a file with a key, in bytes.
const MAX_KEY_BYTES: u64 = 64 * 1024;

/// The section as written.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::config) struct RawMail {
    mail_from: String,
    reply_to: Option<String>,
    postal_address: Option<String>,
    dkim_key: Option<String>,
    dkim_selector: Option<String>,
}

/// Mail settings.
#[derive(Clone, Debug)]
pub struct MailConfig {
    pub sender: Sender,
    /// The postal address in the footer.
    pub postal_address: Option<String>,
}

impl RawMail {
    /// Checks the section. The role `api` and tools send nothing and need no key: a mail server's pipe runs as a user who
    /// may not read it.
    pub(in crate::config) fn check(&self, role: Role, problems: &mut Problems) -> Option<MailConfig> {
        let from = problems.take("mail_from", mailbox(&self.mail_from));
        let reply_to = problems.take_given("reply_to", self.reply_to.as_ref(), mailbox);
        let from = from?;
        let sends = !matches!(role, Role::Api | Role::Tool);
        let dkim = if sends { self.dkim(&from, problems) } else { None };
        Some(MailConfig {
            sender: Sender { from, reply_to, dkim },
            postal_address: self.postal_address.clone(),
        })
    }

    /// The signer of mail from this sender; `None` if mail is not signed.
    fn dkim(&self, from: &Mailbox, problems: &mut Problems) -> Option<DkimSigner> {
        match (self.dkim_key.as_deref(), self.dkim_selector.as_deref()) {
            (None, None) => None,
            (Some(key), Some(selector)) => {
                let selector = problems.take("dkim_selector", self::selector(selector));
                let pem = problems.take("dkim_key", pem(key));
                let signer = DkimSigner::new(from, &selector?, &pem?);
                problems.take("dkim_key", signer.map(|signer| signer.signing_also(&[verp::HEADER])))
            }
            (key, _) => {
                let missing = if key.is_some() { "dkim_selector" } else { "dkim_key" };
                problems.push(format!("{missing} must be set: dkim_key and dkim_selector go together"));
                None
            }
        }
    }
}

/// A mailbox that can stand in an envelope of any server: an international domain becomes its A-labels (RFC 5890), and
/// an international local part would need SMTPUTF8 all the way to each reader.
fn mailbox(text: &str) -> Result<Mailbox, String> {
    let wrong = || format!("{text:?} is not a valid address such as Daily Papers <digest@example.org>");
    let mailbox: Mailbox = text.parse().map_err(|_| wrong())?;
    let user = mailbox.email.user();
    if !user.is_ascii() {
        return Err(format!("{text:?} has non-ASCII letters before the @, which many mail servers reject"));
    }
    let Ok(Host::Domain(domain)) = Host::parse(mailbox.email.domain()) else { return Err(wrong()) };
    let email = lettre::Address::new(user, domain).map_err(|_| wrong())?;
    Ok(Mailbox::new(mailbox.name, email))
}

/// A key: its text, or the file that holds it.
fn pem(text: &str) -> Result<String, String> {
    if text.starts_with("-----BEGIN") {
        // Files of variables often hold a text of several lines as one.
        return Ok(text.replace("\\n", "\n"));
    }
    // If nothing has that name, it may be a key without its first line: not a word of it is said.
    let nothing = |_| "is neither a PEM key nor the name of an existing file".to_owned();
    let path = std::path::Path::new(text).canonicalize().map_err(nothing)?;
    let unreadable =
        |error: std::io::Error| format!("names a file that cannot be read: {}: {error}", path.display());
    let size = std::fs::metadata(&path).map_err(unreadable)?.len();
    if size > MAX_KEY_BYTES {
        return Err(format!("names a file that is too large for a key: {}", path.display()));
    }
    std::fs::read_to_string(&path).map_err(unreadable)
}

/// Labels of a name in the DNS. RFC 6376 section 3.1.
fn selector(text: &str) -> Result<String, String> {
    let is_label = |label: &str| {
        let is_inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        (1..=63).contains(&label.len())
            && label.chars().all(is_inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if text.len() <= 100 && text.split('.').all(is_label) {
        return Ok(text.to_ascii_lowercase());
    }
    Err(format!("{text:?} is not a selector such as papers2026"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_key_is_not_repeated_in_the_error() {
        for text in ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASC".repeat(50), "MIIEvQ/IBADAN".to_owned()] {
            let error = pem(&text).unwrap_err();
            assert_eq!(error, "is neither a PEM key nor the name of an existing file");
        }
        let folder = std::env::temp_dir();
        assert!(
            pem(folder.to_str().unwrap()).unwrap_err().starts_with("names a file that cannot be read: /")
        );
    }

    #[test]
    fn selectors_are_names() {
        assert_eq!(selector("Papers2026").unwrap(), "papers2026");
        assert!(selector("a.b_c-d").is_ok());
        for text in ["", "a..b", "-a", "a b", "a;b", "é"] {
            assert!(selector(text).is_err(), "{text:?}");
        }
    }
}
