//! Short letters that carry one link: confirm a subscription, open the preferences, sign in.

use askama::Template;
use chrono::{DateTime, Utc};
use entity::json::SubscriptionSettings;
use smtp::{Letter, Part};

use crate::accounts::sign_in::SIGN_IN_LINK_LIFETIME;
use crate::settings::Settings;
use crate::subscriptions::settings::choices;
use crate::subscriptions::{CONFIRM_LINK_LIFETIME, MANAGE_LINK_LIFETIME};
use crate::wording::duration;
use crate::{Error, Result};

use super::TEMPLATE;

/// A letter with one link.
#[derive(Clone, Debug)]
pub struct LinkLetter {
    subject: String,
    paragraphs: Vec<String>,
    /// The chosen settings, each with its name.
    choices: Vec<(&'static str, String)>,
    button: String,
    url: String,
    closing: String,
    refusal: Option<Refusal>,
    kind: &'static str,
}

/// A second link, for those who did not ask for the mail.
#[derive(Clone, Debug)]
struct Refusal {
    text: &'static str,
    url: String,
}

#[derive(Template)]
#[template(path = "mail/link.html")]
struct Html<'a> {
    letter: &'a LinkLetter,
    title: &'a str,
    preheader: &'a str,
    home_url: &'a str,
    postal_address: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "mail/link.txt")]
struct Text<'a> {
    letter: &'a LinkLetter,
    home_url: &'a str,
    postal_address: Option<&'a str>,
}

/// Columns of the names of choices in the text part.
const NAME_COLUMNS: usize = 14;

/// The name of a choice, in front of what was chosen.
pub(crate) fn label(name: &str) -> String {
    format!("{name:NAME_COLUMNS$}")
}

/// Asks the owner of a mailbox to confirm these settings at the service on `host`. `not_me` is the link that stops all mail
/// to the address; `None` for a subscriber who already receives digests.
#[must_use]
pub fn confirmation(
    host: &str,
    url: String,
    wanted: &SubscriptionSettings,
    not_me: Option<String>,
) -> LinkLetter {
    let (subject, what, button) = if not_me.is_none() {
        let what = format!(
            "This address already receives the Daily Papers digest from {host}. Somebody, probably you, asked for these changes:"
        );
        ("Confirm the changes to your Daily Papers subscription", vec![what], "Confirm the changes")
    } else {
        let service = format!(
            "Daily Papers at {host} features research papers every day. Its digest brings the trending ones to your inbox."
        );
        let asked = "Somebody, probably you, requested this digest for this address:".to_owned();
        ("Confirm your subscription to Daily Papers", vec![service, asked], "Confirm the subscription")
    };
    LinkLetter {
        subject: subject.to_owned(),
        paragraphs: what,
        choices: choices(wanted),
        button: button.to_owned(),
        url,
        closing: format!(
            "The link works for {}. If you did not request the digest, ignore this mail: nothing happens without your confirmation.",
            duration(CONFIRM_LINK_LIFETIME)
        ),
        refusal: not_me.map(|url| Refusal { text: "It was not me: stop all mail to this address", url }),
        kind: "confirmation",
    }
}

/// Carries the link that opens the preferences.
#[must_use]
pub fn manage(url: String) -> LinkLetter {
    LinkLetter {
        subject: "Your Daily Papers preferences".to_owned(),
        paragraphs: vec![format!(
            "This link lets you change your preferences or unsubscribe. It works for {}.",
            duration(MANAGE_LINK_LIFETIME)
        )],
        choices: Vec::new(),
        button: "Open the preferences".to_owned(),
        url,
        closing: "Do not forward this mail: anyone who has the link can change your subscription.".to_owned(),
        refusal: None,
        kind: "manage",
    }
}

/// Carries the link that signs in.
#[must_use]
pub fn sign_in(url: String) -> LinkLetter {
    LinkLetter {
        subject: "Sign in to Daily Papers".to_owned(),
        paragraphs: vec![format!("This link signs you in. It works once, within {}.", duration(SIGN_IN_LINK_LIFETIME))],
        choices: Vec::new(),
        button: "Sign in".to_owned(),
        url,
        closing: "If you did not request it, ignore this mail. Do not forward it: anyone who has the link can sign in as you."
            .to_owned(),
        refusal: None,
        kind: "sign-in",
    }
}

impl LinkLetter {
    /// The letter to one recipient.
    ///
    /// # Errors
    /// If a template cannot be filled in.
    pub fn letter(
        &self,
        settings: &Settings,
        to: &str,
        message_id: &str,
        date: DateTime<Utc>,
    ) -> Result<Letter> {
        let failed = Error::failed(TEMPLATE);
        let mut headers = automatic_headers();
        headers.push(("Feedback-ID", format!("link:{}:{}", self.kind, settings.mail.domain())));
        let home_url = settings.base_url.as_str();
        let postal_address = settings.mail.postal_address.as_deref();
        let (title, preheader) = (self.subject.as_str(), self.button.as_str());
        let html = Html { letter: self, title, preheader, home_url, postal_address };
        Ok(Letter {
            to: to.to_owned(),
            message_id: message_id.to_owned(),
            date,
            subject: self.subject.clone(),
            headers,
            // Every line of a letter with a link is its recipient's: nobody else gets one like it.
            text: Part::alone(Text { letter: self, home_url, postal_address }.render().map_err(failed)?),
            html: Part::alone(html.render().map_err(failed)?),
        })
    }
}

/// Headers that mark the mail as automatic: RFC 3834 section 5, and Exchange's own.
pub(crate) fn automatic_headers() -> Vec<(&'static str, String)> {
    vec![
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "OOF, AutoReply".to_owned()),
    ]
}
