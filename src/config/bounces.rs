//! Settings for the intake of returned mail.

use api::server::{BearerToken, BounceSettings};
use domain::bounces::notices::signed::{MailgunKey, SendGridKey};
use domain::keys::MIN_KEY_LENGTH;

use super::Config;
use super::check::{Problems, given};

impl Config {
    pub(super) fn bounces(&self, problems: &mut Problems) -> BounceSettings {
        BounceSettings {
            token: given(&self.bounce_token).and_then(|text| problems.take("bounce_token", bearer(text))),
            sendgrid: given(&self.sendgrid_verification_key)
                .and_then(|text| problems.take("sendgrid_verification_key", SendGridKey::parse(text))),
            mailgun: given(&self.mailgun_signing_key).map(MailgunKey::new),
            sns_topic: given(&self.sns_topic_arn)
                .and_then(|text| problems.take("sns_topic_arn", topic(text))),
        }
    }
}

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
