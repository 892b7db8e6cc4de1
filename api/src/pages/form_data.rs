//! Forms posted by browsers from these pages, and from no other site.
//!
//! Where a form stands is judged by [`crate::same_origin`]. A one-click POST comes from a mail program, and stands outside
//! of this.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use domain::error::clip;
use graphql_server::transport::http::read_body;

use crate::media_type;
use crate::pages::form::Form;
use crate::pages::{page, subscription_fields, topic_fields};
use crate::state::ApiState;

/// The maximum number of bytes of a form.
pub(crate) const MAX_FORM: usize = 16 * 1024;

/// A form that is refused, and why.
#[derive(Debug)]
pub struct RefusedForm {
    status: StatusCode,
    text: String,
    /// The address of the front page.
    home: String,
}

impl fmt::Display for RefusedForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl ResponseError for RefusedForm {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        page::message_for(&self.home, self.status, "That did not work", &[&self.text])
    }
}

/// The fields of a form that one of these pages holds.
pub(crate) async fn form(
    request: &HttpRequest,
    state: &ApiState,
    payload: Payload,
) -> Result<Form, RefusedForm> {
    let refuse = |status, text: &str| RefusedForm {
        status,
        text: text.to_owned(),
        home: state.services.settings.base_url.to_string(),
    };
    state.check_origin(request).map_err(|foreign| refuse(StatusCode::FORBIDDEN, &foreign.to_string()))?;
    if media_type::of(request) != "application/x-www-form-urlencoded" {
        let text = "Send forms as application/x-www-form-urlencoded.";
        return Err(refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, text));
    }
    let body = read_body(payload, MAX_FORM)
        .await
        .map_err(|error| refuse(error.status(), &format!("The form {error}.")))?;
    let form = Form::read(&body);
    let lists = [&[subscription_fields::WEEKDAY][..], &topic_fields::LISTS].concat();
    match form.repeated(&lists) {
        None => Ok(form),
        Some(name) => {
            let text = format!("The field {:?} appears more than once.", clip(name));
            Err(refuse(StatusCode::BAD_REQUEST, &text))
        }
    }
}
