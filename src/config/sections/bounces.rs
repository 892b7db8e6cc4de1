//! Bounce settings: the domain that bounces go to, and who may post them.

use api::server::{BearerToken, BounceSettings};
use domain::bounces::notices::signed::{MailgunKey, SendGridKey};
use domain::keys::MIN_KEY_LENGTH;
use serde::Deserialize;
use smtp::Address;

use crate::config::problems::Problems;

/// The maximum length of the domain, in bytes: with the longest local part an address still has to fit into a path of
/// RFC 5321.
const MAX_DOMAIN_BYTES: usize = 180;

/// The section as written.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::config) struct RawBounces {
    bounce_domain: Option<String>,
    bounce_token: Option<String>,
    sendgrid_verification_key: Option<String>,
    mailgun_signing_key: Option<String>,
    sns_topic_arn: Option<String>,
}

/// Bounce settings.
#[derive(Clone, Debug)]
pub struct BouncesConfig {
    /// `None`: bounces go to the sender.
    pub domain: Option<String>,
    /// Settings for `POST /mail/bounces`.
    pub intake: BounceSettings,
}

impl RawBounces {
    pub(in crate::config) fn check(&self, problems: &mut Problems) -> BouncesConfig {
        let sendgrid = self.sendgrid_verification_key.as_ref();
        let intake = BounceSettings {
            token: problems.take_given("bounce_token", self.bounce_token.as_ref(), bearer),
            sendgrid: problems.take_given("sendgrid_verification_key", sendgrid, SendGridKey::parse),
            mailgun: self.mailgun_signing_key.as_deref().map(MailgunKey::new),
            sns_topic: problems.take_given("sns_topic_arn", self.sns_topic_arn.as_ref(), topic),
        };
        BouncesConfig {
            domain: problems.take_given("bounce_domain", self.bounce_domain.as_ref(), domain),
            intake,
        }
    }
}

/// A token that another program sends along: long enough that nobody finds it by trying.
fn bearer(text: &str) -> Result<BearerToken, String> {
    let is_token = text.len() >= MIN_KEY_LENGTH && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_token {
        return Ok(BearerToken::new(text));
    }
    Err(format!("must have at least {MIN_KEY_LENGTH} characters, without spaces"))
}

fn topic(text: &str) -> Result<String, String> {
    let is_topic = text.starts_with("arn:aws") && text.contains(":sns:") && text.split(':').count() == 6;
    is_topic
        .then(|| text.to_owned())
        .ok_or_else(|| format!("{text:?} is not a topic such as arn:aws:sns:eu-west-1:123456789012:bounces"))
}

fn domain(text: &str) -> Result<String, String> {
    Address::parse(&format!("b@{text}"))
        .map(|address| address.domain().to_owned())
        .filter(|domain| domain.len() <= MAX_DOMAIN_BYTES)
        .ok_or_else(|| format!("{text:?} is not a domain such as bounces.example.org"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounce_domains_are_domains() {
        assert_eq!(domain("Bounces.Example.ORG").unwrap(), "bounces.example.org");
        for text in ["a b", "x@y", "127.0.0.1", "<x>"] {
            assert!(domain(text).is_err(), "{text:?}");
        }
    }
}
