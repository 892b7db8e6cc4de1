//! A digest: the papers chosen for one edition, as HTML and as text.
//!
//! Built once for each distinct choice of papers; only the links of the recipient differ.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::feeds::Period;
use crate::mail::Letter;
use crate::papers::Listed;
use crate::papers::text::shorten;
use crate::settings::Settings;
use crate::wording::{byline, count, digest_name, long_date, period_label};
use crate::{Error, Result};

/// Characters of an abstract in a digest.
const ABSTRACT: usize = 320;

/// Characters of a subject.
const SUBJECT: usize = 140;

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

#[derive(Clone, Debug)]
struct Item {
    rank: usize,
    title: String,
    url: String,
    byline: String,
    r#abstract: String,
}

impl Item {
    /// Its place in the list, in front of the title: ` 1. `, `10. `.
    fn number(&self) -> String {
        format!("{:>2}. ", self.rank)
    }
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

impl DigestContent {
    /// The digest of `period` with these papers. `in_period` is
    /// how many papers the period has.
    #[must_use]
    pub fn new(settings: &Settings, period: Period, papers: &[&Listed], in_period: usize) -> Self {
        let items: Vec<Item> = papers
            .iter()
            .zip(1..)
            .map(|(&listed, rank)| Item {
                rank,
                title: listed.paper.title.clone(),
                url: settings.link(&format!("papers/{}", listed.paper.slug)),
                byline: byline(listed),
                r#abstract: shorten(&listed.paper.r#abstract, ABSTRACT),
            })
            .collect();
        let first = items.first().map_or("", |item| item.title.as_str());
        let day = match period.cadence() {
            entity::enums::Cadence::Daily => long_date(period.starts_on()),
            _ => period_label(period),
        };
        let subject = shorten(&format!("{}, {day}: {first}", digest_name(period.cadence())), SUBJECT);
        let preheader = match items.len() {
            0 | 1 => first.to_owned(),
            n => format!("{first} and {} more", n - 1),
        };
        Self {
            period,
            subject,
            preheader,
            in_period: in_period.max(items.len()),
            papers: items,
            archive_url: archive_url(settings, period),
            home_url: settings.base_url.to_string(),
            postal_address: settings.mail.postal_address.clone(),
        }
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The letter to one recipient.
    ///
    /// # Errors
    /// Where a template cannot be filled in.
    pub fn letter(&self, settings: &Settings, recipient: &Recipient) -> Result<Letter> {
        let name = digest_name(self.period.cadence());
        let label = period_label(self.period);
        let summary = self.summary();
        let (name, label, summary) = (name, label.as_str(), summary.as_str());
        let failed = |error: askama::Error| Error::Message(error.to_string());
        let html = Html { content: self, recipient, name, label, summary }.render().map_err(failed)?;
        let text = Text { content: self, recipient, name, label, summary }.render().map_err(failed)?;
        let is_test = recipient.links.is_none();
        Ok(Letter {
            to: recipient.email.clone(),
            message_id: recipient.message_id.clone(),
            date: recipient.date,
            subject: if is_test { format!("[Test] {}", self.subject) } else { self.subject.clone() },
            headers: self.headers(settings, recipient),
            text,
            html,
        })
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
