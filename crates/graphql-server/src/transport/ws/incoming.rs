//! From bytes to messages of at most 100 kB, however they are cut into frames.
//!
//! actix-ws would keep a frame of any size until all of it is there, and only then look at its limit. Here a
//! message that is too long is refused as soon as more than its limit has come.

use actix_http::ws::{Codec, Frame, Item, ProtocolError};
use actix_web::web::{Bytes, BytesMut, Payload};
use actix_ws::{CloseCode, CloseReason};
use futures::StreamExt as _;
use tokio_util::codec::Decoder as _;

use crate::transport::ws::message;

/// The maximum number of bytes of a message.
const MAX_MESSAGE: usize = 100_000;

/// The number of octets of the longest header of a frame. RFC 6455 section 5.2.
const MAX_HEADER: usize = 14;

/// What a client sent.
#[derive(Debug)]
pub(crate) enum Received {
    Text(String),
    Ping(Bytes),
    Pong,
    Close(Option<CloseReason>),
}

/// Incoming messages of a socket.
pub(crate) struct Incoming {
    payload: Payload,
    codec: Codec,
    bytes: BytesMut,
    /// The parts of a message that came in several frames.
    parts: Vec<u8>,
}

impl Incoming {
    pub(crate) fn new(payload: Payload) -> Self {
        let codec = Codec::new().max_size(MAX_MESSAGE);
        Self { payload, codec, bytes: BytesMut::new(), parts: Vec::new() }
    }

    /// The next message; `None` if the connection is gone. Nothing is lost when it is dropped before it is
    /// done.
    ///
    /// # Errors
    /// How the socket is closed, because what came is against RFC 6455, or too long.
    pub(crate) async fn next(&mut self) -> Option<Result<Received, CloseReason>> {
        loop {
            match self.codec.decode(&mut self.bytes) {
                Ok(Some(frame)) => match self.take(frame) {
                    Ok(None) => {}
                    Ok(Some(received)) => return Some(Ok(received)),
                    Err(reason) => return Some(Err(reason)),
                },
                Ok(None) if self.bytes.len() > MAX_MESSAGE + MAX_HEADER => return Some(Err(too_long())),
                Ok(None) => {
                    if self.bytes.is_empty() {
                        // Who says nothing takes no room.
                        self.bytes = BytesMut::new();
                    }
                    let chunk = self.payload.next().await?.ok()?;
                    self.bytes.extend_from_slice(&chunk);
                }
                Err(ProtocolError::Overflow) => return Some(Err(too_long())),
                Err(_) => return Some(Err((CloseCode::Protocol, "Violates RFC 6455").into())),
            }
        }
    }

    /// Reads on without looking, until the client closes.
    pub(crate) async fn drain(mut self) {
        while let Some(Ok(_)) = self.payload.next().await {}
    }

    fn take(&mut self, frame: Frame) -> Result<Option<Received>, CloseReason> {
        match frame {
            Frame::Text(bytes) => text(bytes.to_vec()).map(Some),
            Frame::Continuation(Item::FirstText(bytes) | Item::Continue(bytes)) => {
                self.gather(&bytes)?;
                Ok(None)
            }
            Frame::Continuation(Item::Last(bytes)) => {
                self.gather(&bytes)?;
                text(std::mem::take(&mut self.parts)).map(Some)
            }
            Frame::Binary(_) | Frame::Continuation(Item::FirstBinary(_)) => {
                Err(message::invalid("Messages must be text"))
            }
            Frame::Ping(bytes) => Ok(Some(Received::Ping(bytes))),
            Frame::Pong(_) => Ok(Some(Received::Pong)),
            Frame::Close(reason) => Ok(Some(Received::Close(reason))),
        }
    }

    fn gather(&mut self, bytes: &[u8]) -> Result<(), CloseReason> {
        if self.parts.len() + bytes.len() > MAX_MESSAGE {
            return Err(too_long());
        }
        self.parts.extend_from_slice(bytes);
        Ok(())
    }
}

fn text(bytes: Vec<u8>) -> Result<Received, CloseReason> {
    String::from_utf8(bytes)
        .map(Received::Text)
        .map_err(|_| (CloseCode::Invalid, "A message is not UTF-8").into())
}

fn too_long() -> CloseReason {
    (CloseCode::Size, format!("A message can have at most {MAX_MESSAGE} bytes")).into()
}
