//! The folder that mail is written to until a mail server is configured, as something to read: a newcomer follows the
//! links of mails that no mail program shows.
//!
//! Always: a name is one that [`super::file`] gives, never a path; no more than [`MAX_LISTED`] messages of at most
//! [`MAX_MESSAGE`] bytes are read.

use std::io;
use std::path::Path;

use mail_parser::MessageParser;
use tokio::io::AsyncReadExt as _;

/// Messages in a list, the latest ones.
pub const MAX_LISTED: usize = 100;

/// Bytes of a message that are read.
const MAX_MESSAGE: u64 = 1024 * 1024;

/// The ending of a message's name.
const ENDING: &str = ".eml";

/// A message in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FiledMail {
    /// Its name in the folder.
    pub name: String,
    /// Whom it is to.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// The latest messages of a folder, the latest first. A folder that is not there yet has none.
///
/// # Errors
/// If the folder cannot be read.
pub async fn list(folder: &Path) -> io::Result<Vec<FiledMail>> {
    let mut names = Vec::new();
    let mut entries = match tokio::fs::read_dir(folder).await {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    while let Some(entry) = entries.next_entry().await? {
        names.extend(entry.file_name().into_string().ok().filter(|name| is_name(name)));
    }
    // They begin with the time at which the mail was queued.
    names.sort_unstable_by(|a, b| b.cmp(a));
    names.truncate(MAX_LISTED);
    let mut mails = Vec::with_capacity(names.len());
    for name in names {
        mails.extend(read(folder, &name).await?);
    }
    Ok(mails)
}

/// A message of a folder; `None` if there is none of this name.
///
/// # Errors
/// If it cannot be read.
pub async fn read(folder: &Path, name: &str) -> io::Result<Option<FiledMail>> {
    if !is_name(name) {
        return Ok(None);
    }
    let file = match tokio::fs::File::open(folder.join(name)).await {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(MAX_MESSAGE).read_to_end(&mut bytes).await?;
    Ok(parsed(name, &bytes))
}

/// The link of a message that somebody has to follow: to confirm, to sign in, to change preferences.
#[must_use]
pub fn link_to_follow(bytes: &[u8]) -> Option<String> {
    let mail = parsed("", bytes)?;
    let mut words = mail.text.split_whitespace();
    words.find(|word| word.starts_with("http") && word.contains("?token=")).map(ToOwned::to_owned)
}

fn parsed(name: &str, bytes: &[u8]) -> Option<FiledMail> {
    let message = MessageParser::default().parse(bytes)?;
    let to = message.to().and_then(|to| to.first()).and_then(|to| to.address()).unwrap_or_default();
    Some(FiledMail {
        name: name.to_owned(),
        to: to.to_owned(),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        html: message.body_html(0).unwrap_or_default().into_owned(),
    })
}

fn is_name(name: &str) -> bool {
    let is_plain = |stem: &str| {
        !stem.is_empty() && stem.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.strip_suffix(ENDING).is_some_and(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_not_paths() {
        assert!(is_name("20260107T120000Z-confirmation-1.eml"));
        for name in ["../x.eml", "a/b.eml", ".eml", ".x.partial", "x.txt", "x.eml.partial", "\0.eml"] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn the_link_to_follow_is_found_in_encoded_text() {
        let mail =
            b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
            Hello\r\nhttp://127.0.0.1:8080/subscription/conf=\r\nirm?token=3Dabc\r\n";
        assert_eq!(
            link_to_follow(mail).as_deref(),
            Some("http://127.0.0.1:8080/subscription/confirm?token=abc")
        );
        assert_eq!(link_to_follow(b"Subject: x\r\n\r\nhttp://127.0.0.1:8080/\r\n"), None);
    }
}
