//! Short letters that carry one link: confirm a subscription, open the preferences, sign in.

use askama::Template;
use chrono::{DateTime, Utc};
use entity::json::SubscriptionSettings;
use smtp::{Letter, Part};

use crate::settings::Settings;
use crate::subscriptions::CONFIRM_VALID;
use crate::subscriptions::settings::choices;
use crate::{Error, Result};

use super::TEMPLATE;

/// A letter with one link.
#[derive(Clone, Debug)]
pub struct LinkLetter {
    subject: String,
    paragraphs: Vec<String>,
    /// What was chosen, each choice with its name.
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

/// Asks whoever reads the mailbox whether these settings are wanted at the service on `host`. `not_me` is where its owner
/// has all mail to it stopped; `None` for one who gets digests already.
#[must_use]
pub fn confirmation(
    host: &str,
    url: String,
    wanted: &SubscriptionSettings,
    not_me: Option<String>,
) -> LinkLetter {
    let (subject, what, button) = if not_me.is_none() {
        let what = format!(
            "This address gets the digest of Daily Papers at {host} already. Somebody, probably you, asked for it to \
             come like this instead:"
        );
        ("Confirm the changes to your Daily Papers subscription", vec![what], "Confirm the changes")
    } else {
        let service = format!(
            "Daily Papers at {host} features research papers day by day. Its digest brings the trending ones to the \
             inbox."
        );
        let asked = "Somebody, probably you, asked for this digest to be sent to this address:".to_owned();
        ("Confirm your subscription to Daily Papers", vec![service, asked], "Confirm the subscription")
    };
    LinkLetter {
        subject: subject.to_owned(),
        paragraphs: what,
        choices: choices(wanted),
        button: button.to_owned(),
        url,
        closing: format!(
            "The link works for {} hours. If you did not ask for the digest, ignore this mail: nothing happens \
             without your confirmation.",
            CONFIRM_VALID.num_hours()
        ),
        refusal: not_me.map(|url| Refusal { text: "It was not me, send no mail to this address", url }),
        kind: "confirmation",
    }
}

/// Carries the link that opens the preferences.
#[must_use]
pub fn manage(url: String) -> LinkLetter {
    LinkLetter {
        subject: "Your Daily Papers preferences".to_owned(),
        paragraphs: vec![
            "With this link you change what you get and when, or end your subscription. It works for 24 hours."
                .to_owned(),
        ],
        choices: Vec::new(),
        button: "Open the preferences".to_owned(),
        url,
        closing: "Do not pass this mail on: whoever has the link can change your subscription.".to_owned(),
        refusal: None,
        kind: "manage",
    }
}

/// Carries the link that signs in.
#[must_use]
pub fn sign_in(url: String) -> LinkLetter {
    LinkLetter {
        subject: "Sign in to Daily Papers".to_owned(),
        paragraphs: vec!["With this link you sign in. It works once, for 15 minutes.".to_owned()],
        choices: Vec::new(),
        button: "Sign in".to_owned(),
        url,
        closing: "If you did not ask for it, ignore this mail. Do not pass it on: whoever has the link can sign in as you."
            .to_owned(),
        refusal: None,
        kind: "sign-in",
    }
}

impl LinkLetter {
    /// The letter to one recipient.
    ///
    /// # Errors
    /// Where a template cannot be filled in.
    pub fn letter(
        &self,
        settings: &Settings,
        to: &str,
        message_id: &str,
        date: DateTime<Utc>,
    ) -> Result<Letter> {
        let failed = Error::failed(TEMPLATE);
        let mut headers = automatic();
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

/// What tells machines that a machine wrote the mail: RFC 3834 section 5, and Exchange's own.
pub(crate) fn automatic() -> Vec<(&'static str, String)> {
    vec![
        ("Auto-Submitted", "auto-generated".to_owned()),
        ("X-Auto-Response-Suppress", "OOF, AutoReply".to_owned()),
    ]
}
