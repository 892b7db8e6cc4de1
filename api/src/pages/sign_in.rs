//! Signing in: the link of the mail shows a button, the button signs in, once. The session's token is shown for the
//! programs that its owner uses.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use domain::accounts::sessions::SESSION_LIFETIME;
use domain::accounts::sign_in;
use domain::wording::duration;

use crate::pages::button::ButtonPage;
use crate::pages::form::Form;
use crate::pages::form_data::{self, RefusedForm};
use crate::pages::page;
use crate::state::ApiState;

/// `GET /sign-in?token=`.
pub async fn button(request: HttpRequest, state: Data<ApiState>) -> HttpResponse {
    let form = Form::read(request.query_string().as_bytes());
    let token = form.get("token").unwrap_or_default();
    match sign_in::preview(&state.services, token).await {
        Ok(()) => {
            let paragraphs = vec![format!("You will stay signed in for {}.", duration(SESSION_LIFETIME))];
            let (title, button) = ("Sign in to Daily Papers", "Sign in");
            let page =
                ButtonPage { title, paragraphs, action: "/sign-in", name: "token", value: token, button };
            page::private(StatusCode::OK, &page)
        }
        Err(error) => page::failure(&state, error),
    }
}

/// `POST /sign-in`.
pub async fn submit(
    request: HttpRequest,
    state: Data<ApiState>,
    payload: Payload,
) -> Result<HttpResponse, RefusedForm> {
    let form = form_data::form(&request, &state, payload).await?;
    Ok(match state.visitor(&request).sign_in(form.get("token").unwrap_or_default()).await {
        Ok((secret, user)) => {
            let who = format!("You are signed in as {}.", user.handle);
            let how = format!(
                "Programs can use your session for {}: send this token in the header Authorization: Bearer …. It is shown only once:",
                duration(SESSION_LIFETIME)
            );
            page::message(&state, StatusCode::OK, "You are signed in", &[&who, &how, &secret])
        }
        Err(refusal) => page::refusal(&state, refusal),
    })
}
