//! Forms posted by browsers from these pages, and from no other site.
//!
//! Where a form stands is judged by [`crate::same_origin`]. A one-click POST comes from a mail program, and stands outside
//! of this.

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};

use crate::pages::form::{Form, clip};
use crate::pages::page;
use crate::state::ApiState;
use crate::{body, media_type};

/// The maximum number of bytes of a form.
pub(crate) const MAX_FORM: usize = 16 * 1024;

/// The fields of a form that one of these pages holds; else the answer that says why not.
pub(crate) async fn form(
    request: &HttpRequest,
    state: &ApiState,
    payload: Payload,
) -> Result<Form, HttpResponse> {
    if let Err(foreign) = state.check_origin(request) {
        let text = foreign.to_string();
        return Err(page::message(state, StatusCode::FORBIDDEN, "That did not work", &[&text]));
    }
    if media_type::of(request) != "application/x-www-form-urlencoded" {
        let text = "Send forms as application/x-www-form-urlencoded.";
        return Err(page::message(state, StatusCode::UNSUPPORTED_MEDIA_TYPE, "That did not work", &[text]));
    }
    let form = Form::read(&bytes(state, payload).await?);
    match form.repeated() {
        None => Ok(form),
        Some(name) => {
            let text = format!("The field {:?} appears more than once.", clip(name));
            Err(page::message(state, StatusCode::BAD_REQUEST, "That did not work", &[&text]))
        }
    }
}

async fn bytes(state: &ApiState, payload: Payload) -> Result<Vec<u8>, HttpResponse> {
    match body::read(payload, MAX_FORM).await {
        Ok(body) => Ok(body.to_vec()),
        Err(status) => {
            let text = match status {
                StatusCode::PAYLOAD_TOO_LARGE => "The form is too large.",
                StatusCode::REQUEST_TIMEOUT => "The form took too long to arrive.",
                _ => "The form ended early. Please try again.",
            };
            Err(page::message(state, status, "That did not work", &[text]))
        }
    }
}
