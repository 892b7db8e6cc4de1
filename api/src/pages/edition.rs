//! One edition of the archive.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use askama::Template;
use db::paging;
use domain::calendar::Period;
use domain::editions::parse_cadence;
use domain::editions::read::{self, EditionPaper, EditionPapers};
use domain::entity::edition;
use domain::papers::PaperRow;
use domain::wording::{count, digest_name, period_label};
use domain::{Error, Result, Services};

use crate::pages::page;
use crate::pages::papers::{After, Item, items};
use crate::state::ApiState;

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
    /// The address of this edition, and what the address of the next page of it ends with.
    path: String,
    is_first: bool,
    more: Option<String>,
}

/// `GET /editions/{cadence}/{period}`, and `?after=` for what does not go on one page.
pub async fn show(state: Data<ApiState>, path: Path<(String, String)>, after: Query<After>) -> HttpResponse {
    let (cadence, period) = path.into_inner();
    let period = period.parse::<Period>().ok();
    let Some(period) = period.filter(|period| parse_cadence(&cadence) == Some(period.cadence())) else {
        return crate::pages::not_found(state).await;
    };
    match read::by_period(state.services.db.read(), period).await {
        Ok(Some(edition)) => match load(&state.services, cadence, period, edition, &after).await {
            Ok(Some(page)) => page::public(StatusCode::OK, &page),
            Ok(None) => crate::pages::not_found(state).await,
            Err(error) => page::failure(&state, error),
        },
        Ok(None) => crate::pages::not_found(state).await,
        Err(error) => page::failure(&state, error),
    }
}

async fn load(
    services: &Services,
    cadence: String,
    period: Period,
    edition: edition::Model,
    after: &After,
) -> Result<Option<Page>> {
    let db = services.db.read();
    let list = EditionPapers { edition_id: edition.id };
    let listed = |row: EditionPaper| PaperRow::try_from(row.paper).map_err(Error::from);
    let Some(items) = items(services, &list, after, listed).await? else { return Ok(None) };
    let around = paging::pages(db, &[read::previous(&edition), read::next(&edition)]).await?;
    let period_of = |page: Option<&paging::Page<edition::Model>>| Some(page?.rows.first()?.period.clone());
    Ok(Some(Page {
        title: period_label(period),
        name: digest_name(period.cadence()),
        path: format!("/editions/{cadence}/{period}"),
        cadence,
        count: count(items.of, "paper", "papers"),
        papers: items.papers,
        is_first: items.is_first,
        more: items.next,
        previous: period_of(around.first()),
        next: period_of(around.get(1)),
    }))
}
