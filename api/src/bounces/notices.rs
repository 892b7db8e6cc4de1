//! Notices of mail services: their sender, their authenticity, and their intake one by one.

use std::sync::LazyLock;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;
use chrono::{DateTime, Utc};
use domain::bounces::notices::{Notice, Service, sns};
use domain::bounces::{self, BounceIntake};
use domain::offload::Offload;
use serde_json::{Value, json};

use crate::state::ApiState;

use super::{BounceSettings, again, answer, told, unknown};

/// The offload for parsing bodies and verifying signatures: two at once, while a few more wait.
static READERS: LazyLock<Offload> =
    LazyLock::new(|| Offload::new("notices", 2, 6, 2 * 1024 * 1024, Duration::from_secs(20)));

/// The headers that SendGrid signs by.
const SENDGRID: [&str; 2] =
    ["x-twilio-email-event-webhook-signature", "x-twilio-email-event-webhook-timestamp"];

/// A body that was read.
enum NoticesBody {
    /// The body is not JSON, or its sender is unknown.
    Nothing(&'static str),
    /// It may be anybody's.
    Unproved,
    /// The notices in it.
    Notices(Vec<Notice>),
    /// It is of Amazon, who still has to be asked.
    Amazon(Box<Value>),
}

/// Takes the notices of a body.
pub(super) async fn take(state: &ApiState, headers: &HeaderMap, is_known: bool, body: Bytes) -> HttpResponse {
    let header =
        |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let [signature, timestamp] = SENDGRID.map(header);
    let (settings, now) = (state.bounces.clone(), state.services.now());
    let work = move || read(&settings, now, is_known, &signature, &timestamp, &body);
    let notices = match READERS.run(work).await {
        Ok(NoticesBody::Notices(notices)) => notices,
        Ok(NoticesBody::Amazon(message)) => return amazon(state, is_known, *message).await,
        Ok(NoticesBody::Unproved) => return unknown(),
        Ok(NoticesBody::Nothing(error)) => return answer(StatusCode::BAD_REQUEST, json!({ "error": error })),
        Err(error) => {
            tracing::warn!(%error, "notices of a mail service could not be parsed");
            return again();
        }
    };
    take_all(state, notices).await
}

fn read(
    settings: &BounceSettings,
    now: DateTime<Utc>,
    is_known: bool,
    signature: &str,
    timestamp: &str,
    body: &[u8],
) -> NoticesBody {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        return NoticesBody::Nothing("the body is not valid JSON");
    };
    let Some(service) = Service::of(&value) else {
        return NoticesBody::Nothing(
            "the body is not a notice of Amazon SES or SNS, SendGrid, Mailgun or Postmark",
        );
    };
    // If a key is set, the token alone does not do: it stands in an address, which more people see.
    let is_proved = match service {
        Service::Sns => return NoticesBody::Amazon(Box::new(value)),
        Service::SendGrid => match &settings.sendgrid {
            Some(key) => key.has_signed(signature, timestamp, body),
            None => is_known,
        },
        Service::Mailgun => match &settings.mailgun {
            Some(key) => key.has_signed(&value, now),
            None => is_known,
        },
        Service::Ses | Service::Postmark => is_known,
    };
    if is_proved { NoticesBody::Notices(service.notices(&value)) } else { NoticesBody::Unproved }
}

/// Takes a message of Amazon SNS, or confirms its subscription.
async fn amazon(state: &ApiState, is_known: bool, message: Value) -> HttpResponse {
    let is_proved = match &state.bounces.sns_topic {
        Some(topic) if *topic != sns::topic(&message) => false,
        Some(_) => match state.amazon.has_signed(&message).await {
            Ok(is_signed) => is_signed,
            Err(error) => {
                tracing::warn!(%error, "the certificate of Amazon SNS could not be fetched");
                return again();
            }
        },
        None => is_known,
    };
    if !is_proved {
        return unknown();
    }
    if let Some(url) = sns::subscribe_url(&message) {
        let topic = sns::topic(&message);
        if let Err(error) = state.amazon.visit(url.clone()).await {
            tracing::warn!(%error, topic, %url, "the subscription to Amazon SNS could not be confirmed; open the address by hand");
            return again();
        }
        tracing::info!(topic, "the subscription to Amazon SNS was confirmed");
        return answer(StatusCode::OK, json!({ "confirmed": topic }));
    }
    let Ok(notices) = READERS.run(move || Service::Sns.notices(&message)).await else { return again() };
    take_all(state, notices).await
}

async fn take_all(state: &ApiState, notices: Vec<Notice>) -> HttpResponse {
    let mut taken = Vec::with_capacity(notices.len());
    let mut is_missing = false;
    for notice in notices {
        match bounces::take_notice(&state.services, notice).await {
            // The others are not to wait for it; all come again, and those that are known change nothing.
            Ok(BounceIntake::NotYet | BounceIntake::Busy) => is_missing = true,
            Ok(outcome) => taken.push(told(outcome)),
            Err(error) => {
                tracing::error!(%error, "a notice of a mail service could not be recorded");
                return again();
            }
        }
    }
    if is_missing { again() } else { answer(StatusCode::OK, json!({ "notices": taken })) }
}
