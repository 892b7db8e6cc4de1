//! What the messages of the subprotocol say, and the codes with which a socket is closed.

use actix_ws::{CloseCode, CloseReason};
use async_graphql::ServerError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::transport::response::GraphqlResponse;

/// What a client says. A payload that may be left out may be null as well.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ClientMessage {
    /// Who it is; comes first, once.
    ConnectionInit { payload: Option<Map<String, Value>> },
    /// Are you there?
    Ping { payload: Option<Map<String, Value>> },
    /// I am.
    Pong {
        #[serde(rename = "payload")]
        _payload: Option<Map<String, Value>>,
    },
    /// An operation, whose answers shall bear the id.
    Subscribe { id: String, payload: Map<String, Value> },
    /// No more answers to that operation.
    Complete { id: String },
}

impl ClientMessage {
    /// # Errors
    /// How the socket is closed.
    pub(crate) fn parse(text: &str) -> Result<Self, CloseReason> {
        match serde_json::from_str(text) {
            Ok(Self::Subscribe { id, .. } | Self::Complete { id }) if id.is_empty() => {
                Err(invalid("The id is empty"))
            }
            Ok(message) => Ok(message),
            Err(_) => Err(invalid("Invalid message received")),
        }
    }
}

/// What the server says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum ServerMessage<'a> {
    /// The client may send operations.
    ConnectionAck,
    /// I am here.
    Pong {
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Map<String, Value>>,
    },
    /// An answer of an operation.
    Next { id: &'a str, payload: &'a GraphqlResponse },
    /// Why an operation was not executed; nothing more comes of it.
    Error { id: &'a str, payload: &'a [ServerError] },
    /// Nothing more comes of an operation.
    Complete { id: &'a str },
}

/// 4400: not a message of the subprotocol.
pub(crate) fn invalid(reason: &str) -> CloseReason {
    private(4400, reason)
}

/// 4401: an operation before the connection was acknowledged.
pub(crate) fn unauthorized() -> CloseReason {
    private(4401, "Unauthorized")
}

/// 4403: a token that is none, or no longer one.
pub(crate) fn forbidden() -> CloseReason {
    private(4403, "Forbidden")
}

/// 4408: no `connection_init` for too long.
pub(crate) fn init_timeout() -> CloseReason {
    private(4408, "Connection initialisation timeout")
}

/// 4409: an id that has an operation under way. A close frame holds 123 octets of reason; actix-ws cuts.
pub(crate) fn duplicate(id: &str) -> CloseReason {
    private(4409, &format!("Subscriber for {id} already exists"))
}

/// 4429: a second `connection_init`.
pub(crate) fn second_init() -> CloseReason {
    private(4429, "Too many initialisation requests")
}

fn private(code: u16, reason: &str) -> CloseReason {
    (CloseCode::Other(code), reason).into()
}
