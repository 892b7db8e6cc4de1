//! The subscriber's preferences.
//!
//! A link from a requested mail (`?token=`) opens them. The footer of a digest leads here too
//! (`?request=`), but only to a button that mails such a link: a forwarded digest gives nothing away.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use domain::calendar::Period;
use domain::entity::enums::SubscriptionStatus;
use domain::entity::subscription;
use domain::keys::Purpose;
use domain::subscriptions::MANAGE_LINK_LIFETIME;
use domain::subscriptions::manage;
use domain::subscriptions::settings::{SettingsChange, SettingsInput, current};
use domain::wording::duration;

use crate::pages::form::Form;
use crate::pages::form_data::{self, RefusedForm};
use crate::pages::page;
use crate::pages::subscription_fields::{self, Fields};
use crate::state::ApiState;

#[derive(Template)]
#[template(path = "web/manage.html")]
struct Preferences<'a> {
    title: &'static str,
    email: &'a str,
    token: &'a str,
    unsubscribe: String,
    is_active: bool,
    is_saved: bool,
    paused_until: String,
    fields: Fields,
    problems: Vec<String>,
}

#[derive(Template)]
#[template(path = "web/manage_request.html")]
struct Request<'a> {
    title: &'static str,
    token: Option<&'a str>,
    lifetime: String,
}

const TITLE: &str = "Your preferences";

/// `GET /subscription/manage`.
pub async fn form(request: HttpRequest, state: Data<ApiState>) -> HttpResponse {
    let query = Form::read(request.query_string().as_bytes());
    let Some(token) = query.get("token") else {
        let lifetime = duration(MANAGE_LINK_LIFETIME);
        return page::private(
            StatusCode::OK,
            &Request { title: TITLE, token: query.get("request"), lifetime },
        );
    };
    match manage::open(&state.services, token).await {
        Ok(Some(row)) => {
            let settings = current(&row).into();
            preferences(&state, StatusCode::OK, token, &row, &settings, Vec::new(), false)
        }
        Ok(None) => expired(&state),
        Err(error) => page::failure(&state, error),
    }
}

/// `POST /subscription/manage`: saves with a token, else mails a link.
pub async fn submit(
    request: HttpRequest,
    state: Data<ApiState>,
    payload: Payload,
) -> Result<HttpResponse, RefusedForm> {
    let form = form_data::form(&request, &state, payload).await?;
    Ok(match form.get("token") {
        Some(token) => save(&state, &form, token).await,
        None => mail_link(&request, &state, &form).await,
    })
}

async fn save(state: &ApiState, form: &Form, token: &str) -> HttpResponse {
    let row = match manage::open(&state.services, token).await {
        Ok(Some(row)) => row,
        Ok(None) => return expired(state),
        Err(error) => return page::failure(state, error),
    };
    let (settings, mut problems) = subscription_fields::read(form, &current(&row).into());
    let paused_until = form.get("paused-until").map(str::trim);
    let day = paused_until.and_then(|text| text.parse::<Period>().ok()).and_then(Period::day);
    if paused_until.is_some() && day.is_none() {
        problems.push("Enter the end of the pause as a day such as 2026-01-06.".to_owned());
    }
    if !problems.is_empty() {
        return preferences(state, StatusCode::BAD_REQUEST, token, &row, &settings, problems, false);
    }
    let change = SettingsChange::of_all(settings.clone(), day);
    match manage::update(&state.services, token, &change).await {
        Ok(row) => {
            let settings = current(&row).into();
            preferences(state, StatusCode::OK, token, &row, &settings, Vec::new(), true)
        }
        Err(domain::Error::User(problems)) => {
            let problems = problems.into_iter().map(|problem| problem.message).collect();
            preferences(state, StatusCode::BAD_REQUEST, token, &row, &settings, problems, false)
        }
        Err(error) => page::failure(state, error),
    }
}

async fn mail_link(request: &HttpRequest, state: &ApiState, form: &Form) -> HttpResponse {
    let visitor = state.visitor(request);
    let done = if let Some(token) = form.get("request") {
        visitor.manage_link_by_token(token).await
    } else {
        visitor.manage_link(form.get("email").unwrap_or_default()).await.map(drop)
    };
    match done {
        Ok(()) => {
            let text = "If this address is subscribed, a mail with a link to its preferences is on its way.";
            let hint = format!(
                "At most one such mail is sent a day. Its link works for {}.",
                duration(MANAGE_LINK_LIFETIME)
            );
            page::message(state, StatusCode::OK, "Check your inbox", &[text, &hint])
        }
        Err(refusal) => page::refusal(state, refusal),
    }
}

fn preferences(
    state: &ApiState,
    status: StatusCode,
    token: &str,
    row: &subscription::Model,
    settings: &SettingsInput,
    problems: Vec<String>,
    is_saved: bool,
) -> HttpResponse {
    let keys = &state.services.settings.keys;
    let page = Preferences {
        title: TITLE,
        email: &row.email,
        token,
        unsubscribe: format!("/unsubscribe/{}", keys.token(Purpose::Unsubscribe, row.id, &row.link_nonce)),
        is_active: row.status == SubscriptionStatus::Active,
        is_saved,
        paused_until: row.paused_until.map(|day| day.to_string()).unwrap_or_default(),
        fields: Fields::new(settings),
        problems,
    };
    page::private(status, &page)
}

fn expired(state: &ApiState) -> HttpResponse {
    let text = "This link is not valid or has expired. Every digest has a link to request a new one.";
    page::message(state, StatusCode::BAD_REQUEST, "That did not work", &[text])
}
