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

use crate::auth::Caller;
use crate::limits::OpenStream;
use crate::state::ApiState;

use super::answer::Answer;
use super::context::RequestContext;
use super::error::Code;
use super::execute::Prepared;

/// How long a stream is silent at most, so that nothing in between takes it for dead.
const SILENCE: TimeDelta = TimeDelta::seconds(12);

/// A line that says nothing.
const COMMENT: &str = ":\n\n";

/// The last event. The empty line of data is there because browsers pass on no event without.
const COMPLETE: &str = "event: complete\ndata:\n\n";

/// A stream under way.
struct Streaming {
    state: Data<ApiState>,
    caller: Caller,
    answers: BoxStream<'static, Answer>,
    written_at: DateTime<Utc>,
    _open: OpenStream,
}

/// The answers of an operation as events, or why it is not executed.
pub(super) fn respond(
    state: Data<ApiState>,
    caller: Caller,
    client: IpAddr,
    prepared: Result<Prepared, Answer>,
    open: OpenStream,
) -> HttpResponse {
    let context =
        RequestContext { services: state.services.clone(), viewer: caller.viewer().cloned(), client };
    let charged = match &prepared {
        Ok(prepared) => prepared.charge(&state, &context),
        Err(_) => context.charge_refusal(&state),
    };
    let answers = match (prepared, charged) {
        (_, Err(budget)) => stream::iter([Answer::too_soon(budget)]).boxed(),
        (Ok(prepared), Ok(_)) => prepared.stream(state.clone(), context),
        (Err(refusal), Ok(_)) => stream::iter([refusal]).boxed(),
    };
    let written_at = state.services.now();
    let streaming = Streaming { state, caller, answers, written_at, _open: open };
    let octets = stream::unfold(Some(streaming), |streaming| async move { streaming?.next().await });
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        // Compression would hold events back, and so would nginx.
        .insert_header((header::CONTENT_ENCODING, "identity"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(octets.map(Ok::<_, std::convert::Infallible>))
}

impl Streaming {
    /// The next octets, and the stream that goes on, if it does. Where the process ends there is no last event:
    /// the client is to come again.
    async fn next(mut self) -> Option<(Bytes, Option<Self>)> {
        let state = self.state.clone();
        loop {
            let silent_until = self.written_at + SILENCE;
            let wake_at = self.caller.due_at().map_or(silent_until, |due_at| due_at.min(silent_until));
            let answer = tokio::select! {
                () = state.stop.cancelled() => return None,
                answer = self.answers.next() => Some(answer),
                () = state.services.clock.sleep_until(wake_at) => None,
            };
            if !self.caller.is_believed(&state.services).await {
                let refusal = Answer::refusal(Code::Unauthenticated, "The token is no longer valid.");
                return Some((Bytes::from(event(&refusal) + COMPLETE), None));
            }
            let now = state.services.now();
            let octets = match answer {
                Some(Some(answer)) => event(&answer).into(),
                Some(None) => return Some((Bytes::from_static(COMPLETE.as_bytes()), None)),
                None if now < silent_until => continue,
                None => Bytes::from_static(COMMENT.as_bytes()),
            };
            self.written_at = now;
            return Some((octets, Some(self)));
        }
    }
}

/// An answer as an event. JSON has no line breaks of its own.
fn event(answer: &Answer) -> String {
    match serde_json::to_string(answer) {
        Ok(json) => format!("event: next\ndata: {json}\n\n"),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            String::new()
        }
    }
}
