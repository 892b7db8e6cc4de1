//! What an operator says of the sender of mails.

use std::num::NonZeroU32;

use smtp::Sender;

/// What mails say of their sender.
#[derive(Clone, Debug)]
pub struct MailSettings {
    /// From, Reply-To and the key. The domain of From is also that of Message-IDs and of the List-Id.
    pub sender: Sender,
    /// The postal address in the footer, which some laws ask for.
    pub postal_address: Option<String>,
    /// The domain whose mail is handed to `daily-papers bounce`; envelope senders are below it, if it is set.
    pub bounce_domain: Option<String>,
    /// Mails of a kind that anyone can trigger in an hour, to everyone together; `None`: no limit.
    pub triggered_per_hour: Option<NonZeroU32>,
}

impl MailSettings {
    /// The domain of the sender.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.sender.from.email.domain()
    }
}
