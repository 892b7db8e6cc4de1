//! Confirming a subscription: the link of the mail shows a button, the button confirms. A mail scanner that follows
//! links therefore confirms nothing.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use domain::subscriptions::confirm;
use domain::subscriptions::settings::in_words;

use crate::pages::button::ButtonPage;
use crate::pages::form::Form;
use crate::pages::form_data::{self, RefusedForm};
use crate::pages::page;
use crate::state::ApiState;

/// `GET /subscription/confirm?token=`.
pub async fn button(request: HttpRequest, state: Data<ApiState>) -> HttpResponse {
    let form = Form::read(request.query_string().as_bytes());
    let token = form.get("token").unwrap_or_default();
    match confirm::preview(&state.services, token).await {
        Ok(preview) if preview.is_used => done(&state),
        Ok(preview) => {
            let (title, button) = if preview.is_active {
                ("Confirm the changes", "Confirm the changes")
            } else {
                ("Confirm your subscription", "Confirm the subscription")
            };
            let paragraphs = vec![format!("You will receive {}.", in_words(&preview.settings))];
            let action = "/subscription/confirm";
            let page = ButtonPage { title, paragraphs, action, name: "token", value: token, button };
            page::private(StatusCode::OK, &page)
        }
        Err(error) => page::failure(&state, error),
    }
}

/// `POST /subscription/confirm`.
pub async fn submit(
    request: HttpRequest,
    state: Data<ApiState>,
    payload: Payload,
) -> Result<HttpResponse, RefusedForm> {
    let form = form_data::form(&request, &state, payload).await?;
    Ok(match confirm::confirm(&state.services, form.get("token").unwrap_or_default()).await {
        Ok(_) => done(&state),
        Err(error) => page::failure(&state, error),
    })
}

fn done(state: &ApiState) -> HttpResponse {
    let text = "Your first digest is on its way. The next ones will arrive at the times you chose.";
    let hint = "Every digest has links to change your preferences and to unsubscribe.";
    page::message(state, StatusCode::OK, "Your subscription is confirmed", &[text, hint])
}
