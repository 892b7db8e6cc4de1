//! The pages: plain HTML that works without JavaScript. A GET changes nothing; what acts is a button.
//!
//! [`graphiql`] is the exception: a tool for programmers, and a program itself.

pub mod assets;
mod button;
pub mod confirm;
pub mod dev_mail;
pub mod edition;
pub mod feed;
mod form;
mod form_data;
pub mod graphiql;
pub mod manage;
pub mod not_me;
mod page;
pub mod paper;
mod papers;
pub mod sign_in;
pub mod subscribe;
pub mod unsubscribe;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;

use crate::state::ApiState;

/// A page that says why there is no other.
pub fn problem(state: &ApiState, status: StatusCode, message: &str) -> HttpResponse {
    let title = if status.is_server_error() { "Something went wrong here" } else { "That did not work" };
    page::message(state, status, title, &[message])
}

/// Whatever has no page.
pub async fn not_found(state: Data<ApiState>) -> HttpResponse {
    page::message(&state, StatusCode::NOT_FOUND, "Not found", &["There is no page at this address."])
}
