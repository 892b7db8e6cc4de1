//! A letter becomes the octets of a message: multipart/alternative, plain text first, both parts in
//! quoted-printable UTF-8 (RFC 2045, 2046), lines ended by CRLF.
//!
//! The same letter gives the same octets: the boundary comes from the Message-ID, the date is that of the
//! letter, and so is the time of its signature. So an attempt carries the same message as the one before it, unless its
//! text has changed.
//!
//! lettre writes the headers and puts the parts together; a [`Part`] is encoded already, for the most of it once for
//! many letters. Its builder of whole messages is not asked: it reads addresses again that were written just before.
//! [ADR-21](../../../../docs/adr/0021-shared-contents.md)

mod encoded_words;
mod part;

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use lettre::message::header::{
    ContentTransferEncoding, ContentType, Date, From, HeaderName, HeaderValue, Headers, MIME_VERSION_1_0,
    MessageId, ReplyTo, Subject, To,
};
use lettre::message::{Body, Mailbox, Mailboxes, MultiPart, MultiPartKind, SinglePart};

use crate::dkim::DkimSigner;
use crate::error::{Error, Result};

use encoded_words::{mailbox_header, text_header};

pub use part::{Encoded, Part};

/// The header that says how to leave. RFC 2369 section 3.2.
pub const LIST_UNSUBSCRIBE: &str = "List-Unsubscribe";

/// What messages say of their sender.
#[derive(Clone, Debug)]
pub struct Sender {
    /// From.
    pub from: Mailbox,
    /// Reply-To, if answers should go elsewhere.
    pub reply_to: Option<Mailbox>,
    /// Signs every message, if there is a key.
    pub dkim: Option<DkimSigner>,
}

/// A mail to one recipient, written and not yet put together.
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
    /// The plain text part.
    pub text: Part,
    /// The HTML part.
    pub html: Part,
}

impl Letter {
    /// The octets of the message.
    ///
    /// # Errors
    /// If an address or a header cannot be written.
    pub fn encode(&self, sender: &Sender) -> Result<Vec<u8>> {
        let mut message = self.headers(sender)?.to_string().into_bytes();
        let boundary = format!("=_{}", self.message_id.split('@').next().unwrap_or_default());
        let parts = MultiPart::builder()
            .kind(MultiPartKind::Alternative)
            .boundary(boundary)
            .singlepart(single(ContentType::TEXT_PLAIN, &self.text))
            .singlepart(single(ContentType::TEXT_HTML, &self.html));
        message.extend(parts.formatted());
        match &sender.dkim {
            Some(signer) => signer.sign(&message, self.date),
            None => Ok(message),
        }
    }

    fn headers(&self, sender: &Sender) -> Result<Headers> {
        let failed = |what: &str| Error::Header(what.to_owned());
        let recipient: lettre::Address = self.to.parse().map_err(|_| failed("the recipient"))?;
        let mut headers = Headers::with_capacity(20);
        match mailbox_header("From", &sender.from) {
            Some(from) => headers.insert_raw(from),
            None => headers.set(From::from(Mailboxes::from(sender.from.clone()))),
        }
        headers.set(To::from(Mailboxes::from(Mailbox::new(None, recipient))));
        match text_header("Subject", &self.subject) {
            Some(subject) => headers.insert_raw(subject),
            None => headers.set(Subject::from(self.subject.clone())),
        }
        headers.set(Date::new(system_time(self.date)));
        headers.set(MessageId::from(format!("<{}>", self.message_id)));
        if let Some(reply_to) = &sender.reply_to {
            match mailbox_header("Reply-To", reply_to) {
                Some(reply_to) => headers.insert_raw(reply_to),
                None => headers.set(ReplyTo::from(Mailboxes::from(reply_to.clone()))),
            }
        }
        for (name, value) in &self.headers {
            let header = HeaderName::new_from_ascii((*name).to_owned()).map_err(|_| failed(name))?;
            if !value.is_ascii() || value.bytes().any(|byte| byte.is_ascii_control()) {
                return Err(failed(name));
            }
            // Already what goes over the wire: an address in a header must not be folded.
            headers.insert_raw(HeaderValue::dangerous_new_pre_encoded(header, String::new(), value.clone()));
        }
        headers.set(MIME_VERSION_1_0);
        Ok(headers)
    }
}

fn single(kind: ContentType, part: &Part) -> SinglePart {
    let encoding = ContentTransferEncoding::QuotedPrintable;
    let body = Body::dangerous_pre_encoded(part.encoded(), encoding);
    SinglePart::builder().header(kind).header(encoding).body(body)
}

fn system_time(at: DateTime<Utc>) -> SystemTime {
    let seconds = u64::try_from(at.timestamp()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}
