//! One socket, from its opening to its end.
//!
//! Everything happens in turn in one task: a message is read, an answer is sent, a time has come. So no answer
//! is made before the last one found room, and no message is read meanwhile; what a client does not take,
//! waits if it is and is not piled up. Times are those of the service's clock.

use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

use actix_web::web::Data;
use actix_ws::{CloseCode, CloseReason, Closed};
use async_graphql::ServerError;
use chrono::{DateTime, TimeDelta, Utc};
use futures::FutureExt as _;
use futures::stream::{self, BoxStream, StreamExt as _};
use serde_json::{Map, Value};
use tokio::time::timeout;
use tokio_stream::StreamMap;

use crate::ErrorCode as Code;
use crate::bearer;
use crate::engine::Engine;
use crate::execution::execute::{self, Prepared};
use crate::host::{self, Host, Unavailable};
use crate::quota::OpenStream;
use crate::transport::params;
use crate::transport::response::GraphqlResponse;
use crate::transport::ws::incoming::{Incoming, Received};
use crate::transport::ws::message::{self, ClientMessage, ServerMessage};

/// Operations under way at once.
const MAX_OPERATIONS: usize = 20;

/// How long `connection_init` may take to come.
const INIT_TIMEOUT: TimeDelta = TimeDelta::seconds(10);

/// How often the connection is asked whether it lives, and how many times it may fail to answer.
const PING_EVERY: TimeDelta = TimeDelta::seconds(25);
const MAX_MISSED_PINGS: u8 = 2;

/// How long a client may take to make room for a message.
const SEND_TIMEOUT: TimeDelta = TimeDelta::seconds(10);

/// How long saying good-bye may take: our close frame, and the client's.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);

/// Why a socket ends.
enum Ending {
    /// The connection is gone.
    Gone,
    /// It is closed, and told why.
    Close(Option<CloseReason>),
}

impl From<CloseReason> for Ending {
    fn from(reason: CloseReason) -> Self {
        Self::Close(Some(reason))
    }
}

impl From<Closed> for Ending {
    fn from(_: Closed) -> Self {
        Self::Gone
    }
}

/// What comes of an operation.
enum Output {
    Response(GraphqlResponse),
    Done,
}

/// The session of a socket.
pub(crate) struct SocketSession<H: Host> {
    engine: Data<Engine<H>>,
    socket: actix_ws::Session,
    caller: H::Caller,
    client: IpAddr,
    running: StreamMap<String, BoxStream<'static, Output>>,
    opened_at: DateTime<Utc>,
    is_acknowledged: bool,
    ping_at: DateTime<Utc>,
    missed: u8,
    _open: OpenStream,
}

impl<H: Host> SocketSession<H> {
    /// A socket that was just opened, by a caller whom the request named.
    pub(crate) fn new(
        engine: Data<Engine<H>>,
        socket: actix_ws::Session,
        caller: H::Caller,
        client: IpAddr,
        open: OpenStream,
    ) -> Self {
        let opened_at = engine.host.now();
        Self {
            engine,
            socket,
            caller,
            client,
            running: StreamMap::new(),
            opened_at,
            is_acknowledged: false,
            ping_at: opened_at + PING_EVERY,
            missed: 0,
            _open: open,
        }
    }

    /// Serves the socket until it ends.
    pub(crate) async fn run(mut self, mut incoming: Incoming) {
        if let Err(Ending::Close(reason)) = self.serve(&mut incoming).await {
            tracing::debug!(?reason, "a socket was closed");
            // What is under way ends before the good-bye, which a client that does not read makes long.
            self.running.clear();
            let closing = async {
                if self.socket.close(reason).await.is_ok() {
                    // A connection that is closed with bytes unread takes our last frame with it.
                    incoming.drain().await;
                }
            };
            let _ = timeout(CLOSE_TIMEOUT, closing).await;
        }
    }

    async fn serve(&mut self, incoming: &mut Incoming) -> Result<(), Ending> {
        let engine = self.engine.clone();
        loop {
            let wake_at = self.wake_at();
            tokio::select! {
                () = engine.host.stop().cancelled() => {
                    return Err(CloseReason::from((CloseCode::Away, "The server is going away")).into());
                }
                received = incoming.next() => {
                    self.receive(received.ok_or(Ending::Gone)??).await?;
                }
                Some((id, output)) = self.running.next(), if !self.running.is_empty() => {
                    self.give(&id, output).await?;
                }
                () = engine.host.sleep_until(wake_at) => self.look_around().await?,
            }
        }
    }

    /// When something is to be done without a cause from outside.
    fn wake_at(&self) -> DateTime<Utc> {
        let init_by = (!self.is_acknowledged).then_some(self.opened_at + INIT_TIMEOUT);
        [init_by, self.engine.host.recheck_at(&self.caller)]
            .into_iter()
            .flatten()
            .fold(self.ping_at, DateTime::min)
    }

    async fn look_around(&mut self) -> Result<(), Ending> {
        let now = self.engine.host.now();
        if !self.is_acknowledged && self.opened_at + INIT_TIMEOUT <= now {
            return Err(message::init_timeout().into());
        }
        self.believe().await?;
        if self.ping_at <= now {
            if self.missed == MAX_MISSED_PINGS {
                return Err(Ending::Gone);
            }
            self.missed += 1;
            self.ping_at = now + PING_EVERY;
            let mut socket = self.socket.clone();
            self.in_time(async move { socket.ping(b"").await }).await?;
        }
        Ok(())
    }

