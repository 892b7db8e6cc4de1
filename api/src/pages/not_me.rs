//! The second link of a confirmation, for people who did not request it: a page with a button that stops all mail.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use domain::subscriptions::not_me;

use crate::pages::button::ButtonPage;
use crate::pages::form_data::{self, RefusedForm};
use crate::pages::page;
use crate::state::ApiState;

/// `GET /not-me/{token}`.
pub async fn button(state: Data<ApiState>, token: Path<String>) -> HttpResponse {
    match not_me::preview(&state.services, &token).await {
        Ok(()) => {
            let paragraphs = vec![
                "No more mail will be sent to your address, no matter who requests it.".to_owned(),
                "If you do want digests, do not press the button. Confirm the subscription instead."
                    .to_owned(),
            ];
            let action = format!("/not-me/{token}");
            let (title, button) = ("Was it not you?", "Stop all mail to this address");
            let page =
                ButtonPage { title, paragraphs, action: &action, name: "not-me", value: "yes", button };
            page::private(StatusCode::OK, &page)
        }
        Err(error) => page::failure(&state, error),
    }
}

/// `POST /not-me/{token}`.
pub async fn submit(
    request: HttpRequest,
    state: Data<ApiState>,
    token: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, RefusedForm> {
    form_data::form(&request, &state, payload).await?;
    Ok(match not_me::refuse(&state.services, &token).await {
        Ok(()) => {
            let text = "No more mail will be sent to your address.";
            page::message(&state, StatusCode::OK, "Thank you", &[text])
        }
        Err(error) => page::failure(&state, error),
    })
}
