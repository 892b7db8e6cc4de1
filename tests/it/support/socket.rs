//! A client of graphql-transport-ws, and of server-sent events.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpSocket;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::{Error, Message};

use super::graphql::GraphqlResponse;
use super::{MAX_WAIT, Process};

/// The subscription to featured papers.
pub const FEATURED: &str = "subscription { paperFeatured { title featuredOn categories { code } } }";

/// The time to wait for a message that must not come.
const SILENCE_TIMEOUT: Duration = Duration::from_millis(300);

/// An open socket.
pub struct Socket(pub WebSocketStream<tokio::net::TcpStream>);

impl Socket {
    /// Opens a socket with these headers; a status if that is refused.
    pub async fn open(server: &Process, headers: &[(&'static str, &str)]) -> Result<Self, u16> {
        let url = server.url("/graphql").replace("http://", "ws://");
        let mut request = url.as_str().into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let address = request.uri().authority().unwrap().as_str().parse().unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        // A small buffer, so that the server soon notices a client that does not read.
        socket.set_recv_buffer_size(4_096).unwrap();
        let stream = socket.connect(address).await.unwrap();
        match tokio_tungstenite::client_async(request, stream).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// A socket that has not sent `connection_init`.
    pub async fn silent(server: &Process) -> Self {
        Self::open(server, &[("sec-websocket-protocol", "graphql-transport-ws")]).await.unwrap()
    }

    /// A socket that is ready for operations.
    pub async fn ready(server: &Process, token: Option<&str>) -> Self {
        let mut socket = Self::silent(server).await;
        let payload = token.map(|token| json!({ "authorization": format!("Bearer {token}") }));
        socket.say(&json!({ "type": "connection_init", "payload": payload.unwrap_or(json!({})) })).await;
        assert_eq!(socket.hear().await, json!({ "type": "connection_ack" }));
        socket
    }

    pub async fn say(&mut self, message: &Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    pub async fn send(&mut self, message: Message) {
        // A socket that is closed meanwhile reads the reason later.
        let _ = self.0.send(message).await;
    }

    pub async fn frame(&mut self, frame: Frame) {
        self.0.send(Message::Frame(frame)).await.unwrap();
    }

    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(&json!({ "type": "subscribe", "id": id, "payload": payload })).await;
    }

    /// Waits until earlier messages are processed: the server reads them in order.
    pub async fn settle(&mut self) {
        self.say(&json!({ "type": "ping" })).await;
        assert_eq!(self.hear().await, json!({ "type": "pong" }));
    }

    /// The next message of the subprotocol.
    pub async fn hear(&mut self) -> Value {
        loop {
            match timeout(MAX_WAIT, self.0.next()).await.unwrap().unwrap().unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The response in the next message, which is a `next`.
    pub async fn hear_response(&mut self) -> GraphqlResponse {
        let mut message = self.hear().await;
        assert_eq!(message["type"], "next", "{message}");
        message["payload"].take().into()
    }

    /// The next frame of any kind.
    pub async fn next(&mut self) -> Message {
        timeout(MAX_WAIT, self.0.next()).await.unwrap().unwrap().unwrap()
    }

    /// Reads a ping from the stream directly, because the library would answer it.
    pub async fn see_ping(&mut self) {
        let stream = self.0.get_mut();
        let head = timeout(MAX_WAIT, stream.read_u16()).await.unwrap().unwrap();
        assert_eq!(head & 0x0f80, 0x0900, "not a ping: {head:04x}");
        let mut payload = vec![0; usize::from(head & 0x7f)];
        stream.read_exact(&mut payload).await.unwrap();
    }

    /// Fails if a message arrives.
    pub async fn expect_silence(&mut self) {
        if let Ok(message) = timeout(SILENCE_TIMEOUT, self.0.next()).await {
            panic!("{message:?}");
        }
    }

    /// The code and the reason of the close frame; 1006 without one. Earlier messages are skipped.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match timeout(MAX_WAIT, self.0.next()).await.unwrap() {
                Some(Ok(Message::Close(Some(frame)))) => {
                    return (frame.code.into(), frame.reason.as_str().to_owned());
                }
                Some(Ok(Message::Close(None)) | Err(_)) | None => return (1006, String::new()),
                Some(Ok(_)) => {}
            }
        }
    }
}

/// The events of a stream.
pub struct Events {
    response: reqwest::Response,
    text: String,
}

impl Events {
    /// Posts an operation for a stream.
    pub async fn post(server: &Process, token: Option<&str>, query: &str) -> Self {
        let mut request = reqwest::Client::new()
            .post(server.url("/graphql"))
            .header("accept", "text/event-stream")
            .json(&json!({ "query": query }));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        Self::of(request.send().await.unwrap())
    }

    /// Gets a subscription as a stream, like `EventSource` in browsers.
    pub async fn get(server: &Process, query: &str) -> Self {
        let request =
            reqwest::Client::new().get(server.url("/graphql")).header("accept", "text/event-stream");
        Self::of(request.query(&[("query", query)]).send().await.unwrap())
    }

    fn of(response: reqwest::Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream; charset=utf-8");
        Self { response, text: String::new() }
    }

    /// The next event or comment, verbatim; `None` if the stream has ended.
    pub async fn next(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let rest = self.text.split_off(end + 2);
                let event = std::mem::replace(&mut self.text, rest);
                return Some(event.trim_end().to_owned());
            }
            let chunk = timeout(MAX_WAIT, self.response.chunk()).await.unwrap().unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The response in the next event, which is a `next`.
    pub async fn response(&mut self) -> GraphqlResponse {
        let event = self.next().await.unwrap();
        serde_json::from_str(event.strip_prefix("event: next\ndata: ").unwrap_or_else(|| panic!("{event}")))
            .unwrap()
    }
}
