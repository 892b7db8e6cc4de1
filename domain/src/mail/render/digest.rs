//! A digest: the papers chosen for one edition, as HTML and as text.
//!
//! Built once for each distinct choice of papers; only the links of the recipient differ. The HTML part stays below
//! [`MAX_HTML`] octets: abstracts, then titles are shortened until it does.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::feeds::Period;
use crate::latex::readable;
use crate::mail::Letter;
use crate::papers::text::shorten;
use crate::settings::Settings;
use crate::wording::{count, digest_name, long_date, period_label};
use crate::{Error, Result};

use super::item::{Chosen, Item, Room};

/// Characters of a subject.
const SUBJECT: usize = 140;

/// Octets of the HTML part: Gmail cuts at 102 kB, and counts other mails of the same thread.
pub const MAX_HTML: usize = 80_000;

/// Octets of it that the links, the address and the footer of one recipient may take.
const FOOTER: usize = 4_000;

/// What a digest says to everyone who gets these papers.
#[derive(Clone, Debug)]
pub struct DigestContent {
    period: Period,
    subject: String,
    preheader: String,
    papers: Vec<Item>,
    in_period: usize,
    archive_url: String,
    home_url: String,
    postal_address: Option<String>,
}

/// Whom a digest goes to, and the links that only this person gets.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The address.
    pub email: String,
    /// Without brackets.
    pub message_id: String,
    /// The Date header.
    pub date: DateTime<Utc>,
    /// The links of the footer; `None` in a test mail.
    pub links: Option<FooterLinks>,
}

/// The links in the footer of a digest.
#[derive(Clone, Debug)]
pub struct FooterLinks {
    /// Ends the subscription.
    pub unsubscribe: String,
    /// Opens the page that mails a manage link.
    pub manage: String,
}

impl Recipient {
    /// Why the mail came, for its footer.
    fn why(&self) -> String {
        format!("You get this because {} is subscribed to Daily Papers.", self.email)
    }
}

#[derive(Template)]
#[template(path = "mail/digest.html")]
struct Html<'a> {
    content: &'a DigestContent,
    recipient: &'a Recipient,
    name: &'a str,
    label: &'a str,
    summary: &'a str,
}

#[derive(Template)]
#[template(path = "mail/digest.txt")]
struct Text<'a> {
    content: &'a DigestContent,
    recipient: &'a Recipient,
    name: &'a str,
    label: &'a str,
    summary: &'a str,
}

/// The subject of a digest: what it is, of when, and the title of its first paper, as its authors wrote it.
#[must_use]
pub fn subject(period: Period, first: &str) -> String {
    let day = match period.cadence() {
        entity::enums::Cadence::Daily => long_date(period.starts_on()),
        _ => period_label(period),
    };
    shorten(&format!("{}, {day}: {}", digest_name(period.cadence()), readable(first)), SUBJECT)
}

impl DigestContent {
    /// The digest of `period` with these papers. `in_period` is how many papers the period has.
    ///
    /// # Errors
    /// Where the template cannot be filled in.
    pub fn new(settings: &Settings, period: Period, papers: &[Chosen<'_>], in_period: usize) -> Result<Self> {
        let items: Vec<Item> =
            papers.iter().zip(1..).map(|(chosen, rank)| Item::new(settings, rank, chosen)).collect();
        // Inboxes show it behind the subject, which has the first title.
        let preheader = match items.as_slice() {
            [] => String::new(),
            [only] => only.byline.clone(),
            [_, second] => format!("And {}", second.title),
            [_, second, rest @ ..] => {
                format!("And {}, and {} more", shorten(&second.title, SUBJECT), rest.len())
            }
        };
        let mut content = Self {
            period,
            subject: subject(period, papers.first().map_or("", |chosen| chosen.listed.paper.title.as_str())),
            preheader: shorten(&preheader, 2 * SUBJECT),
            in_period: in_period.max(items.len()),
            papers: Vec::new(),
            archive_url: archive_url(settings, period),
            home_url: settings.base_url.to_string(),
            postal_address: settings.mail.postal_address.clone(),
        };
        let nobody = Recipient {
            email: String::new(),
            message_id: String::new(),
            date: DateTime::UNIX_EPOCH,
            links: None,
        };
        for room in Room::STEPS {
            content.papers = items.iter().map(|item| item.within(room)).collect();
            if content.html(&nobody)?.len() + FOOTER <= MAX_HTML {
                break;
            }
        }
        Ok(content)
    }

    /// The letter to one recipient.
    ///
    /// # Errors
    /// Where a template cannot be filled in.
    pub fn letter(&self, settings: &Settings, recipient: &Recipient) -> Result<Letter> {
        let is_test = recipient.links.is_none();
        Ok(Letter {
            to: recipient.email.clone(),
            message_id: recipient.message_id.clone(),
            date: recipient.date,
            subject: if is_test { format!("[Test] {}", self.subject) } else { self.subject.clone() },
            headers: self.headers(settings, recipient),
            text: self.text(recipient)?,
            html: self.html(recipient)?,
        })
    }

    fn html(&self, recipient: &Recipient) -> Result<String> {
        let (name, label, summary) = (digest_name(self.period.cadence()), self.label(), self.summary());
        let html = Html { content: self, recipient, name, label: &label, summary: &summary };
        html.render().map_err(|error| Error::Message(error.to_string()))
    }

    fn text(&self, recipient: &Recipient) -> Result<String> {
        let (name, label, summary) = (digest_name(self.period.cadence()), self.label(), self.summary());
        let text = Text { content: self, recipient, name, label: &label, summary: &summary };
        text.render().map_err(|error| Error::Message(error.to_string()))
    }

    fn label(&self) -> String {
        period_label(self.period)
    }

    fn summary(&self) -> String {
        let all = count(self.in_period, "paper", "papers");
        if self.papers.len() < self.in_period { format!("{} of {all}", self.papers.len()) } else { all }
    }

    fn headers(&self, settings: &Settings, recipient: &Recipient) -> Vec<(&'static str, String)> {
        let domain = settings.mail.domain();
        let kind = if recipient.links.is_some() { "digest" } else { "test" };
        let cadence = cadence_word(self.period);
        let mut headers = super::link::automatic();
        headers.push(("List-Id", format!("Daily Papers <daily-papers.{domain}>")));
        if let Some(FooterLinks { unsubscribe: url, .. }) = &recipient.links {
            // RFC 2369, and RFC 8058 section 3.1: both, so that mail programs show a button of their own.
            headers.push(("List-Unsubscribe", format!("<{url}>")));
            headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        headers.push(("List-Archive", format!("<{}>", self.archive_url)));
        headers.push(("List-Help", format!("<{}>", settings.link("subscription/manage"))));
        if let Some(reply_to) =
            settings.mail.reply_to.as_ref().filter(|owner| owner.email.to_string().is_ascii())
        {
            headers.push(("List-Owner", format!("<mailto:{}>", reply_to.email)));
        }
        headers.push(("Precedence", "bulk".to_owned()));
        headers.push(("Feedback-ID", format!("{}:{cadence}:{kind}:{domain}", self.period)));
        headers
    }
}

/// The address of the archive page of a period.
#[must_use]
fn archive_url(settings: &Settings, period: Period) -> String {
    settings.link(&format!("editions/{}/{period}", cadence_word(period)))
}

fn cadence_word(period: Period) -> &'static str {
    crate::editions::cadence_word(period.cadence())
}
