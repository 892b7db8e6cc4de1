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
mod subscription_fields;
mod topic_fields;
pub mod unsubscribe;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, ServiceConfig};

use crate::resources::{self, posted, shown};
use crate::state::ApiState;

/// Their routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(shown("/", feed::latest))
        .service(shown("/date/{day}", feed::on_day))
        .service(shown("/papers/{slug:.+}", paper::show))
        .service(shown("/editions/{cadence}/{period}", edition::show))
        .service(resources::form("/subscribe", subscribe::form, subscribe::submit))
        .service(resources::form("/subscription/confirm", confirm::button, confirm::submit))
        .service(resources::form("/subscription/manage", manage::form, manage::submit))
        .service(resources::form("/sign-in", sign_in::button, sign_in::submit))
        .service(resources::form("/unsubscribe/{token}", unsubscribe::button, unsubscribe::submit))
        .service(posted("/unsubscribe/{token}/undo", unsubscribe::undo))
        .service(resources::form("/not-me/{token}", not_me::button, not_me::submit))
        .service(shown("/dev/mail", dev_mail::list))
        .service(shown("/dev/mail/{name}", dev_mail::show))
        .service(shown("/dev/mail/{name}/html", dev_mail::html))
        .service(shown("/static/{path:.+}", assets::show));
}

/// A page that says why there is no other.
pub fn problem(state: &ApiState, status: StatusCode, message: &str) -> HttpResponse {
    let title = if status.is_server_error() { "Something went wrong" } else { "That did not work" };
    page::message(state, status, title, &[message])
}

/// Whatever has no page.
pub async fn not_found(state: Data<ApiState>) -> HttpResponse {
    page::message(&state, StatusCode::NOT_FOUND, "Not found", &["There is no page at this address."])
}
