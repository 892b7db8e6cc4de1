//! A scripted mail server: it accepts every mail, unless a script says otherwise. Every mail that it accepts
//! goes through [`lint`](super::lint); a fault in one fails the test.

mod conversation;
mod mail;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Notify;

use conversation::Conversation;
pub use mail::Mail;

/// A step of a conversation, with the address that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Connect,
    Ehlo,
    Helo,
    Auth,
    Mail(String),
    Rcpt(String),
    Data(String),
    /// The final dot was received.
    Dot(String),
    Quit,
}

/// The reaction of the server to a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Accepts the step.
    Take,
    /// Accepts the step after a while.
    After(Duration),
    /// Replies with this text.
    Say(&'static str),
    /// Accepts the mail, if the step is the dot, and then closes without a reply.
    TakeAndClose,
    /// Closes without a reply.
    Close,
    /// Accepts the mail, if the step is the dot, and does not reply before [`SmtpServer::go_on`].
    Hold,
    /// Asks for the message, and does not read it before [`SmtpServer::go_on`].
    HoldMessage,
    /// Asks for the message, and closes without a reply when some of it has arrived.
    CutMessage,
}

type Script = Arc<Mutex<Box<dyn FnMut(&Step) -> Reaction + Send>>>;

/// The extensions that the server offers by default.
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

    /// Sets the extensions that the server offers from now on.
    pub fn offer(&self, extensions: &[&'static str]) {
        *self.extensions.lock().unwrap() = extensions.to_vec();
    }

    /// Shrinks the socket buffers, so that a message that is not read cannot be sent in full.
    pub fn shrink_buffers(&self) {
        let socket = socket2::SockRef::from(&*self.listener);
        socket.set_recv_buffer_size(4_096).unwrap();
        // The client's buffer counts segments, not bytes.
        socket.set_tcp_mss(536).unwrap();
    }

    /// Sets the script from now on.
    pub fn script(&self, script: impl FnMut(&Step) -> Reaction + Send + 'static) {
        *self.script.lock().unwrap() = Box::new(script);
    }

    /// Accepts everything from now on.
    pub fn take_all(&self) {
        self.script(|_| Reaction::Take);
    }

    /// Lets every conversation that is held go on.
    pub fn go_on(&self) {
        self.go_on.notify_waiters();
    }

    /// All mails that were accepted so far.
    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    /// The number of mails that were accepted so far.
    pub fn count(&self) -> usize {
        self.mails.lock().unwrap().len()
    }

    /// The mails to a recipient.
    pub fn mails_to(&self, recipient: &str) -> Vec<Mail> {
        self.mails().into_iter().filter(|mail| mail.recipient == recipient).collect()
    }

    /// Waits for the latest mail to a recipient, not among the first `after`, whose subject contains `part`.
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
