//! From an HTTP request to an answer.

use std::net::IpAddr;

use actix_web::http::{Method, StatusCode, header};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use async_graphql::parser::types::OperationType;

use crate::ErrorCode as Code;
use crate::bearer;
use crate::engine::Engine;
use crate::execution::execute::{self, Prepared};
use crate::execution::response_cache::{CacheKey, CachedResponse};
use crate::host::{Host, Unavailable};
use crate::quota::Budget;
use crate::report::OperationReport;
use crate::transport::http::accept::{MediaType, negotiate};
use crate::transport::http::body::{BodyError, read as read_body};
use crate::transport::http::charset;
use crate::transport::http::respond::{answer, body, bytes, refuse, too_many_streams, write};
use crate::transport::params::{self, Parameters};
use crate::transport::response::GraphqlResponse;
use crate::transport::sse;

/// The maximum size of a request, in bytes.
const MAX_BODY: usize = 100_000;

/// `POST /graphql`.
pub async fn post<H: Host>(request: HttpRequest, payload: Payload, engine: Data<Engine<H>>) -> HttpResponse {
    let Some(media_type) = negotiate(&request) else { return not_acceptable() };
    if !is_json(&request) {
        let message = "Send application/json in UTF-8.";
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, media_type, Code::BadRequest, message);
    }
    let body = match read_body(payload, MAX_BODY).await {
        Ok(body) => body,
        Err(error) => {
            let message = match error {
                BodyError::TooLarge => format!("A request body has at most {MAX_BODY} bytes."),
                error => format!("The request body {error}."),
            };
            return refuse(error.status(), media_type, Code::BadRequest, &message);
        }
    };
    let key = CacheKey::Post(body.clone());
    respond(&request, &engine, media_type, key, || params::from_body(&body)).await
}

/// `GET /graphql`, and HEAD: queries, and subscriptions as a stream of events.
pub async fn get<H: Host>(request: HttpRequest, engine: Data<Engine<H>>) -> HttpResponse {
    let Some(media_type) = negotiate(&request) else { return not_acceptable() };
    let query_string = request.query_string();
    let key = CacheKey::Get(Bytes::copy_from_slice(query_string.as_bytes()));
    respond(&request, &engine, media_type, key, || params::from_query_string(query_string)).await
}

/// Any other method.
pub async fn other() -> HttpResponse {
    HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, "GET, HEAD, POST")).finish()
}

fn not_acceptable() -> HttpResponse {
    let message = "Accept must allow application/json or application/graphql-response+json in UTF-8, or text/event-stream for subscriptions and POST.";
    refuse(StatusCode::NOT_ACCEPTABLE, MediaType::Json, Code::BadRequest, message)
}

/// Only JSON: a form of another site can send everything else without asking. RFC 8259 section 8.1.
fn is_json(request: &HttpRequest) -> bool {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let encoding = header(header::CONTENT_ENCODING).unwrap_or("identity");
    let mut parts = header(header::CONTENT_TYPE).unwrap_or_default().split(';').map(str::trim);
    parts.next().is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json"))
        && encoding.eq_ignore_ascii_case("identity")
        && charset::are_utf8(parts)
}

/// The response that is kept under the key, or else a new one, which is kept if it may be.
///
/// Always: a token is looked up only for a request that is well-formed.
async fn respond<H: Host>(
    request: &HttpRequest,
    engine: &Data<Engine<H>>,
    media_type: MediaType,
    key: CacheKey,
    parameters: impl FnOnce() -> Result<Parameters, String>,
) -> HttpResponse {
    let token = bearer::token_of(request);
    let is_kept = token.is_none() && media_type != MediaType::EventStream;
    if is_kept {
        let kept = engine.responses.find(&key);
        engine.host.on_cache_lookup(kept.is_some());
        if let Some(kept) = kept {
            return respond_cached(request, engine, media_type, kept).await;
        }
    }
    let parameters = match parameters() {
        Ok(parameters) => parameters,
        Err(message) => return refuse(StatusCode::BAD_REQUEST, media_type, Code::BadRequest, &message),
    };
    let caller = match identify(engine, media_type, token).await {
        Ok(caller) => caller,
        Err(refused) => return refused,
    };
    if media_type == MediaType::EventStream {
        let client = engine.host.client_address(request);
        return stream(request, engine, caller, client, parameters);
    }
    execute(request, engine, media_type, &caller, parameters, is_kept.then_some(key)).await
}

/// A response that was kept, to a caller without a token.
async fn respond_cached<H: Host>(
    request: &HttpRequest,
    engine: &Engine<H>,
    media_type: MediaType,
    kept: CachedResponse,
) -> HttpResponse {
    let caller = match identify(engine, media_type, None).await {
        Ok(caller) => caller,
        Err(refused) => return refused,
    };
    match engine.host.charge(&caller, engine.host.client_address(request), kept.cost) {
        Ok(budget) => {
            let name = kept.name.as_deref();
            execute::record_on_span(name, kept.cost);
            engine.host.on_operation(&OperationReport::cached(name));
            with_budget(body(StatusCode::OK, media_type, kept.body), budget)
        }
        Err(budget) => too_soon(media_type, budget),
    }
}

