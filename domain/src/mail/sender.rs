//! What an operator says of the sender of mails.

use lettre::message::Mailbox;

use super::dkim::DkimSigner;

/// What mails say of their sender.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// From. Its domain is also that of Message-IDs and of the List-Id.
    pub from: Mailbox,
    /// Reply-To, where answers should go elsewhere.
    pub reply_to: Option<Mailbox>,
    /// The postal address in the footer, which some laws ask for.
    pub postal_address: Option<String>,
    /// Signs every message, where a key is set.
    pub dkim: Option<DkimSigner>,
    /// The domain whose mail is handed to `daily-papers bounce`; envelope senders are below it, where it is set.
    pub bounce_domain: Option<String>,
    /// Mails of a kind that anyone can trigger in an hour, to everyone together; 0: no limit.
    pub triggered_per_hour: u32,
}

impl MailSettings {
    /// The domain of the sender.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.from.email.domain()
    }
}