    /// Ends the socket if its token is no longer good.
    async fn believe(&mut self) -> Result<(), Ending> {
        if host::is_still_valid(&self.engine.host, &mut self.caller).await {
            Ok(())
        } else {
            Err(message::forbidden().into())
        }
    }

    async fn receive(&mut self, received: Received) -> Result<(), Ending> {
        // Anyone who sends, lives.
        self.missed = 0;
        match received {
            Received::Text(text) => match ClientMessage::parse(&text)? {
                ClientMessage::ConnectionInit { payload } => self.init(&payload.unwrap_or_default()).await,
                ClientMessage::Ping { payload } => self.say(&ServerMessage::Pong { payload }).await,
                ClientMessage::Pong { .. } => Ok(()),
                ClientMessage::Subscribe { id, payload } => self.subscribe(id, payload).await,
                ClientMessage::Complete { id } => {
                    self.running.remove(&id);
                    Ok(())
                }
            },
            Received::Ping(octets) => {
                let mut socket = self.socket.clone();
                self.in_time(async move { socket.pong(&octets).await }).await
            }
            Received::Pong => Ok(()),
            Received::Close(reason) => Err(Ending::Close(reason)),
        }
    }

    /// A token in the payload takes the place of the one in the request's header.
    async fn init(&mut self, payload: &Map<String, Value>) -> Result<(), Ending> {
        if self.is_acknowledged {
            return Err(message::second_init().into());
        }
        let given = payload.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        if let Some((_, value)) = given.filter(|(_, value)| !value.is_null()) {
            let token = bearer::token(value.as_str().unwrap_or_default()).to_owned();
            match self.engine.host.identify(Some(token)).await {
                Ok(Some(caller)) => self.caller = caller,
                Ok(None) => return Err(message::forbidden().into()),
                Err(Unavailable) => {
                    return Err(CloseReason::from((CloseCode::Error, "Not available right now")).into());
                }
            }
        }
        self.is_acknowledged = true;
        self.say(&ServerMessage::ConnectionAck).await
    }

    async fn subscribe(&mut self, id: String, payload: Map<String, Value>) -> Result<(), Ending> {
        if !self.is_acknowledged {
            return Err(message::unauthorized().into());
        }
        if self.running.contains_key(&id) {
            return Err(message::duplicate(&id).into());
        }
        let parameters = params::from_object(payload).map_err(|problem| message::invalid(&problem))?;
        if self.running.len() >= MAX_OPERATIONS {
            let message = format!("A socket can have at most {MAX_OPERATIONS} operations at once.");
            return self.refuse(&id, GraphqlResponse::refusal(Code::TooComplex, message).errors()).await;
        }
        // An operation asks for its token anew, as a request by HTTP does.
        let host = &self.engine.host;
        if host.recheck_at(&self.caller).is_some() && !host.recheck(&mut self.caller).await {
            return Err(message::forbidden().into());
        }
        let prepared = execute::prepare(&self.engine, parameters);
        let points = prepared.as_ref().map_or(self.engine.guard.prices().refusal, Prepared::cost);
        if let Err(budget) = host.charge(&self.caller, self.client, points) {
            return self.refuse(&id, GraphqlResponse::too_soon(budget).errors()).await;
        }
        match prepared {
            Ok(prepared) => {
                let answers = prepared.stream(self.engine.clone(), self.caller.clone(), self.client);
                let done = stream::once(async { Output::Done });
                self.running.insert(id, answers.map(Output::Response).chain(done).boxed());
                Ok(())
            }
            Err(refusal) => self.refuse(&id, refusal.errors()).await,
        }
    }

    /// Sends what came of an operation.
    async fn give(&mut self, id: &str, output: Output) -> Result<(), Ending> {
        self.believe().await?;
        match output {
            Output::Response(answer) if answer.was_executed() => {
                self.say(&ServerMessage::Next { id, payload: &answer }).await
            }
            Output::Response(refusal) => self.refuse(id, refusal.errors()).await,
            Output::Done => {
                self.running.remove(id);
                self.say(&ServerMessage::Complete { id }).await
            }
        }
    }

    /// Says why an operation was not executed; nothing more comes of it.
    async fn refuse(&mut self, id: &str, errors: &[ServerError]) -> Result<(), Ending> {
        self.running.remove(id);
        self.say(&ServerMessage::Error { id, payload: errors }).await
    }

    async fn say(&mut self, message: &ServerMessage<'_>) -> Result<(), Ending> {
        let text = serde_json::to_string(message).map_err(|error| {
            tracing::error!(%error, "a message could not be serialized");
            CloseReason::from((CloseCode::Error, "Internal error"))
        })?;
        let mut socket = self.socket.clone();
        self.in_time(async move { socket.text(text).await }).await
    }

    /// Waits for the client to make room, but not for ever.
    async fn in_time(&self, sending: impl Future<Output = Result<(), Closed>>) -> Result<(), Ending> {
        let mut sending = pin!(sending);
        if let Some(sent) = sending.as_mut().now_or_never() {
            return Ok(sent?);
        }
        tracing::debug!("a socket waits for buffer space");
        let host = &self.engine.host;
        let until = host.now() + SEND_TIMEOUT;
        tokio::select! {
            biased;
            sent = sending => Ok(sent?),
            () = host.sleep_until(until) => {
                Err(CloseReason::from((CloseCode::Again, "The messages were not read in time")).into())
            }
        }
    }
}
