//! The outermost middleware: gives each request an id and a span, and measures it.
//!
//! The id is the one that the request brings in `X-Request-Id`, if it is a sane one, and stands in every response; a
//! trace that it belongs to is the one of its `traceparent` (W3C Trace Context). What is found out later, such as who
//! asks, is recorded on the span if it is found out: [`record_viewer`].
//!
//! Always: the labels are bounded. A route is its pattern, never the address that was asked for; an address that no route
//! has, and a request that was refused before any route was looked for, are `unmatched`. The span names people by id only.

use std::pin::pin;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use opentelemetry::global;
use opentelemetry::propagation::Extractor;
use tracing::field::Empty;
use tracing::{Instrument as _, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use crate::http_metrics;

/// The header that carries the id of a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The header that names the trace that a request belongs to.
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Characters of an id that a request may bring.
const MAX_REQUEST_ID: usize = 128;

/// The route of requests that met none.
const UNMATCHED: &str = "unmatched";

/// Serves a request within its span.
pub(crate) async fn observe<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> actix_web::Result<ServiceResponse<B>> {
    let (began, method) = (Instant::now(), method_label(request.method()));
    let id = request_id(request.headers());
    // At the highest level, so that lines of every level have the id.
    let span = tracing::error_span!(
        "request",
        request.id = id.to_str().unwrap_or_default(),
        http.request.method = method,
        graphql.operation.name = Empty,
        graphql.operation.cost = Empty,
        viewer.id = Empty,
    );
    if request.headers().contains_key(TRACEPARENT) {
        let parent =
            global::get_text_map_propagator(|propagator| propagator.extract(&Headers(request.headers())));
        // Without an endpoint for spans there is no trace to belong to.
        let _ = span.set_parent(parent);
    }
    let mut call = pin!(next.call(request).instrument(span));
    let mut response = call.as_mut().await?;
    response.headers_mut().insert(REQUEST_ID, id);
    let pattern = response.request().match_pattern();
    let (route, status) = (pattern.as_deref().unwrap_or(UNMATCHED), response.status());
    http_metrics::count(route, method, status, began.elapsed());
    // Attributes, not fields: they are for a collector. What is logged after this, such as by a socket, has the id.
    let span = call.span();
    span.set_attribute("http.response.status_code", i64::from(status.as_u16()));
    span.set_attribute("http.route", pattern.unwrap_or_else(|| UNMATCHED.to_owned()));
    Ok(response)
}

/// Says on the span of the request who asks.
pub(crate) fn record_viewer(user_id: i64) {
    Span::current().record("viewer.id", user_id);
}

/// The id that a request brings, or a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let brought = headers.get(REQUEST_ID).filter(|id| is_sane(id.as_bytes()));
    let new = || HeaderValue::try_from(domain::random::name()).unwrap_or(HeaderValue::from_static("unknown"));
    brought.cloned().unwrap_or_else(new)
}

fn is_sane(id: &[u8]) -> bool {
    let is_usual = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=MAX_REQUEST_ID).contains(&id.len()) && id.iter().all(is_usual)
}

/// The method, if it is one that clients use here.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// The headers of a request, as OpenTelemetry reads them.
struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_request_ids_are_accepted() {
        let longest = "a".repeat(MAX_REQUEST_ID);
        for id in ["a", "01J9-ZK_5.x", longest.as_str()] {
            assert!(is_sane(id.as_bytes()), "{id}");
        }
        let too_long = "a".repeat(MAX_REQUEST_ID + 1);
        for id in ["", "a b", "a\"b", "a{b}", "é", too_long.as_str()] {
            assert!(!is_sane(id.as_bytes()), "{id}");
        }
    }
}
