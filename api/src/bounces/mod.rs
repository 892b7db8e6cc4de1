//! `POST /mail/bounces`: bounces from mail servers that have no pipe to `daily-papers bounce`, and notices from mail
//! services.
//!
//! The body is the message as it came, `message/rfc822`, and `?recipient=` the address that it came to; or JSON of a
//! service ([`notices`]). The token of the setting `bounce_token` goes in Authorization, as a bearer token (RFC 6750)
//! or as the password of a name (RFC 7617), which is all that some services have for it; a service whose key is set
//! signs instead. Without any of these settings there is no such address. 503 asks for the message to be sent again.

mod amazon;
mod notices;

use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Payload, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use domain::bounces::notices::signed::{MailgunKey, SendGridKey};
use domain::bounces::{self, BounceIntake, MAX_MESSAGE};
use domain::entity::enums::BounceKind;
use graphql_server::transport::http::{BodyError, read_body};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::auth::BearerToken;
use crate::media_type;
use crate::resources::posted;
use crate::state::ApiState;

pub use amazon::Amazon;

/// Its route.
pub fn routes(config: &mut ServiceConfig) {
    config.service(posted("/mail/bounces", take));
}

/// The delay after which the sender should try again.
const RETRY_AFTER: Duration = Duration::from_mins(1);

/// Settings for the intake of returned mail.
#[derive(Clone, Debug, Default)]
pub struct BounceSettings {
    /// The token of a mail server or service.
    pub token: Option<BearerToken>,
    /// The key that SendGrid's notices are verified with.
    pub sendgrid: Option<SendGridKey>,
    /// The key that Mailgun's notices are verified with.
    pub mailgun: Option<MailgunKey>,
    /// The topic of Amazon SNS whose messages are believed if Amazon signed them.
    pub sns_topic: Option<String>,
}

impl BounceSettings {
    fn is_some(&self) -> bool {
        self.token.is_some() || self.verifies_signatures()
    }

    fn verifies_signatures(&self) -> bool {
        self.sendgrid.is_some() || self.mailgun.is_some() || self.sns_topic.is_some()
    }

    fn knows(&self, request: &HttpRequest) -> bool {
        self.token.as_ref().is_some_and(|token| token.is_of(request) || token.is_password_of(request))
    }
}

/// The query string.
#[derive(Debug, Deserialize)]
pub struct BounceQuery {
    /// The address that the message came to.
    recipient: Option<String>,
}

/// `POST /mail/bounces`.
pub async fn take(
    request: HttpRequest,
    state: Data<ApiState>,
    asked: Query<BounceQuery>,
    payload: Payload,
) -> HttpResponse {
    let settings = &state.bounces;
    if !settings.is_some() {
        return answer(StatusCode::NOT_FOUND, json!({ "error": "bounce_token is not set" }));
    }
    let is_known = settings.knows(&request);
    let is_notice = match media_type::of(&request).as_str() {
        "message/rfc822" => false,
        "application/json" => true,
        // Amazon SNS says so of its JSON.
        "text/plain" if request.headers().contains_key("x-amz-sns-message-type") => true,
        _ if !is_known => return unknown(),
        _ => {
            let error =
                "send a message as message/rfc822, or the notice of a mail service as application/json";
            return answer(StatusCode::UNSUPPORTED_MEDIA_TYPE, json!({ "error": error }));
        }
    };
    let may_be_signed = is_notice && settings.verifies_signatures();
    if !is_known && !may_be_signed {
        return unknown();
    }
    let message = match read_body(payload, MAX_MESSAGE).await {
        Ok(message) => message,
        Err(error) => {
            let problem = match error {
                BodyError::TooLarge => {
                    format!("the message is larger than {} MiB", MAX_MESSAGE / 1024 / 1024)
                }
                error => format!("the message {error}"),
            };
            return answer(error.status(), json!({ "error": problem }));
        }
    };
    if is_notice {
        return notices::take(&state, request.headers(), is_known, message).await;
    }
    match bounces::take(&state.services, asked.recipient.as_deref(), &message).await {
        Ok(BounceIntake::NotYet | BounceIntake::Busy) => again(),
        Ok(outcome) => answer(StatusCode::OK, told(outcome)),
        Err(error) => {
            tracing::error!(%error, "a bounce or complaint could not be recorded");
            again()
        }
    }
}

/// The answer to one who is not known.
fn unknown() -> HttpResponse {
    HttpResponse::Unauthorized()
        .insert_header((header::WWW_AUTHENTICATE, "Bearer"))
        .insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"bounces\""))
        .json(json!({ "error": "the bearer token or signature is missing or wrong" }))
}

fn told(outcome: BounceIntake) -> Value {
    match outcome {
        BounceIntake::New { kind, is_marked } => {
            json!({ "kind": name(kind), "marked": is_marked, "known": false })
        }
        BounceIntake::Known | BounceIntake::NotYet | BounceIntake::Busy => json!({ "known": true }),
    }
}

/// The kind as it stands in the database.
fn name(kind: BounceKind) -> Value {
    serde_json::to_value(kind).unwrap_or_default()
}

fn again() -> HttpResponse {
    HttpResponse::ServiceUnavailable()
        .insert_header((header::RETRY_AFTER, RETRY_AFTER.as_secs()))
        .json(json!({ "error": "the service is not available; send the message again later" }))
}

fn answer(status: StatusCode, body: Value) -> HttpResponse {
    HttpResponse::build(status).json(body)
}
