//! Unsubscribing with the button of the page, or with that of the mail program (RFC 8058), which posts to the same
//! address without confirmation. RFC 8058 section 3.2 says what a mail program posts; some post nothing, or something
//! else, and mean the same, so any POST counts: the token in the address is the proof.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use domain::subscriptions::unsubscribe::{self, LeaveState, UNSUBSCRIBE_UNDO_LIFETIME};
use domain::wording::duration;
use graphql_server::transport::http::read_body;

use crate::pages::button::ButtonPage;
use crate::pages::form_data::{self, MAX_FORM, RefusedForm};
use crate::pages::page;
use crate::state::ApiState;

/// The field that the button posts, as a mail program would. RFC 8058 section 3.2.
const NAME: &str = "List-Unsubscribe";
const VALUE: &str = "One-Click";

/// `GET /unsubscribe/{token}`.
pub async fn button(state: Data<ApiState>, token: Path<String>) -> HttpResponse {
    match unsubscribe::preview(&state.services, &token).await {
        Ok(LeaveState::Subscribed) => {
            let paragraphs = vec![
                "You are still subscribed. Press the button to stop all digests to your address.".to_owned(),
            ];
            let action = format!("/unsubscribe/{token}");
            let (title, button) = ("Unsubscribe from Daily Papers?", "Unsubscribe");
            let page = ButtonPage { title, paragraphs, action: &action, name: NAME, value: VALUE, button };
            page::private(StatusCode::OK, &page)
        }
        Ok(LeaveState::Left { can_undo }) => done(&state, &token, can_undo),
        Err(error) => page::failure(&state, error),
    }
}

/// `POST /unsubscribe/{token}/undo`.
pub async fn undo(
    request: HttpRequest,
    state: Data<ApiState>,
    token: Path<String>,
    payload: Payload,
) -> Result<HttpResponse, RefusedForm> {
    form_data::form(&request, &state, payload).await?;
    Ok(match unsubscribe::undo(&state.services, &token).await {
        Ok(true) => {
            let text = "Your next digest will arrive at the time you chose.";
            page::message(&state, StatusCode::OK, "You are subscribed again", &[text])
        }
        Ok(false) => done(&state, &token, false),
        Err(error) => page::failure(&state, error),
    })
}

/// `POST /unsubscribe/{token}`.
pub async fn submit(state: Data<ApiState>, token: Path<String>, payload: Payload) -> HttpResponse {
    // Anyone who posts here wants to leave; what they say beside it changes nothing.
    let _ = read_body(payload, MAX_FORM).await;
    match unsubscribe::unsubscribe(&state.services, &token).await {
        Ok(()) => match unsubscribe::preview(&state.services, &token).await {
            Ok(LeaveState::Left { can_undo }) => done(&state, &token, can_undo),
            Ok(LeaveState::Subscribed) => done(&state, &token, false),
            Err(error) => page::failure(&state, error),
        },
        Err(error) => page::failure(&state, error),
    }
}

/// Says that it is done, and how to come back.
fn done(state: &ApiState, token: &str, can_undo: bool) -> HttpResponse {
    let title = "You are unsubscribed";
    if !can_undo {
        let text = "No further digest will be sent. To come back, subscribe again.";
        return page::message(state, StatusCode::OK, title, &[text]);
    }
    let paragraphs = vec![
        "No further digest will be sent.".to_owned(),
        format!(
            "Was it a mistake? For {}, the button below restores your subscription as it was.",
            duration(UNSUBSCRIBE_UNDO_LIFETIME)
        ),
    ];
    let action = format!("/unsubscribe/{token}/undo");
    let page = ButtonPage {
        title,
        paragraphs,
        action: &action,
        name: "undo",
        value: "yes",
        button: "Subscribe again",
    };
    page::private(StatusCode::OK, &page)
}
