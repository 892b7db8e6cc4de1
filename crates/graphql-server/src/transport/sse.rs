//! GraphQL over server-sent events, each operation on a connection of its own.
//!
//! <https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md>, distinct connections mode. What is wrong
//! with a document comes as an event too, because a client that asked for a stream cannot read anything else.
//! Answers are made when the connection has room for them, so a client that does not read fills nothing.

use std::net::IpAddr;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use chrono::{DateTime, TimeDelta, Utc};
use futures::stream::{self, BoxStream, StreamExt as _};

use crate::ErrorCode as Code;
use crate::engine::Engine;
use crate::execution::execute::Prepared;
use crate::host::{self, Host};
use crate::quota::OpenStream;
use crate::transport::response::GraphqlResponse;

/// How long a stream is silent at most, so that nothing in between takes it for dead.
const SILENCE: TimeDelta = TimeDelta::seconds(12);

/// A line that says nothing.
const COMMENT: &str = ":\n\n";

/// The last event. The empty line of data is there because browsers pass on no event without.
const COMPLETE: &str = "event: complete\ndata:\n\n";

/// A stream under way.
struct Streaming<H: Host> {
    engine: Data<Engine<H>>,
    caller: H::Caller,
    answers: BoxStream<'static, GraphqlResponse>,
    written_at: DateTime<Utc>,
    _open: OpenStream,
}

/// The answers of an operation as events, or why it is not executed.
pub(crate) fn respond<H: Host>(
    engine: Data<Engine<H>>,
    caller: H::Caller,
    client: IpAddr,
    prepared: Result<Prepared, GraphqlResponse>,
    open: OpenStream,
) -> HttpResponse {
    let points = prepared.as_ref().map_or(engine.guard.prices().refusal, Prepared::cost);
    let charged = engine.host.charge(&caller, client, points);
    let answers = match (prepared, charged) {
        (_, Err(budget)) => stream::iter([GraphqlResponse::too_soon(budget)]).boxed(),
        (Ok(prepared), Ok(_)) => prepared.stream(engine.clone(), caller.clone(), client),
        (Err(refusal), Ok(_)) => stream::iter([refusal]).boxed(),
    };
    let written_at = engine.host.now();
    let streaming = Streaming { engine, caller, answers, written_at, _open: open };
    let bytes = stream::unfold(Some(streaming), |streaming| async move { streaming?.next().await });
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Compression would hold events back, and so would nginx.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(bytes.map(Ok::<_, std::convert::Infallible>))
}

impl<H: Host> Streaming<H> {
    /// The next bytes, and the stream that goes on, if it does. If the process ends there is no last event:
    /// the client is to come again.
    async fn next(mut self) -> Option<(Bytes, Option<Self>)> {
        let engine = self.engine.clone();
        loop {
            let silent_until = self.written_at + SILENCE;
            let wake_at =
                engine.host.recheck_at(&self.caller).map_or(silent_until, |due_at| due_at.min(silent_until));
            let answer = tokio::select! {
                () = engine.host.stop().cancelled() => return None,
                answer = self.answers.next() => Some(answer),
                () = engine.host.sleep_until(wake_at) => None,
            };
            if !host::is_still_valid(&engine.host, &mut self.caller).await {
                let refusal =
                    GraphqlResponse::refusal(Code::Unauthenticated, "The token is no longer valid.");
                return Some((Bytes::from(event(&refusal) + COMPLETE), None));
            }
            let now = engine.host.now();
            let bytes = match answer {
                Some(Some(answer)) => event(&answer).into(),
                Some(None) => return Some((Bytes::from_static(COMPLETE.as_bytes()), None)),
                None if now < silent_until => continue,
                None => Bytes::from_static(COMMENT.as_bytes()),
            };
            self.written_at = now;
            return Some((bytes, Some(self)));
        }
    }
}

/// An answer as an event. JSON has no line breaks of its own.
fn event(answer: &GraphqlResponse) -> String {
    match serde_json::to_string(answer) {
        Ok(json) => format!("event: next\ndata: {json}\n\n"),
        Err(error) => {
            tracing::error!(%error, "a response could not be serialized");
            String::new()
        }
    }
}
