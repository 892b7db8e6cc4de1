//! Mail settings: the DKIM key, the bounce domain, and limits on mail that strangers cause.

use domain::mail::{MailSettings, verp};
use smtp::{Address, DkimSigner, Mailbox, Sender};

use super::Config;
use super::check::{Problems, Role, given};

/// Bytes that a file with a key may have.
const MAX_KEY: u64 = 64 * 1024;

impl Config {
    /// The settings of mail from this sender. The role `api` and tools send nothing and need no key: a mail server's pipe
    /// runs as a user who may not read it.
    pub(super) fn mail(
        &self,
        role: Role,
        from: &Mailbox,
        reply_to: Option<Mailbox>,
        problems: &mut Problems,
    ) -> MailSettings {
        let bounce_domain =
            given(&self.bounce_domain).and_then(|text| problems.take("bounce_domain", domain(text)));
        let dkim = match (given(&self.dkim_key), given(&self.dkim_selector)) {
            _ if matches!(role, Role::Api | Role::Tool) => None,
            (None, None) => None,
            (Some(key), Some(selector)) => {
                let selector = problems.take("dkim_selector", self::selector(selector));
                let pem = problems.take("dkim_key", pem(key));
                selector.zip(pem).and_then(|(selector, pem)| {
                    let signer = DkimSigner::new(from, &selector, &pem);
                    problems.take("dkim_key", signer.map(|signer| signer.signing_also(&[verp::HEADER])))
                })
            }
            (has_key, _) => {
                let missing = if has_key.is_some() { "dkim_selector" } else { "dkim_key" };
                problems.require(
                    false,
                    &format!("{missing} must be set: dkim_key and dkim_selector go together"),
                );
                None
            }
        };
        MailSettings {
            sender: Sender { from: from.clone(), reply_to, dkim },
            postal_address: given(&self.postal_address).map(ToOwned::to_owned),
            bounce_domain,
            triggered_per_hour: self.triggered_mails_per_hour,
        }
    }
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
    if size > MAX_KEY {
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

fn domain(text: &str) -> Result<String, String> {
    Address::parse(&format!("b@{text}"))
        .map(|address| address.domain().to_owned())
        // With the longest local part an address still has to fit into a path of RFC 5321.
        .filter(|domain| domain.len() <= 180)
        .ok_or_else(|| format!("{text:?} is not a domain such as bounces.example.org"))
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
    fn selectors_and_domains_are_names() {
        assert_eq!(selector("Papers2026").unwrap(), "papers2026");
        assert!(selector("a.b_c-d").is_ok());
        for text in ["", "a..b", "-a", "a b", "a;b", "é"] {
            assert!(selector(text).is_err(), "{text:?}");
        }
        assert_eq!(domain("Bounces.Example.ORG").unwrap(), "bounces.example.org");
        for text in ["a b", "x@y", "127.0.0.1", "<x>"] {
            assert!(domain(text).is_err(), "{text:?}");
        }
    }
}
