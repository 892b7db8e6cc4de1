//! From an HTTP request to an answer.

use std::time::Duration;

use actix_web::http::{Method, StatusCode, header};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response, ServerError};
use tokio::time::timeout;

use crate::auth::{self, Identity};
use crate::body;
use crate::graphql::context::RequestContext;
use crate::graphql::error::Code;
use crate::graphql::guard::{self, Refusal};
use crate::graphql::loaders::Loader;
use crate::state::ApiState;

use super::accept::{MediaType, negotiate};
use super::complete::complete;
use super::parameters::{self, Parameters};
use super::respond::{answer, refuse};

/// Octets of a body.
const MAX_BODY: usize = 100_000;

/// How long an operation may take.
const DEADLINE: Duration = Duration::from_secs(10);

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
    match parameters::from_body(&body) {
        Ok(parameters) => execute(&request, &state, media_type, parameters).await,
        Err(message) => refuse(StatusCode::BAD_REQUEST, media_type, Code::BadRequest, &message),
    }
}

/// `GET /graphql`: queries only.
pub async fn get(request: HttpRequest, state: Data<ApiState>) -> HttpResponse {
    let Some(media_type) = negotiate(&request) else { return not_acceptable() };
    match parameters::from_query_string(request.query_string()) {
        Ok(parameters) => execute(&request, &state, media_type, parameters).await,
        Err(message) => refuse(StatusCode::BAD_REQUEST, media_type, Code::BadRequest, &message),
    }
}

/// Any other method.
pub async fn other() -> HttpResponse {
    HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, "GET, POST")).finish()
}

fn not_acceptable() -> HttpResponse {
    let message = "Answers are application/json or application/graphql-response+json in UTF-8.";
    refuse(StatusCode::NOT_ACCEPTABLE, MediaType::Json, Code::BadRequest, message)
}

/// Only JSON: a form of another site can send everything else without asking. RFC 8259 section 8.1.
fn is_json(request: &HttpRequest) -> bool {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let encoding = header(header::CONTENT_ENCODING).unwrap_or("identity");
    let mut parts = header(header::CONTENT_TYPE).unwrap_or_default().split(';').map(str::trim);
    parts.next().is_some_and(|media_type| media_type.eq_ignore_ascii_case("application/json"))
        && encoding.eq_ignore_ascii_case("identity")
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
                value.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            _ => true,
        })
}

async fn execute(
    request: &HttpRequest,
    state: &ApiState,
    media_type: MediaType,
    parameters: Parameters,
) -> HttpResponse {
    let viewer = match auth::identify(request, &state.services).await {
        Ok(Identity::Nobody) => None,
        Ok(Identity::Viewer(viewer)) => Some(viewer),
        Ok(Identity::Unknown) => {
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
    if parameters.query.len() > guard::MAX_DOCUMENT {
        let message = format!("A document has at most {} octets.", guard::MAX_DOCUMENT);
        return answer(media_type, refused(Refusal::TooComplex(message)));
    }
    let document = match async_graphql::parser::parse_query(&parameters.query) {
        Ok(document) => document,
        Err(error) => return answer(media_type, Response::from_errors(vec![error.into()])),
    };
    let name = parameters.operation_name.as_deref();
    let admitted = match guard::admit(&state.types, document, name, &parameters.variables) {
        Ok(admitted) => admitted,
        Err(refusal) => return answer(media_type, refused(refusal)),
    };
    let kind = admitted.operation.as_ref().map(|operation| operation.ty);
    if request.method() == Method::GET && !matches!(kind, Some(OperationType::Query) | None) {
        let message = "Only queries are taken by GET.";
        let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, media_type, Code::BadRequest, message);
        response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST"));
        return response;
    }
    let client = state.client_address(request);
    let mut operation = Request::new(String::new())
        .variables(parameters.variables)
        .data(RequestContext { viewer, client })
        .data(Loader::for_request(state.services.clone()));
    if let Some(name) = parameters.operation_name {
        operation = operation.operation_name(name);
    }
    operation.set_parsed_query(admitted.document);
    if let Ok(mut response) = timeout(DEADLINE, state.schema.execute(operation)).await {
        let was_executed =
            response.errors.is_empty() || response.errors.iter().any(|error| !error.path.is_empty());
        if let (Some(operation), true) = (&admitted.operation, was_executed) {
            response.data = complete(&state.types, operation, response.data, &response.errors);
        }
        answer(media_type, response)
    } else {
        tracing::warn!("an operation exceeded its deadline");
        let message = format!("The operation took more than {} s.", DEADLINE.as_secs());
        refuse(StatusCode::SERVICE_UNAVAILABLE, media_type, Code::Timeout, &message)
    }
}

/// A refusal as the answer of a request that was not executed.
fn refused(refusal: Refusal) -> Response {
    let error = match refusal {
        Refusal::Invalid(message) => Code::BadRequest.error(message),
        Refusal::TooComplex(message) => Code::TooComplex.error(message),
    };
    let error = error.into_server_error(async_graphql::Pos::default());
    Response::from_errors(vec![ServerError { locations: Vec::new(), ..error }])
}
