//! From an HTTP request to an answer.

use actix_web::http::{Method, StatusCode, header};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use async_graphql::parser::types::OperationType;

use crate::auth::{self, Caller};
use crate::body;
use crate::graphql::answer::Answer;
use crate::graphql::cache::Question;
use crate::graphql::context::RequestContext;
use crate::graphql::error::Code;
use crate::graphql::execute::{self, Prepared};
use crate::graphql::parameters::{self, Parameters};
use crate::graphql::sse;
use crate::limits::Budget;
use crate::media_type;
use crate::same_origin::ForeignPage;
use crate::state::ApiState;

use super::accept::{MediaType, negotiate};
use super::respond::{answer, body, octets, refuse, too_many_streams, write};

/// Octets of a body.
const MAX_BODY: usize = 100_000;

/// `POST /graphql`.
pub async fn post(request: HttpRequest, payload: Payload, state: Data<ApiState>) -> HttpResponse {
    let Some(media_type) = negotiate(&request) else { return not_acceptable() };
    if !is_json(&request) {
        let message = "Send application/json in UTF-8.";
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, media_type, Code::BadRequest, message);
    }
    let body = match body::read(payload, MAX_BODY).await {
        Ok(body) => body,
        Err(status) => {
            let message = match status {
                StatusCode::PAYLOAD_TOO_LARGE => format!("A body has at most {MAX_BODY} octets."),
                StatusCode::REQUEST_TIMEOUT => "The body took too long to come.".to_owned(),
                _ => "The body broke off.".to_owned(),
            };
            return refuse(status, media_type, Code::BadRequest, &message);
        }
    };
    let body = body.freeze();
    let question = Question::Post(body.clone());
    respond(&request, &state, media_type, question, || parameters::from_body(&body)).await
}

/// `GET /graphql`, and HEAD: queries, and subscriptions as a stream of events.
pub async fn get(request: HttpRequest, state: Data<ApiState>) -> HttpResponse {
    let Some(media_type) = negotiate(&request) else { return not_acceptable() };
    let query_string = request.query_string();
    let question = Question::Get(Bytes::copy_from_slice(query_string.as_bytes()));
    respond(&request, &state, media_type, question, || parameters::from_query_string(query_string)).await
}

/// Any other method.
pub async fn other() -> HttpResponse {
    HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, "GET, HEAD, POST")).finish()
}

fn not_acceptable() -> HttpResponse {
    let message = "Answers are application/json or application/graphql-response+json in UTF-8, and \
                   text/event-stream for subscriptions and for what is posted.";
    refuse(StatusCode::NOT_ACCEPTABLE, MediaType::Json, Code::BadRequest, message)
}

/// Only JSON: a form of another site can send everything else without asking. RFC 8259 section 8.1.
fn is_json(request: &HttpRequest) -> bool {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let encoding = header(header::CONTENT_ENCODING).unwrap_or("identity");
    let mut parts = header(header::CONTENT_TYPE).unwrap_or_default().split(';').map(str::trim);
    parts.next().is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json"))
        && encoding.eq_ignore_ascii_case("identity")
        && media_type::are_utf8(parts)
}

/// The answer that is kept for the question, or else a new one, which is kept if it may be.
async fn respond(
    request: &HttpRequest,
    state: &Data<ApiState>,
    media_type: MediaType,
    question: Question,
    parameters: impl FnOnce() -> Result<Parameters, String>,
) -> HttpResponse {
    let token = auth::token_of(request);
    let is_kept = token.is_none() && media_type != MediaType::EventStream;
    if let Some(kept) = Some(&question).filter(|_| is_kept).and_then(|question| state.answers.find(question))
    {
        return match state.limits.charge(None, state.client_address(request), kept.cost) {
            Ok(budget) => with_budget(body(StatusCode::OK, media_type, kept.body), budget),
            Err(budget) => too_soon(media_type, budget),
        };
    }
    match parameters() {
        Ok(parameters) => {
            execute(request, state, media_type, token, parameters, is_kept.then_some(question)).await
        }
        Err(message) => refuse(StatusCode::BAD_REQUEST, media_type, Code::BadRequest, &message),
    }
}

