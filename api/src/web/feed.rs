//! The feed of a day, with the way to its neighbours.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use domain::entity::enums::Cadence;
use domain::feeds::{Period, read};
use domain::papers::read::{PaperList, Scope};
use domain::papers::{PaperFilter, PaperOrder};
use domain::wording::{count, period_label};
use domain::{Result, Services};

use crate::state::ApiState;

use super::page;
use super::papers::{Item, items};

#[derive(Template)]
#[template(path = "web/feed.html")]
struct Page {
    title: String,
    count: String,
    papers: Vec<Item>,
    /// The day in addresses and for people.
    previous: Option<(String, String)>,
    next: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "web/empty.html")]
struct Empty {
    title: &'static str,
}

/// `GET /`: the latest day that has papers.
pub async fn latest(state: Data<ApiState>) -> HttpResponse {
    match read::latest_day(state.services.db.read()).await {
        Ok(Some(day)) => show(&state, Period::containing(Cadence::Daily, day)).await,
        Ok(None) => page::public(StatusCode::OK, &Empty { title: "Daily Papers" }),
        Err(error) => page::failure(&state, error),
    }
}

/// `GET /date/{day}`.
pub async fn on_day(state: Data<ApiState>, day: Path<String>) -> HttpResponse {
    match day.parse::<Period>() {
        Ok(period) if period.cadence() == Cadence::Daily => show(&state, period).await,
        _ => super::not_found(state).await,
    }
}

async fn show(state: &ApiState, period: Period) -> HttpResponse {
    match load(&state.services, period).await {
        Ok(page) => page::public(StatusCode::OK, &page),
        Err(error) => page::failure(state, error),
    }
}

async fn load(services: &Services, period: Period) -> Result<Page> {
    let list = PaperList {
        scope: Scope::Period(period),
        filter: PaperFilter::default(),
        order: PaperOrder::Upvotes,
    };
    let papers = items(services, &list).await?;
    let neighbour = |period: Period| (period.to_string(), period_label(period));
    Ok(Page {
        title: period_label(period),
        count: count(papers.len(), "paper", "papers"),
        papers,
        previous: read::previous(services.db.read(), period).await?.map(neighbour),
        next: read::next(services.db.read(), period).await?.map(neighbour),
    })
}
