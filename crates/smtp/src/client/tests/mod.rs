//! Conversations with a server that does as it is told, over a pipe: every reply at every command ([`replies`]),
//! pipelining ([`pipelining`]) and TLS ([`tls`]).

mod pipelining;
mod replies;
mod tls;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{
    AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, duplex,
};

use crate::transport::{Attempt, Gate, OutgoingMail};

use super::connection::{Connection, Wire};
use super::handshake::{Handshake, StartTls, Timeouts};
use super::session::Session;

/// A step of the conversation, as the server sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Greeting,
    Ehlo,
    Helo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    Dot,
    Rset,
    Quit,
}

/// What the server does at a step, once, in place of what it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Does {
    Says(&'static str),
    Closes,
    IsSilent,
}

/// What came of it on the server's side.
#[derive(Default)]
struct Seen {
    /// The lines of commands, messages left out.
    lines: Vec<String>,
    /// The messages that were taken, with their recipients.
    mails: Vec<(String, String)>,
}

/// A server.
struct Server {
    extensions: &'static [&'static str],
    odd: Vec<(At, Does)>,
    /// Whether DATA is answered by 354 even if nobody is to get anything.
    is_eager: bool,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    fn new(extensions: &'static [&'static str], odd: &[(At, Does)]) -> Self {
        Self { extensions, odd: odd.to_vec(), is_eager: false, seen: Arc::default() }
    }

    /// Serves one end of a pipe, and answers the other and what it sees.
    fn serve(self) -> (Box<dyn Wire>, Arc<Mutex<Seen>>) {
        let (client, server) = duplex(4_096);
        let seen = self.seen.clone();
        tokio::spawn(async move { self.talk(&mut BufReader::new(server)).await });
        (Box::new(client), seen)
    }

    async fn talk<W: Wire>(mut self, wire: &mut BufReader<W>) {
        let greeting = At::Greeting;
        if !self.answer(greeting, "220 mail.example.org ESMTP".to_owned(), wire).await.1 {
            return;
        }
        let (mut has_sender, mut recipient) = (false, None);
        let mut line = String::new();
        while wire.read_line(&mut line).await.is_ok_and(|count| count > 0) {
            let said = std::mem::take(&mut line).trim_end().to_owned();
            self.seen.lock().unwrap().lines.push(said.clone());
            let word = said.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            let (at, usual) = match word.as_str() {
                "EHLO" => (At::Ehlo, self.capabilities()),
                "HELO" => (At::Helo, "250 mail.example.org".to_owned()),
                "STARTTLS" => (At::StartTls, "220 2.0.0 go ahead".to_owned()),
                "AUTH" => (At::Auth, "235 2.7.0 welcome".to_owned()),
                "MAIL" => (At::Mail, "250 2.1.0 fine".to_owned()),
                "RCPT" if has_sender => (At::Rcpt, "250 2.1.5 fine".to_owned()),
                "RCPT" => (At::Rcpt, "503 5.5.1 MAIL first".to_owned()),
                "DATA" if recipient.is_some() || self.is_eager => (At::Data, "354 end with a dot".to_owned()),
                "DATA" => (At::Data, "503 5.5.1 RCPT first".to_owned()),
                "RSET" => (At::Rset, "250 2.0.0 fine".to_owned()),
                "QUIT" => (At::Quit, "221 2.0.0 bye".to_owned()),
                other => panic!("what is {other}?"),
            };
            let (code, goes_on) = self.answer(at, usual, wire).await;
            if !goes_on {
                return;
            }
            let is_good = code.starts_with('2');
            match at {
                At::Mail => has_sender = is_good,
                At::Rcpt if is_good => recipient = Some(said.clone()),
                At::Data if code.starts_with("354") => {
                    let Some(message) = message(wire).await else { return };
                    let usual = if recipient.is_some() { "250 2.0.0 taken" } else { "554 5.5.1 nobody" };
                    let (code, goes_on) = self.answer(At::Dot, usual.to_owned(), wire).await;
                    if let Some(recipient) = recipient.take().filter(|_| code.starts_with('2')) {
                        self.seen.lock().unwrap().mails.push((recipient, message));
                    }
                    has_sender = false;
                    if !goes_on {
                        return;
                    }
                }
                At::Rset => (has_sender, recipient) = (false, None),
                At::Quit => return,
                // TLS, which is not spoken here.
                At::StartTls if is_good => return,
                _ => {}
            }
        }
    }

    fn capabilities(&self) -> String {
        let mut lines = vec!["mail.example.org"];
        lines.extend(self.extensions);
        let last = lines.len() - 1;
        let line =
            |(index, text): (usize, &&str)| format!("250{}{text}", if index == last { ' ' } else { '-' });
        lines.iter().enumerate().map(line).collect::<Vec<_>>().join("\r\n")
    }

    /// Says what it should, or what it was told to; returns what that was, and whether the conversation goes on.
    async fn answer<W: Wire>(&mut self, at: At, usual: String, wire: &mut BufReader<W>) -> (String, bool) {
        let told = self.odd.iter().position(|(odd, _)| *odd == at).map(|index| self.odd.remove(index).1);
        let said = match told {
            None => usual,
            Some(Does::Says(text)) => text.to_owned(),
            Some(Does::Closes) => return (String::new(), false),
            Some(Does::IsSilent) => {
                // Until the client has had enough.
                let _ = wire.read_to_end(&mut Vec::new()).await;
                return (String::new(), false);
            }
        };
        let goes_on =
            wire.write_all(format!("{said}\r\n").as_bytes()).await.is_ok() && !said.starts_with("421");
        (said, goes_on)
    }
}

async fn message<W: Wire>(wire: &mut BufReader<W>) -> Option<String> {
    let mut message = String::new();
    loop {
        let mut line = String::new();
        if wire.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if line == ".\r\n" {
            return Some(message);
        }
        message.push_str(&line);
    }
}

/// A gate that is open so many times.
struct Times(AtomicUsize);

impl Gate for Times {
    fn is_open(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
    }
}

fn open_for(times: usize) -> Times {
    Times(AtomicUsize::new(times))
}

fn mail(octets: &str) -> OutgoingMail {
    OutgoingMail {
        sender: "digest@papers.example.org".to_owned(),
        recipient: "ada@example.org".to_owned(),
        name: "a-name".to_owned(),
        octets: octets.as_bytes().to_vec(),
    }
}

/// Enough for a machine that is busy.
const LONG_TIMEOUTS: Timeouts = timeouts(Duration::from_secs(20));

/// For a server that says nothing.
const SHORT_TIMEOUTS: Timeouts = timeouts(Duration::from_millis(60));

const fn timeouts(time: Duration) -> Timeouts {
    Timeouts { step: time, data: time, piece: time, dot: time, end: time }
}

const PLAIN: Handshake<'_> = Handshake {
    hello: "papers.example.org",
    start_tls: StartTls::Unused,
    credentials: None,
    timeouts: LONG_TIMEOUTS,
};

async fn open(server: Server) -> (Result<Session, Attempt>, Arc<Mutex<Seen>>) {
    let (wire, seen) = server.serve();
    (Session::open(Connection::new(wire), &PLAIN).await, seen)
}
