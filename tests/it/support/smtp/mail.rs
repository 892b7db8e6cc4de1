//! Messages that the mail server accepted.

use std::time::Instant;

use mail_parser::MessageParser;

/// A message that was accepted.
#[derive(Clone, Debug)]
pub struct Mail {
    pub sender: String,
    pub recipient: String,
    pub octets: String,
    pub at: Instant,
}

impl Mail {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<String> {
        let message = MessageParser::default().parse(self.octets.as_bytes())?.into_owned();
        message.header_raw(name).map(|value| value.trim().to_owned())
    }

    pub fn subject(&self) -> String {
        let message = MessageParser::default().parse(self.octets.as_bytes()).unwrap();
        message.subject().unwrap().to_owned()
    }

    pub fn message_id(&self) -> String {
        self.header("Message-ID").unwrap()
    }

    /// The plain text part.
    pub fn text(&self) -> String {
        let message = MessageParser::default().parse(self.octets.as_bytes()).unwrap();
        message.body_text(0).unwrap().replace("\r\n", "\n")
    }

    /// The HTML part.
    pub fn html(&self) -> String {
        let message = MessageParser::default().parse(self.octets.as_bytes()).unwrap();
        message.body_html(0).unwrap().replace("\r\n", "\n")
    }

    /// The first link of the text that contains `part`.
    pub fn link(&self, part: &str) -> String {
        let text = self.text();
        let link = text.split_whitespace().find(|word| word.starts_with("http") && word.contains(part));
        link.unwrap_or_else(|| panic!("no link with {part} in:\n{text}")).to_owned()
    }

    /// The text after the last `=` or `/` of the link that contains `part`.
    pub fn token(&self, part: &str) -> String {
        self.link(part).rsplit(['=', '/']).next().unwrap().to_owned()
    }

    /// The titles of a digest's papers, in order.
    pub fn papers(&self) -> Vec<String> {
        let text = self.text();
        let lines = text.lines().map(str::trim_start);
        lines
            .filter_map(|line| {
                let (number, title) = line.split_once(". ")?;
                number.parse::<u32>().ok().map(|_| title.to_owned())
            })
            .collect()
    }
}
