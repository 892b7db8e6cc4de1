//! Mail into a folder, one .eml file a message: what a fresh installation does until a server is named.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use smtp::{Attempt, Command, Gate, MailSession, MailTransport, OutgoingMail, Reply};

use super::folder;

/// A folder that takes mail.
#[derive(Clone, Debug)]
pub struct FileTransport {
    folder: PathBuf,
    tells_links: bool,
}

impl FileTransport {
    /// Mail goes into `folder`, which is made when the first message comes.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder, tells_links: false }
    }

    /// The log also tells the links that somebody has to follow. They are secrets: this is for a service that one person
    /// tries on one machine.
    #[must_use]
    pub fn telling_links(self) -> Self {
        Self { tells_links: true, ..self }
    }

    async fn write(&self, mail: &OutgoingMail) -> std::io::Result<PathBuf> {
        tokio::fs::create_dir_all(&self.folder).await?;
        // The name stays the same in every attempt, so a repeated one replaces its file; and a file is
        // there whole or not at all.
        let path = self.folder.join(format!("{}.eml", mail.name));
        let partial = self.folder.join(format!(".{}.partial", mail.name));
        tokio::fs::write(&partial, &mail.octets).await?;
        tokio::fs::rename(&partial, &path).await?;
        Ok(path)
    }
}

#[async_trait]
impl MailSession for FileTransport {
    async fn send(&mut self, mail: &OutgoingMail, gate: &dyn Gate) -> Attempt {
        if !gate.is_open() {
            return Attempt::Withdrawn;
        }
        match self.write(mail).await {
            Ok(path) => {
                if self.tells_links
                    && let Some(link) = folder::link_to_follow(&mail.octets)
                {
                    tracing::info!("a mail was written to {}; its link is {link}", path.display());
                }
                Attempt::Accepted(Reply::new(250, &format!("2.0.0 written to {}", display_name(&path))))
            }
            Err(error) => Attempt::Broken(Command::Dot, format!("{}: {error}", self.folder.display())),
        }
    }

    fn takes_more(&self) -> bool {
        true
    }

    async fn close(&mut self) {}
}

fn display_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

#[async_trait]
impl MailTransport for FileTransport {
    async fn connect(&self) -> Result<Box<dyn MailSession>, Attempt> {
        Ok(Box::new(self.clone()))
    }

    fn describe(&self) -> String {
        format!(".eml files in {}", self.folder.display())
    }
}
