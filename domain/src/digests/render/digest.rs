//! A digest: the papers chosen for one edition, as HTML and as text.
//!
//! What all who get the same papers have in common is written and encoded once, as a [`DigestContent`]; the last lines,
//! with the links of the recipient, are written for each. The HTML part stays below [`MAX_HTML`] bytes: abstracts, then
//! titles are shortened until it does.

use std::sync::Arc;

use askama::Template;
use chrono::{DateTime, Utc};
use plain_text::shorten;
use smtp::{Encoded, LIST_UNSUBSCRIBE, Letter, Part};

use crate::calendar::Period;
use crate::digests::render::item::{Item, SelectedPaper, TextLimits};
use crate::direction::BidiText;
use crate::editions::subject::{MAX_SUBJECT_TITLE, subject};
use crate::settings::Settings;
use crate::wording::{count, digest_name, period_label};
use crate::{Error, Result};

use super::TEMPLATE;

/// The maximum number of bytes of the HTML part: Gmail cuts at 102 kB, and counts other mails of the same thread.
pub const MAX_HTML: usize = 80_000;

/// The bytes of it reserved for the recipient's last lines, without the postal address.
const OWN_LINES_BYTES: usize = 4_000;

/// The content of a digest for everyone who gets these papers.
#[derive(Clone, Debug)]
pub struct DigestContent {
    subject: String,
    /// Headers before and after those with the links of the recipient.
    headers: [Vec<(&'static str, String)>; 2],
    text: Arc<Encoded>,
    html: Arc<Encoded>,
    home_url: String,
    postal_address: Option<String>,
}

/// The recipients of a digest's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Readers {
    /// Subscribers, each with links of their own.
    Subscribers,
    /// Recipients of a test that an administrator sends.
    Testers,
}

/// The recipient of a digest, with the links that only this person gets.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The address.
    pub email: String,
    /// Without brackets.
    pub message_id: String,
    /// The Date header.
    pub date: DateTime<Utc>,
    /// The links of the footer; `None` for testers.
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
        format!("You are receiving this because {} is subscribed to Daily Papers.", self.email)
    }
}

/// The values of the shared lines.
#[derive(Clone, Copy)]
struct Shared<'a> {
    subject: &'a str,
    preheader: &'a str,
    name: &'a str,
    label: &'a str,
    summary: &'a str,
    is_test: bool,
    papers: &'a [Item],
    in_period: usize,
    archive_url: &'a str,
}

#[derive(Template)]
#[template(path = "mail/digest.html")]
struct Html<'a> {
    title: &'a str,
    preheader: &'a str,
    content: &'a Shared<'a>,
}

#[derive(Template)]
#[template(path = "mail/digest.txt")]
struct Text<'a> {
    content: &'a Shared<'a>,
}

#[derive(Template)]
#[template(path = "mail/digest_own.html")]
struct OwnHtml<'a> {
    recipient: &'a Recipient,
    home_url: &'a str,
    postal_address: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "mail/digest_own.txt")]
struct OwnText<'a> {
    recipient: &'a Recipient,
    home_url: &'a str,
    postal_address: Option<&'a str>,
}

