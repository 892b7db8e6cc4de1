//! A site on this machine: it takes a request on each connection, and answers with steps.
//!
//! Always: a response is sent after the whole head of its request was read, so that closing does not reset.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fetch::{Answer, Client, Document, Error, Request, Settings, Validators};
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::interval;

/// A step of a response. After the last one the connection is closed.
pub enum Step {
    /// Octets.
    Send(Vec<u8>),
    /// The same octets again and again.
    Repeat(&'static str),
    /// Silence, until the client is gone.
    Hold,
    /// The connection is reset.
    Reset,
}

impl From<&str> for Step {
    fn from(text: &str) -> Self {
        Self::Send(text.as_bytes().to_vec())
    }
}

/// A site. It answers each connection with the next of its responses.
pub struct Site {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
    /// Told when a client has gone before its response was over.
    pub left: Arc<Notify>,
}

impl Site {
    pub async fn new<const N: usize>(responses: [Vec<Step>; N]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site =
            Self { address: listener.local_addr().unwrap(), requests: Arc::default(), left: Arc::default() };
        let (requests, left) = (Arc::clone(&site.requests), Arc::clone(&site.left));
        tokio::spawn(async move {
            for steps in responses {
                let (mut stream, _) = listener.accept().await.unwrap();
                let head = read_head(&mut stream).await;
                requests.lock().unwrap().push(head);
                if answer(stream, steps).await.is_err() {
                    left.notify_one();
                }
            }
        });
        site
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The heads of all requests.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    /// Settings with which the site may be asked, and that wait for long.
    pub fn settings(&self) -> Settings {
        let minute = Duration::from_mins(1);
        Settings {
            user_agent: "fetch-test (mailto:curator@example.org)".to_owned(),
            private_hosts: vec![self.address.to_string()],
            connect_time: minute,
            idle_time: minute,
            total_time: minute,
            ..Settings::default()
        }
    }

    pub async fn get(&self, path: &str) -> Result<Answer, Error> {
        get(self.settings(), &self.url(path)).await
    }
}

/// Asks for any text.
pub async fn get(settings: Settings, url: &str) -> Result<Answer, Error> {
    Client::new(settings).unwrap().get(&request(url)).await
}

pub fn request(url: &str) -> Request {
    Request { url: url.parse().unwrap(), media_types: &["text/plain"], validators: Validators::default() }
}

/// The error of a site with one response.
pub async fn error_of(steps: Vec<Step>, change: impl FnOnce(&mut Settings)) -> Error {
    let site = Site::new([steps]).await;
    let mut settings = site.settings();
    change(&mut settings);
    let error = get(settings, &site.url("/feed?key=secret")).await.unwrap_err();
    let message = error.to_string();
    assert!(message.contains("127.0.0.1") && !message.contains("secret"), "{message}");
    error
}

/// The document of a site with one response.
pub async fn document_of(steps: Vec<Step>) -> Document {
    let site = Site::new([steps]).await;
    document(site.get("/").await)
}

pub fn document(answer: Result<Answer, Error>) -> Document {
    match answer {
        Ok(Answer::Document(document)) => document,
        other => panic!("{other:?}"),
    }
}

/// A response of plain text with more fields, each ended by a line break.
pub fn ok(fields: &str, body: impl AsRef<[u8]>) -> Step {
    let mut response = format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{fields}\r\n").into_bytes();
    response.extend_from_slice(body.as_ref());
    Step::Send(response)
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(octet) => head.push(octet),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

/// # Errors
/// If the client left before the end.
async fn answer(mut stream: TcpStream, steps: Vec<Step>) -> std::io::Result<()> {
    for step in steps {
        match step {
            Step::Send(octets) => stream.write_all(&octets).await?,
            Step::Repeat(text) => {
                let mut ticks = interval(Duration::from_millis(5));
                loop {
                    ticks.tick().await;
                    stream.write_all(text.as_bytes()).await?;
                }
            }
            Step::Hold => {
                stream.read_u8().await?;
            }
            Step::Reset => SockRef::from(&stream).set_linger(Some(Duration::ZERO))?,
        }
    }
    Ok(())
}
