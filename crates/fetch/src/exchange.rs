//! One request and its response on a connection.
//!
//! The connection is driven by the future that waits for the response, in no task of its own: dropping that future ends
//! the connection.
//!
//! Always: a body that broke off, or went on behind the length that it states as far as was seen, is an error. A body that
//! states no length ends with the connection, by RFC 9112, section 6.3, and over plain HTTP nothing tells its end from a
//! break; over TLS the notice does.

use std::future::{Future, ready};
use std::pin::pin;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_ENCODING, HeaderMap};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout, timeout_at};

use crate::body::{BodyDecoder, BodyFault, BodyLimits, ContentCoding};
use crate::connect::Wire;
use crate::error::{Error, RequestStage, Result};

/// Octets of the head of a response. A larger one is refused as soon as this many have come without its end, so that one
/// which is not twice as large may pass.
pub const MAX_HEAD_OCTETS: usize = 64 << 10;

/// The site at the other end, as errors name it, and the times that it has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer<'a> {
    pub host: &'a str,
    pub idle_time: Duration,
    /// The end of the time for the whole request.
    pub deadline: Instant,
}

impl Peer<'_> {
    pub(crate) fn cut_off(&self, what: impl std::fmt::Display) -> Error {
        Error::CutOff(format!("the response of {} {what}", self.host))
    }

    fn idle(&self) -> Error {
        Error::TooSlow { host: self.host.to_owned(), stage: RequestStage::Idle, limit: self.idle_time }
    }

    fn too_large(&self, limit: u64) -> Error {
        Error::TooLarge { host: self.host.to_owned(), limit }
    }

    /// What hyper says, in the words of this crate.
    fn broken(&self, error: &hyper::Error) -> Error {
        if error.is_parse_too_large() {
            return self.too_large(MAX_HEAD_OCTETS as u64);
        }
        if error.is_incomplete_message() || error.is_closed() || error.is_canceled() {
            return self.cut_off("broke off");
        }
        let deepest =
            std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source()).last();
        let reason = deepest.map(ToString::to_string).unwrap_or_default();
        if error.is_parse() {
            return self.cut_off(format_args!("is not HTTP: {reason}"));
        }
        self.cut_off(format_args!("broke off: {reason}"))
    }

    fn fault(&self, fault: BodyFault, limits: BodyLimits) -> Error {
        match fault {
            BodyFault::TooLarge => self.too_large(limits.max_bytes),
            BodyFault::Bomb => Error::Bomb { host: self.host.to_owned(), ratio: limits.max_ratio },
            BodyFault::Broken(what) => self.cut_off(what),
        }
    }
}

/// What was read of a response.
pub(crate) struct ExchangeResult<T> {
    pub value: T,
    /// Whether octets had come that belong to no response, if the response was read to its end.
    pub has_surplus: bool,
}

/// Sends a request over a connection, and has `read` read the response.
pub(crate) async fn exchange<T, R, F>(
    stream: Box<dyn Wire>,
    request: Request<Empty<Bytes>>,
    peer: Peer<'_>,
    read: R,
) -> Result<ExchangeResult<T>>
where
    R: FnOnce(Response<Incoming>) -> F,
    F: Future<Output = Result<T>>,
{
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_OCTETS)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| peer.broken(&error))?;
    let mut connection = pin!(connection.without_shutdown());
    let mut reading = pin!(async move {
        let response =
            timeout(peer.idle_time, sender.send_request(request)).await.map_err(|_| peer.idle())?;
        read(response.map_err(|error| peer.broken(&error))?).await
    });
    let (value, ended) = tokio::select! {
        biased;
        ended = &mut connection => (reading.await, Some(ended)),
        value = &mut reading => {
            // The connection ends in the same turn, if nothing more has come.
            let ended = tokio::select! { biased; ended = &mut connection => Some(ended), () = ready(()) => None };
            (value, ended)
        }
    };
    let has_surplus = matches!(ended, Some(Ok(rest)) if !rest.read_buf.is_empty());
    Ok(ExchangeResult { value: value?, has_surplus })
}

/// Reads a document in whole.
pub(crate) async fn read_document(
    response: Response<Incoming>,
    limits: BodyLimits,
    peer: Peer<'_>,
) -> Result<Vec<u8>> {
    let coding = coding(response.headers(), peer)?;
    let mut body = response.into_body();
    if body.size_hint().lower() > limits.max_bytes {
        return Err(peer.too_large(limits.max_bytes));
    }
    let mut decoder = BodyDecoder::new(coding, limits);
    while let Some(piece) = next_piece(&mut body, peer).await? {
        decoder.push(&piece).map_err(|fault| peer.fault(fault, limits))?;
    }
    decoder.finish().map_err(|fault| peer.fault(fault, limits))?;
    Ok(decoder.into_bytes())
}

/// Reads the beginning of a body, as far as it comes.
pub(crate) async fn read_beginning(
    response: Response<Incoming>,
    limits: BodyLimits,
    peer: Peer<'_>,
) -> Vec<u8> {
    let Ok(coding) = coding(response.headers(), peer) else { return Vec::new() };
    let mut body = response.into_body();
    let mut decoder = BodyDecoder::new(coding, limits);
    // Its status says more than that the rest came too late.
    let _ = timeout_at(peer.deadline, async {
        while let Ok(Some(piece)) = next_piece(&mut body, peer).await {
            if decoder.push(&piece).is_err() {
                break;
            }
        }
    })
    .await;
    // What an unfinished coding holds back.
    let _ = decoder.finish();
    decoder.into_bytes()
}

async fn next_piece(body: &mut Incoming, peer: Peer<'_>) -> Result<Option<Bytes>> {
    loop {
        match timeout(peer.idle_time, body.frame()).await {
            Err(_) => return Err(peer.idle()),
            Ok(None) => return Ok(None),
            Ok(Some(Err(error))) => return Err(peer.broken(&error)),
            // Trailers are passed over.
            Ok(Some(Ok(frame))) => {
                if let Ok(piece) = frame.into_data() {
                    return Ok(Some(piece));
                }
            }
        }
    }
}

/// The coding of a body: none, or gzip once.
fn coding(headers: &HeaderMap, peer: Peer<'_>) -> Result<ContentCoding> {
    let mut codings = headers.get_all(CONTENT_ENCODING).iter();
    let (Some(first), None) = (codings.next(), codings.next()) else {
        return if headers.contains_key(CONTENT_ENCODING) {
            Err(Error::MediaType { host: peer.host.to_owned(), found: "a body coded twice".to_owned() })
        } else {
            Ok(ContentCoding::Identity)
        };
    };
    let name = String::from_utf8_lossy(first.as_bytes()).trim().to_ascii_lowercase();
    match name.as_str() {
        "" | "identity" => Ok(ContentCoding::Identity),
        "gzip" | "x-gzip" => Ok(ContentCoding::Gzip),
        other => {
            let found = format!("a body coded as {}", plain_text::shorten(&plain_text::one_line(other), 40));
            Err(Error::MediaType { host: peer.host.to_owned(), found })
        }
    }
}