impl DigestContent {
    /// The digest of `period` with these papers. `in_period` is how many papers the period has.
    ///
    /// # Errors
    /// If the template cannot be filled in.
    pub fn new(
        settings: &Settings,
        period: Period,
        papers: &[SelectedPaper<'_>],
        in_period: usize,
        readers: Readers,
    ) -> Result<Self> {
        let items: Vec<Item> =
            papers.iter().zip(1..).map(|(chosen, rank)| Item::new(settings, rank, chosen)).collect();
        let in_period = in_period.max(items.len());
        let all = count(in_period, "paper", "papers");
        let subject = subject(period, papers.first().map_or("", |chosen| chosen.listed.paper.title.as_str()));
        let archive_url = archive_url(settings, period);
        let shared = Shared {
            subject: &subject,
            preheader: &preheader(&items),
            name: digest_name(period.cadence()),
            label: &period_label(period),
            summary: &if items.len() < in_period { format!("{} of {all}", items.len()) } else { all },
            is_test: readers == Readers::Testers,
            papers: &[],
            in_period,
            archive_url: &archive_url,
        };
        // An entity takes at most six bytes.
        let own =
            OWN_LINES_BYTES + settings.mail.postal_address.as_ref().map_or(0, |address| 6 * address.len());
        let (mut html, mut text) = (String::new(), String::new());
        for room in TextLimits::STEPS {
            let papers: Vec<Item> = items.iter().map(|item| item.shortened_to(room)).collect();
            (html, text) = Shared { papers: &papers, ..shared }.lines()?;
            if html.len() + own <= MAX_HTML {
                break;
            }
        }
        Ok(Self {
            headers: headers(settings, period, &archive_url, readers),
            text: Arc::new(Encoded::lines(&text)),
            html: Arc::new(Encoded::lines(&html)),
            home_url: settings.base_url.to_string(),
            postal_address: settings.mail.postal_address.clone(),
            subject: if readers == Readers::Testers { format!("[Test] {subject}") } else { subject },
        })
    }

    /// The letter to one recipient.
    ///
    /// # Errors
    /// If a template cannot be filled in.
    pub fn letter(&self, recipient: &Recipient) -> Result<Letter> {
        let (home_url, postal_address) = (self.home_url.as_str(), self.postal_address.as_deref());
        let [before, after] = &self.headers;
        let mut headers = before.clone();
        if let Some(FooterLinks { unsubscribe: url, .. }) = &recipient.links {
            // RFC 2369, and RFC 8058 section 3.1: both, so that mail programs show a button of their own.
            headers.push((LIST_UNSUBSCRIBE, format!("<{url}>")));
            headers.push(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
        }
        headers.extend_from_slice(after);
        let text =
            OwnText { recipient, home_url, postal_address }.render().map_err(Error::failed(TEMPLATE))?;
        let html =
            OwnHtml { recipient, home_url, postal_address }.render().map_err(Error::failed(TEMPLATE))?;
        Ok(Letter {
            to: recipient.email.clone(),
            message_id: recipient.message_id.clone(),
            date: recipient.date,
            subject: self.subject.clone(),
            headers,
            text: Part::new(&self.text, text),
            html: Part::new(&self.html, html),
        })
    }
}

impl Shared<'_> {
    /// The shared lines as HTML and as text.
    fn lines(&self) -> Result<(String, String)> {
        let html = Html { title: self.subject, preheader: self.preheader, content: self };
        Ok((
            html.render().map_err(Error::failed(TEMPLATE))?,
            Text { content: self }.render().map_err(Error::failed(TEMPLATE))?,
        ))
    }
}

/// The preview line that inboxes show after the subject, which has the first title. They show it as plain text.
fn preheader(items: &[Item]) -> String {
    let line = match items {
        [] => BidiText::default(),
        [only] => only.byline.clone(),
        [_, second, rest @ ..] => {
            let mut line = BidiText::own("And ");
            line.push_foreign(&shorten(
                &second.title,
                if rest.is_empty() { 2 * MAX_SUBJECT_TITLE } else { MAX_SUBJECT_TITLE },
            ));
            if !rest.is_empty() {
                line.push_own(&format!(", and {} more", rest.len()));
            }
            line
        }
    };
    line.shortened(2 * MAX_SUBJECT_TITLE).text()
}

/// The headers of a digest before and after those with the links of its recipient.
fn headers(
    settings: &Settings,
    period: Period,
    archive_url: &str,
    readers: Readers,
) -> [Vec<(&'static str, String)>; 2] {
    let domain = settings.mail.domain();
    let kind = match readers {
        Readers::Subscribers => "digest",
        Readers::Testers => "test",
    };
    let mut before = super::link::automatic_headers();
    before.push(("List-Id", format!("Daily Papers <daily-papers.{domain}>")));
    let mut after = vec![
        ("List-Archive", format!("<{archive_url}>")),
        ("List-Help", format!("<{}>", settings.link("subscription/manage"))),
    ];
    if let Some(reply_to) =
        settings.mail.sender.reply_to.as_ref().filter(|owner| owner.email.to_string().is_ascii())
    {
        after.push(("List-Owner", format!("<mailto:{}>", reply_to.email)));
    }
    after.push(("Precedence", "bulk".to_owned()));
    after.push(("Feedback-ID", format!("{period}:{}:{kind}:{domain}", cadence_word(period))));
    [before, after]
}

/// The address of the archive page of a period.
#[must_use]
fn archive_url(settings: &Settings, period: Period) -> String {
    settings.link(&format!("editions/{}/{period}", cadence_word(period)))
}

fn cadence_word(period: Period) -> &'static str {
    crate::editions::cadence_word(period.cadence())
}