/// The caller whom the token names.
///
/// # Errors
/// The response, if it names nobody, or that cannot be found out now.
async fn identify<H: Host>(
    engine: &Engine<H>,
    media_type: MediaType,
    token: Option<String>,
) -> Result<H::Caller, HttpResponse> {
    match engine.host.identify(token).await {
        Ok(Some(caller)) => Ok(caller),
        Ok(None) => Err(unauthenticated(media_type)),
        Err(Unavailable) => {
            let message = "The service is not available right now.";
            Err(refuse(StatusCode::SERVICE_UNAVAILABLE, media_type, Code::Unavailable, message))
        }
    }
}

fn unauthenticated(media_type: MediaType) -> HttpResponse {
    let message = "The token is not valid.";
    let mut response = refuse(StatusCode::UNAUTHORIZED, media_type, Code::Unauthenticated, message);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
    response
}

/// The responses of an operation as events.
fn stream<H: Host>(
    request: &HttpRequest,
    engine: &Data<Engine<H>>,
    caller: H::Caller,
    client: IpAddr,
    parameters: Parameters,
) -> HttpResponse {
    let media_type = MediaType::EventStream;
    if let Err(message) = engine.host.check_origin(request) {
        return refuse(StatusCode::FORBIDDEN, media_type, Code::Forbidden, &message);
    }
    let Some(open) = engine.host.open_stream(client) else { return too_many_streams() };
    let prepared = execute::prepare(engine, parameters);
    // EventSource of browsers knows no POST. What is not a subscription has one response, which a cache may keep.
    let is_other = |prepared: &Prepared| prepared.kind() != OperationType::Subscription;
    if request.method() == Method::GET && prepared.as_ref().is_ok_and(is_other) {
        return not_acceptable();
    }
    sse::respond(engine.clone(), caller, client, prepared, open)
}

async fn execute<H: Host>(
    request: &HttpRequest,
    engine: &Data<Engine<H>>,
    media_type: MediaType,
    caller: &H::Caller,
    parameters: Parameters,
    key: Option<CacheKey>,
) -> HttpResponse {
    let client = engine.host.client_address(request);
    let prepared = match execute::prepare(engine, parameters) {
        Ok(prepared) => prepared,
        Err(refusal) => {
            return match engine.host.charge(caller, client, engine.guard.prices().refusal) {
                Ok(budget) => with_budget(answer(media_type, &refusal), budget),
                Err(budget) => too_soon(media_type, budget),
            };
        }
    };
    if let Some(refused) = refuse_kind(request, engine, media_type, prepared.kind()) {
        return refused;
    }
    let budget = match engine.host.charge(caller, client, prepared.cost()) {
        Ok(budget) => budget,
        Err(budget) => return too_soon(media_type, budget),
    };
    let (begun, name, cost) = (engine.responses.begin(), prepared.name(), prepared.cost());
    let response = match prepared.run(engine, caller, client).await {
        Ok(done) => {
            let key = key.filter(|_| done.is_public && done.response.errors().is_empty());
            match key.zip(bytes(&done.response)) {
                Some((key, bytes)) => {
                    let response = CachedResponse { body: bytes.clone(), name, cost, begun };
                    engine.responses.keep(key, response);
                    body(StatusCode::OK, media_type, bytes)
                }
                None => answer(media_type, &done.response),
            }
        }
        Err(timed_out) => write(StatusCode::SERVICE_UNAVAILABLE, media_type, &timed_out),
    };
    with_budget(response, budget)
}

/// Refuses an operation of a kind that this request may not bring.
fn refuse_kind<H: Host>(
    request: &HttpRequest,
    engine: &Engine<H>,
    media_type: MediaType,
    kind: OperationType,
) -> Option<HttpResponse> {
    if request.method() != Method::POST && kind != OperationType::Query {
        let message = "Only queries can be sent by GET.";
        let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, media_type, Code::BadRequest, message);
        response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST"));
        return Some(response);
    }
    match kind {
        OperationType::Query => None,
        OperationType::Mutation => {
            let message = engine.host.check_origin(request).err()?;
            Some(refuse(StatusCode::FORBIDDEN, media_type, Code::Forbidden, &message))
        }
        OperationType::Subscription => {
            let message = "A subscription has more than one response: send Accept: text/event-stream, or open a \
                           WebSocket with the subprotocol graphql-transport-ws.";
            Some(refuse(StatusCode::BAD_REQUEST, media_type, Code::BadRequest, message))
        }
    }
}

fn too_soon(media_type: MediaType, budget: Budget) -> HttpResponse {
    let response = write(StatusCode::TOO_MANY_REQUESTS, media_type, &GraphqlResponse::too_soon(budget));
    with_budget(response, Some(budget))
}

/// Says what is left: draft-ietf-httpapi-ratelimit-headers, and Retry-After (RFC 9110 section 10.2.3).
fn with_budget(mut response: HttpResponse, budget: Option<Budget>) -> HttpResponse {
    let Some(budget) = budget else { return response };
    let mut headers = vec![
        ("ratelimit-policy", format!("\"points\";q={};w={}", budget.limit, budget.window)),
        ("ratelimit", format!("\"points\";r={};t={}", budget.remaining, budget.retry_after)),
    ];
    if budget.retry_after > 0 {
        headers.push(("retry-after", budget.retry_after.to_string()));
    }
    for (name, value) in headers {
        if let Ok(value) = header::HeaderValue::try_from(value) {
            response.headers_mut().insert(header::HeaderName::from_static(name), value);
        }
    }
    response
}
