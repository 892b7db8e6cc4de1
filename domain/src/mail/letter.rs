//! A letter becomes the octets of a message: multipart/alternative, plain text first, both parts in
//! quoted-printable UTF-8 (RFC 2045, 2046), lines ended by CRLF.
//!
//! The same letter gives the same octets: the boundary comes from the Message-ID, the date is that of the
//! letter, and so is the time of its signature. So every attempt carries the same message.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{MultiPart, MultiPartKind, SinglePart};

use crate::settings::MailSettings;
use crate::{Error, Result};

/// A mail to one recipient, written and not yet encoded.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The address that it goes to.
    pub to: String,
    /// Without brackets.
    pub message_id: String,
    /// The Date header.
    pub date: DateTime<Utc>,
    /// Subject, one line.
    pub subject: String,
    /// Further headers in their order; values in ASCII, one line.
    pub headers: Vec<(&'static str, String)>,
    /// The plain text part, lines ended by LF.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

impl Letter {
    /// The octets of the message.
    ///
    /// # Errors
    /// Where an address or a header cannot be written.
    pub fn encode(&self, settings: &MailSettings) -> Result<Vec<u8>> {
        let failed = |what: &str| Error::Message(format!("{what} cannot be written"));
        let recipient: lettre::Address = self.to.parse().map_err(|_| failed("the recipient"))?;
        let mut builder = lettre::Message::builder()
            .from(settings.from.clone())
            .to(lettre::message::Mailbox::new(None, recipient))
            .subject(self.subject.as_str())
            .date(system_time(self.date))
            .message_id(Some(format!("<{}>", self.message_id)));
        if let Some(reply_to) = &settings.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        for (name, value) in &self.headers {
            let header = HeaderName::new_from_ascii((*name).to_owned()).map_err(|_| failed(name))?;
            if !value.is_ascii() || value.bytes().any(|byte| byte.is_ascii_control()) {
                return Err(failed(name));
            }
            // Already what goes over the wire: an address in a header must not be folded.
            builder = builder.raw_header(HeaderValue::dangerous_new_pre_encoded(
                header,
                value.clone(),
                value.clone(),
            ));
        }
        let boundary = format!("=_{}", self.message_id.split('@').next().unwrap_or_default());
        let parts = MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            .boundary(boundary)
            .singlepart(part(ContentType::TEXT_PLAIN, &self.text))
            .singlepart(part(ContentType::TEXT_HTML, &self.html));
        let message = builder.multipart(parts).map_err(|error| Error::Message(error.to_string()))?;
        let message = message.formatted();
        match &settings.dkim {
            Some(signer) => signer.sign(&message, self.date),
            None => Ok(message),
        }
    }
}

fn part(kind: ContentType, body: &str) -> SinglePart {
    let crlf = body.replace("\r\n", "\n").replace('\n', "\r\n");
    SinglePart::builder().header(kind).header(ContentTransferEncoding::QuotedPrintable).body(crlf)
}

fn system_time(at: DateTime<Utc>) -> SystemTime {
    let seconds = u64::try_from(at.timestamp()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}
