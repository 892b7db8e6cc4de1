//! Leaving: by the button of the page, or by the mail program's own (RFC 8058), which posts to the same
//! address without asking anybody.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use domain::subscriptions::unsubscribe;

use crate::state::ApiState;

use super::button::ButtonPage;
use super::{page, posted};

/// What a one-click request says, in a form of either encoding. RFC 8058 section 3.2.
const NAME: &str = "List-Unsubscribe";
const VALUE: &str = "One-Click";

/// `GET /unsubscribe/{token}`.
pub async fn button(state: Data<ApiState>, token: Path<String>) -> HttpResponse {
    match unsubscribe::preview(&state.services, &token).await {
        Ok(true) => {
            let paragraphs = vec!["No further digest will come to your address.".to_owned()];
            let action = format!("/unsubscribe/{token}");
            let (title, button) = ("Unsubscribe from Daily Papers", "Unsubscribe");
            let page = ButtonPage { title, paragraphs, action: &action, name: NAME, value: VALUE, button };
            page::private(StatusCode::OK, &page)
        }
        Ok(false) => done(&state),
        Err(error) => page::failure(&state, error),
    }
}

/// `POST /unsubscribe/{token}`.
pub async fn submit(state: Data<ApiState>, token: Path<String>, payload: Payload) -> HttpResponse {
    let body = match posted::octets(&state, payload).await {
        Ok(body) => body,
        Err(answer) => return answer,
    };
    if !is_one_click(&body) {
        let text = "This address takes List-Unsubscribe=One-Click.";
        return page::message(&state, StatusCode::BAD_REQUEST, "That did not work", &[text]);
    }
    match unsubscribe::unsubscribe(&state.services, &token).await {
        Ok(()) => done(&state),
        Err(error) => page::failure(&state, error),
    }
}

/// Whether a body says `List-Unsubscribe=One-Click`, URL-encoded or as multipart/form-data.
fn is_one_click(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    text.split('&').any(|field| field.trim() == format!("{NAME}={VALUE}"))
        || text.split_once(&format!("name=\"{NAME}\"")).is_some_and(|(_, rest)| {
            rest.split_once("\r\n\r\n").is_some_and(|(_, value)| value.trim_start().starts_with(VALUE))
        })
}

fn done(state: &ApiState) -> HttpResponse {
    let text = "No further digest will come. To come back, subscribe again.";
    page::message(state, StatusCode::OK, "You are unsubscribed", &[text])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_encodings_are_read() {
        assert!(is_one_click(b"List-Unsubscribe=One-Click"));
        let multipart =
            b"--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--x--\r\n";
        assert!(is_one_click(multipart));
        for body in [&b""[..], b"List-Unsubscribe=No", b"x=List-Unsubscribe=One-Click2", b"\xff\xff"] {
            assert!(!is_one_click(body));
        }
    }
}
