//! One edition of the archive.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;
use domain::editions::{parse_cadence, read};
use domain::entity::edition;
use domain::feeds::Period;
use domain::paging::{self, Slice};
use domain::wording::{count, digest_name, period_label};
use domain::{Result, Services};

use crate::state::ApiState;

use super::page;
use super::papers::{Item, shown};

/// Papers on the page of an edition.
const ON_PAGE: u64 = 1_000;

#[derive(Template)]
#[template(path = "web/edition.html")]
struct Page {
    title: String,
    name: &'static str,
    cadence: String,
    count: String,
    papers: Vec<Item>,
    previous: Option<String>,
    next: Option<String>,
}

/// `GET /editions/{cadence}/{period}`.
pub async fn show(state: Data<ApiState>, path: Path<(String, String)>) -> HttpResponse {
    let (cadence, period) = path.into_inner();
    let period = period.parse::<Period>().ok();
    let Some(period) = period.filter(|period| parse_cadence(&cadence) == Some(period.cadence())) else {
        return super::not_found(state).await;
    };
    match read::by_period(state.services.db.read(), period).await {
        Ok(Some(edition)) => match load(&state.services, cadence, period, edition).await {
            Ok(page) => page::public(StatusCode::OK, &page),
            Err(error) => page::failure(&state, error),
        },
        Ok(None) => super::not_found(state).await,
        Err(error) => page::failure(&state, error),
    }
}

async fn load(services: &Services, cadence: String, period: Period, edition: edition::Model) -> Result<Page> {
    let db = services.db.read();
    let slice = Slice { limit: ON_PAGE, from_end: false, after: None, before: None };
    let papers = read::papers(db, edition.id, &slice).await?;
    let around = paging::pages(db, &[read::previous(&edition), read::next(&edition)]).await?;
    let period_of = |page: Option<&paging::Page<edition::Model>>| Some(page?.rows.first()?.period.clone());
    Ok(Page {
        title: period_label(period),
        name: digest_name(period.cadence()),
        cadence,
        count: count(papers.len(), "paper", "papers"),
        papers: shown(&papers),
        previous: period_of(around.first()),
        next: period_of(around.get(1)),
    })
}
