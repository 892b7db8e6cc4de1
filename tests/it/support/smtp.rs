//! A mail server that does as it is told: it takes what comes, unless a script says otherwise. Every mail that it takes
//! goes through [`lint`]; a test whose service sent one with a fault fails.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mail_parser::MessageParser;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

use super::lint;

/// A step of a conversation, and whom it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Connect,
    Ehlo,
    Helo,
    Auth,
    Mail(String),
    Rcpt(String),
    Data(String),
    /// The final dot came.
    Dot(String),
    Quit,
}

/// What the server does at a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// What a server does that takes the mail.
    Take,
    /// That, after a while.
    After(Duration),
    /// Says this.
    Say(&'static str),
    /// Takes the mail, if the step is the dot, and then closes without a word.
    TakeAndClose,
    /// Closes without a word.
    Close,
    /// Takes the mail, if the step is the dot, and says nothing until the server is told to go on.
    Hold,
    /// Asks for the message, and then reads nothing of it until the server is told to go on.
    HoldMessage,
    /// Asks for the message, and closes without a word when some of it has come.
    CutMessage,
}

/// A message that was taken.
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

    /// The first link of the text that holds `part`.
    pub fn link(&self, part: &str) -> String {
        let text = self.text();
        let link = text.split_whitespace().find(|word| word.starts_with("http") && word.contains(part));
        link.unwrap_or_else(|| panic!("no link with {part} in:\n{text}")).to_owned()
    }

    /// What stands behind the last `=` or `/` of the link that holds `part`.
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

type Script = Arc<Mutex<Box<dyn FnMut(&Step) -> Reaction + Send>>>;

/// What the server says that it can do, if a test does not say otherwise.
const EXTENSIONS: [&str; 3] = ["PIPELINING", "8BITMIME", "SIZE 10485760"];

/// The scripted mail server.
pub struct SmtpServer {
    address: std::net::SocketAddr,
    listener: Arc<TcpListener>,
    script: Script,
    extensions: Arc<Mutex<Vec<&'static str>>>,
    mails: Arc<Mutex<Vec<Mail>>>,
    faults: Arc<Mutex<Vec<String>>>,
    go_on: Arc<Notify>,
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        let faults = self.faults.lock().map(|faults| faults.clone()).unwrap_or_default();
        assert!(faults.is_empty() || std::thread::panicking(), "mails with faults:\n{}", faults.join("\n"));
    }
}

impl SmtpServer {
    pub async fn start() -> Self {
        let listener = Arc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
        let server = Self {
            address: listener.local_addr().unwrap(),
            listener: Arc::clone(&listener),
            script: Arc::new(Mutex::new(Box::new(|_: &Step| Reaction::Take))),
            extensions: Arc::new(Mutex::new(EXTENSIONS.to_vec())),
            mails: Arc::default(),
            faults: Arc::default(),
            go_on: Arc::default(),
        };
        let conversation = Conversation {
            script: server.script.clone(),
            extensions: server.extensions.clone(),
            mails: server.mails.clone(),
            faults: server.faults.clone(),
            go_on: server.go_on.clone(),
        };
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(conversation.clone().run(socket));
            }
        });
        server
    }

    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// From now on this is what the server says that it can do.
    pub fn offer(&self, extensions: &[&'static str]) {
        *self.extensions.lock().unwrap() = extensions.to_vec();
    }

    /// From now on only a little of a message is on its way at a time, so that one that is not read does not leave.
    pub fn take_little(&self) {
        let socket = socket2::SockRef::from(&*self.listener);
        socket.set_recv_buffer_size(4_096).unwrap();
        // The client's side keeps room for so many segments, whatever their size.
        socket.set_tcp_mss(536).unwrap();
    }

    /// From now on `script` decides.
    pub fn script(&self, script: impl FnMut(&Step) -> Reaction + Send + 'static) {
        *self.script.lock().unwrap() = Box::new(script);
    }

    /// From now on everything is taken.
    pub fn take_all(&self) {
        self.script(|_| Reaction::Take);
    }

    /// Lets every conversation that is held go on.
    pub fn go_on(&self) {
        self.go_on.notify_waiters();
    }

    /// All mails that were taken so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    /// How many that are.
    pub fn count(&self) -> usize {
        self.mails.lock().unwrap().len()
    }

    /// The mails to a recipient.
    pub fn mails_to(&self, recipient: &str) -> Vec<Mail> {
        self.mails().into_iter().filter(|mail| mail.recipient == recipient).collect()
    }

    /// Waits for the latest mail to a recipient, not among the first `after`, whose subject holds `part`.
    pub async fn latest_to(&self, recipient: &str, after: usize, part: &str) -> Mail {
        super::eventually(part, || async {
            let mut mails = self.mails_to(recipient).into_iter().skip(after);
            mails.rfind(|mail| mail.subject().contains(part))
        })
        .await
    }

    /// Waits for the `count`-th mail to a recipient, and answers it.
    pub async fn nth_to(&self, recipient: &str, count: usize) -> Mail {
        let nth = || async { self.mails_to(recipient).into_iter().nth(count - 1) };
        super::wait_for(nth).await.unwrap_or_else(|| {
            let mails = self.mails();
            let taken: Vec<_> = mails.iter().map(|mail| (&mail.recipient, mail.subject())).collect();
            panic!("no mail {count} to {recipient}; there are {taken:?}")
        })
    }
}

#[derive(Clone)]
struct Conversation {
    script: Script,
    extensions: Arc<Mutex<Vec<&'static str>>>,
    mails: Arc<Mutex<Vec<Mail>>>,
    faults: Arc<Mutex<Vec<String>>>,
    go_on: Arc<Notify>,
}

/// Whether the conversation goes on.
type GoesOn = bool;

/// What the client has said so far of a mail, and the server has taken.
#[derive(Default)]
struct Envelope {
    sender: Option<String>,
    recipient: Option<String>,
}

impl Conversation {
    async fn run(self, socket: TcpStream) {
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

    /// Does it; answers whether the conversation goes on, and whether the step was taken.
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
                // Something has come, and nobody will take it.
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

/// A message up to its final dot, with its own ends of lines, whatever they are; `None` if the client hangs up
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
