//! The subscription page.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use domain::subscriptions::settings::SettingsInput;
use domain::subscriptions::unsubscribe::UNSUBSCRIBE_UNDO_LIFETIME;
use domain::wording::duration;

use crate::pages::form_data::{self, RefusedForm};
use crate::pages::page;
use crate::pages::subscription_fields::{self, Fields};
use crate::state::ApiState;
use crate::visitor::Refusal;

#[derive(Template)]
#[template(path = "web/subscribe.html")]
struct Page {
    title: &'static str,
    email: String,
    fields: Fields,
    problems: Vec<String>,
}

/// `GET /subscribe`: the form with all there is to choose.
pub async fn form() -> HttpResponse {
    let fields = Fields::new(&SettingsInput::default());
    page::public(
        StatusCode::OK,
        &Page { title: "Subscribe", email: String::new(), fields, problems: Vec::new() },
    )
}

/// `POST /subscribe`. The answer is the same for every address.
pub async fn submit(
    request: HttpRequest,
    state: Data<ApiState>,
    payload: Payload,
) -> Result<HttpResponse, RefusedForm> {
    let form = form_data::form(&request, &state, payload).await?;
    let (settings, problems) = subscription_fields::read(&form, &SettingsInput::default());
    let email = form.get("email").unwrap_or_default().to_owned();
    if !problems.is_empty() {
        return Ok(again(email, &settings, problems));
    }
    Ok(match state.visitor(&request).subscribe(&email, &settings).await {
        Ok(address) => {
            let sent = format!(
                "A mail to {address} is on its way, unless one was already sent today. Open its link to confirm the subscription."
            );
            let hint = "If you cannot find it, check your spam folder.";
            let undo = format!(
                "If you unsubscribed within the last {}, the link that you used can undo it.",
                duration(UNSUBSCRIBE_UNDO_LIFETIME)
            );
            page::message(&state, StatusCode::OK, "Check your inbox", &[&sent, hint, &undo])
        }
        Err(Refusal::Domain(domain::Error::User(problems))) => {
            again(email, &settings, problems.into_iter().map(|problem| problem.message).collect())
        }
        Err(refusal) => page::refusal(&state, refusal),
    })
}

/// The form as it was filled in, and what is wrong with it.
fn again(email: String, settings: &SettingsInput, problems: Vec<String>) -> HttpResponse {
    let page = Page { title: "Subscribe", email, fields: Fields::new(settings), problems };
    page::private(StatusCode::BAD_REQUEST, &page)
}