async fn execute(
    request: &HttpRequest,
    state: &Data<ApiState>,
    media_type: MediaType,
    token: Option<String>,
    parameters: Parameters,
    question: Option<Question>,
) -> HttpResponse {
    let caller = match Caller::identify(&state.services, token).await {
        Ok(Some(caller)) => caller,
        Ok(None) => {
            let message = "The token is not valid.";
            let mut response = refuse(StatusCode::UNAUTHORIZED, media_type, Code::Unauthenticated, message);
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, header::HeaderValue::from_static("Bearer"));
            return response;
        }
        Err(error) => {
            tracing::error!(%error, "a token could not be looked up");
            let message = "The service is not available right now.";
            return refuse(StatusCode::SERVICE_UNAVAILABLE, media_type, Code::Unavailable, message);
        }
    };
    if media_type == MediaType::EventStream {
        if let Err(foreign) = state.check_graphql_origin(request) {
            return forbidden(media_type, &foreign);
        }
        let client = state.client_address(request);
        let Some(open) = state.limits.open_stream(client) else { return too_many_streams() };
        let prepared = execute::prepare(state, parameters);
        // EventSource of browsers knows no POST. What is no subscription has one answer, which a cache may keep.
        let is_other = |prepared: &Prepared| prepared.kind() != OperationType::Subscription;
        if request.method() == Method::GET && prepared.as_ref().is_ok_and(is_other) {
            return not_acceptable();
        }
        return sse::respond(state.clone(), caller, client, prepared, open);
    }
    let context = RequestContext {
        services: state.services.clone(),
        viewer: caller.viewer().cloned(),
        client: state.client_address(request),
    };
    let prepared = match execute::prepare(state, parameters) {
        Ok(prepared) => prepared,
        Err(refusal) => {
            return match context.charge_refusal(state) {
                Ok(budget) => with_budget(answer(media_type, &refusal), budget),
                Err(budget) => too_soon(media_type, budget),
            };
        }
    };
    let kind = prepared.kind();
    if request.method() != Method::POST && kind != OperationType::Query {
        let message = "Only queries are taken by GET.";
        let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, media_type, Code::BadRequest, message);
        response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST"));
        return response;
    }
    if kind == OperationType::Mutation
        && let Err(foreign) = state.check_graphql_origin(request)
    {
        return forbidden(media_type, &foreign);
    }
    if kind == OperationType::Subscription {
        let message = "A subscription has more than one answer: send Accept: text/event-stream, or open a \
                       WebSocket with the subprotocol graphql-transport-ws.";
        return refuse(StatusCode::BAD_REQUEST, media_type, Code::BadRequest, message);
    }
    let budget = match prepared.charge(state, &context) {
        Ok(budget) => budget,
        Err(budget) => return too_soon(media_type, budget),
    };
    let question = question.filter(|_| prepared.is_public_query());
    let (begun, cost) = (state.answers.begin(), prepared.cost());
    let response = match prepared.run(state, context).await {
        Ok(done) => match question.filter(|_| done.errors().is_empty()).zip(octets(&done)) {
            Some((question, octets)) => {
                state.answers.keep(question, begun, octets.clone(), cost);
                body(StatusCode::OK, media_type, octets)
            }
            None => answer(media_type, &done),
        },
        Err(timed_out) => write(StatusCode::SERVICE_UNAVAILABLE, media_type, &timed_out),
    };
    with_budget(response, budget)
}

/// The answer to a page of another site that would change something.
fn forbidden(media_type: MediaType, foreign: &ForeignPage) -> HttpResponse {
    refuse(StatusCode::FORBIDDEN, media_type, Code::Forbidden, &foreign.to_string())
}

fn too_soon(media_type: MediaType, budget: Budget) -> HttpResponse {
    let response = write(StatusCode::TOO_MANY_REQUESTS, media_type, &Answer::too_soon(budget));
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
