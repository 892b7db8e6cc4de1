//! The feed of a day, with links to the neighbouring days.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use domain::calendar::Period;
use domain::entity::enums::Cadence;
use domain::feeds::read;
use domain::papers::read::{PaperList, Scope};
use domain::papers::{PaperFilter, PaperOrder, PaperRow, ProjectedPaper};
use domain::wording::{count, period_label};
use domain::{Error, Result, Services};

use crate::pages::page;
use crate::pages::papers::{After, Item, items};
use crate::state::ApiState;

#[derive(Template)]
#[template(path = "web/feed.html")]
struct Page {
    title: String,
    count: String,
    papers: Vec<Item>,
    /// The day in addresses and for people.
    previous: Option<(String, String)>,
    next: Option<(String, String)>,
    /// The address of this day, and what the address of the next page of it ends with.
    path: String,
    is_first: bool,
    more: Option<String>,
}

#[derive(Template)]
#[template(path = "web/empty.html")]
struct Empty {
    title: &'static str,
}

/// `GET /`: the latest day that has papers.
pub async fn latest(state: Data<ApiState>) -> HttpResponse {
    match read::latest_day(state.services.db.read()).await {
        Ok(Some(day)) => show(&state, Period::containing(Cadence::Daily, day), &After::default()).await,
        Ok(None) => page::public(StatusCode::OK, &Empty { title: "Daily Papers" }),
        Err(error) => page::failure(&state, error),
    }
}

/// `GET /date/{day}`, and `?after=` for what does not go on one page.
pub async fn on_day(state: Data<ApiState>, day: Path<String>, after: Query<After>) -> HttpResponse {
    match day.parse::<Period>() {
        Ok(period) if period.cadence() == Cadence::Daily => show(&state, period, &after).await,
        _ => crate::pages::not_found(state).await,
    }
}

async fn show(state: &Data<ApiState>, period: Period, after: &After) -> HttpResponse {
    match load(&state.services, period, after).await {
        Ok(Some(page)) => page::public(StatusCode::OK, &page),
        Ok(None) => crate::pages::not_found(state.clone()).await,
        Err(error) => page::failure(state, error),
    }
}

async fn load(services: &Services, period: Period, after: &After) -> Result<Option<Page>> {
    let list = PaperList {
        scope: Scope::Period(period),
        filter: PaperFilter::default(),
        // As its digest ranks them.
        order: PaperOrder::Trending,
        lookup: services.db.backend().into(),
    };
    let listed = |row: ProjectedPaper| PaperRow::try_from(row).map_err(Error::from);
    let Some(items) = items(services, &list, after, listed).await? else { return Ok(None) };
    let neighbour = |period: Period| (period.to_string(), period_label(period));
    Ok(Some(Page {
        title: period_label(period),
        count: count(items.of, "paper", "papers"),
        papers: items.papers,
        path: format!("/date/{period}"),
        is_first: items.is_first,
        more: items.next,
        previous: read::previous(services.db.read(), period).await?.map(neighbour),
        next: read::next(services.db.read(), period).await?.map(neighbour),
    }))
}
