//! One connection to the mail server: it reads commands, and replies as the script says.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Notify;

use super::super::lint;
use super::{Mail, Reaction, Script, Step};

#[derive(Clone)]
pub(super) struct Conversation {
    pub(super) script: Script,
    pub(super) extensions: Arc<Mutex<Vec<&'static str>>>,
    pub(super) mails: Arc<Mutex<Vec<Mail>>>,
    pub(super) faults: Arc<Mutex<Vec<String>>>,
    pub(super) go_on: Arc<Notify>,
}

/// Whether the conversation goes on.
type GoesOn = bool;

/// The sender and the recipient that the server has accepted so far.
#[derive(Default)]
struct Envelope {
    sender: Option<String>,
    recipient: Option<String>,
}

impl Conversation {
    pub(super) async fn run(self, socket: TcpStream) {
        socket.set_nodelay(true).unwrap();
        let (read, mut write) = socket.into_split();
        let mut lines = BufReader::new(read).lines();
        let _ = self.talk(&mut lines, &mut write).await;
    }

    async fn talk(
        &self,
        lines: &mut tokio::io::Lines<BufReader<OwnedReadHalf>>,
        write: &mut OwnedWriteHalf,
    ) -> std::io::Result<()> {
        if !self.step(Step::Connect, "220 mail.example.org ESMTP", write).await?.0 {
            return Ok(());
        }
        let mut envelope = Envelope::default();
        while let Some(line) = lines.next_line().await? {
            let upper = line.to_ascii_uppercase();
            let goes_on = if upper.starts_with("EHLO") {
                self.step(Step::Ehlo, &self.greeting(), write).await?.0
            } else if upper.starts_with("HELO") {
                self.step(Step::Helo, "250 mail.example.org", write).await?.0
            } else if upper.starts_with("AUTH") {
                self.step(Step::Auth, "235 2.7.0 welcome", write).await?.0
            } else if upper.starts_with("MAIL FROM:") {
                let sender = path(&line);
                let (goes_on, is_taken) =
                    self.step(Step::Mail(sender.clone()), "250 2.1.0 fine", write).await?;
                envelope.sender = is_taken.then_some(sender);
                goes_on
            } else if upper.starts_with("RCPT TO:") && envelope.sender.is_some() {
                let recipient = path(&line);
                let step = Step::Rcpt(recipient.clone());
                let (goes_on, is_taken) = self.step(step, "250 2.1.5 fine", write).await?;
                envelope.recipient = is_taken.then_some(recipient);
                goes_on
            } else if upper == "DATA" && envelope.recipient.is_some() {
                let Envelope { sender, recipient } = std::mem::take(&mut envelope);
                let (sender, recipient) = (sender.unwrap_or_default(), recipient.unwrap_or_default());
                self.data(sender, recipient, lines, write).await?
            } else if upper.starts_with("RSET") {
                envelope = Envelope::default();
                say("250 2.0.0 fine", write).await?;
                true
            } else if upper.starts_with("QUIT") {
                self.step(Step::Quit, "221 2.0.0 bye", write).await?;
                false
            } else {
                say("503 5.5.1 what?", write).await?;
                true
            };
            if !goes_on {
                return Ok(());
            }
        }
        Ok(())
    }

    fn greeting(&self) -> String {
        let extensions = self.extensions.lock().unwrap();
        let mut lines = vec!["mail.example.org"];
        lines.extend(extensions.iter());
        let last = lines.pop().unwrap();
        let before: String = lines.iter().map(|line| format!("250-{line}\r\n")).collect();
        format!("{before}250 {last}")
    }

    async fn data(
        &self,
        sender: String,
        recipient: String,
        lines: &mut tokio::io::Lines<BufReader<OwnedReadHalf>>,
        write: &mut OwnedWriteHalf,
    ) -> std::io::Result<GoesOn> {
        let reaction = self.react(&Step::Data(recipient.clone()));
        let (goes_on, is_taken) = self.act(&reaction, "354 end with a dot", write).await?;
        if !goes_on || !is_taken {
            return Ok(goes_on);
        }
        let Some(octets) = read_message(lines).await? else { return Ok(false) };
        let reaction = self.react(&Step::Dot(recipient.clone()));
        if !matches!(reaction, Reaction::Say(_) | Reaction::Close) {
            let faults = lint::faults(octets.as_bytes()).into_iter();
            let named = faults.map(|fault| format!("{fault}, in a mail to {recipient}"));
            self.faults.lock().unwrap().extend(named);
            self.mails.lock().unwrap().push(Mail { sender, recipient, octets, at: Instant::now() });
        }
        Ok(self.act(&reaction, "250 2.0.0 taken", write).await?.0)
    }

    fn react(&self, step: &Step) -> Reaction {
        (self.script.lock().unwrap())(step)
    }

    async fn step(
        &self,
        step: Step,
        answer: &str,
        write: &mut OwnedWriteHalf,
    ) -> std::io::Result<(GoesOn, bool)> {
        let reaction = self.react(&step);
        self.act(&reaction, answer, write).await
    }

    /// Performs a reaction; answers whether the conversation goes on, and whether the step was accepted.
    async fn act(
        &self,
        reaction: &Reaction,
        answer: &str,
        write: &mut OwnedWriteHalf,
    ) -> std::io::Result<(GoesOn, bool)> {
        match reaction {
            Reaction::Take => say(answer, write).await?,
            Reaction::After(time) => {
                tokio::time::sleep(*time).await;
                say(answer, write).await?;
            }
            Reaction::Say(text) => {
                say(text, write).await?;
                return Ok((!text.starts_with("421"), text.starts_with('2')));
            }
            Reaction::Close | Reaction::TakeAndClose => return Ok((false, false)),
            Reaction::Hold => {
                self.go_on.notified().await;
                say(answer, write).await?;
            }
            Reaction::HoldMessage => {
                say(answer, write).await?;
                self.go_on.notified().await;
            }
            Reaction::CutMessage => {
                say(answer, write).await?;
                // Some of the message has arrived, and nothing reads it.
                write.as_ref().readable().await?;
                return Ok((false, false));
            }
        }
        Ok((true, true))
    }
}

async fn say(text: &str, write: &mut OwnedWriteHalf) -> std::io::Result<()> {
    write.write_all(format!("{text}\r\n").as_bytes()).await
}

/// A message up to its final dot, with its own line endings; `None` if the client hangs up
/// before.
async fn read_message(
    lines: &mut tokio::io::Lines<BufReader<OwnedReadHalf>>,
) -> std::io::Result<Option<String>> {
    let mut message = Vec::new();
    let mut line = Vec::new();
    while lines.get_mut().read_until(b'\n', &mut line).await? > 0 {
        if line == b".\r\n" {
            return Ok(Some(String::from_utf8_lossy(&message).into_owned()));
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        line.clear();
    }
    Ok(None)
}

fn path(line: &str) -> String {
    line.split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map(|(path, _)| path.to_owned())
        .unwrap_or_default()
}
