//! The publication of editions: once a period is complete, its papers are frozen in trending order.

use chrono::{DateTime, NaiveDate, Utc};
use db::paging::{self, PageRange, PageRequest};
use db::value;
use entity::enums::Cadence;
use entity::{edition, edition_paper, featured_paper, paper};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
};

use crate::calendar::Period;
use crate::feeds::completeness::Completeness;
use crate::locks::Lock;
use crate::papers::read::{self, PaperList, Scope};
use crate::papers::{PaperColumns, PaperFilter, PaperOrder};
use crate::{Error, Result, Services, feeds};

use super::subject::subject;

/// Papers in an edition; a month of full days stays far below.
const MAX_PAPERS: u64 = 5_000;

/// The edition of the latest complete period that has papers, made if it is not there yet.
pub async fn latest(
    tx: &DatabaseTransaction,
    services: &Services,
    now: DateTime<Utc>,
    cadence: Cadence,
) -> Result<Option<edition::Model>> {
    let day = Completeness::load(tx, &services.settings.calendar, now).await?.last_complete_day(now);
    match feeds::read::latest_ended(tx, cadence, day).await? {
        Some(period) => publish(tx, now, period).await.map(Some),
        None => Ok(None),
    }
}

/// The edition of a period, made if it is not there yet. The caller has seen that the period is
/// complete and has papers.
pub async fn publish(tx: &DatabaseTransaction, now: DateTime<Utc>, period: Period) -> Result<edition::Model> {
    if let Some(edition) = find(tx, period).await? {
        return Ok(edition);
    }
    Lock::Editions.hold(tx).await?;
    if let Some(edition) = find(tx, period).await? {
        return Ok(edition);
    }
    let list = PaperList {
        scope: Scope::Period(period),
        filter: PaperFilter { is_standing: true, ..PaperFilter::default() },
        order: PaperOrder::Trending,
        lookup: tx.get_database_backend().into(),
    };
    let all = PageRange::first(MAX_PAPERS);
    let papers = read::page(tx, &list, &all).await?;
    let first = papers.first().map_or("", |listed| listed.paper.title.as_str());
    let subject = subject(period, first);
    let row = edition::ActiveModel {
        id: NotSet,
        cadence: Set(period.cadence()),
        period: Set(period.to_string()),
        starts_on: Set(period.starts_on()),
        ends_on: Set(period.ends_on()),
        subject: Set(subject),
        published_at: Set(now),
        cancelled_at: Set(None),
        opening_after: Set(None),
    };
    let edition = edition::Entity::insert(row).exec_with_returning(tx).await?;
    let rows = papers.iter().zip(0..).map(|(listed, position)| edition_paper::ActiveModel {
        edition_id: Set(edition.id),
        paper_id: Set(listed.paper.id),
        position: Set(position),
    });
    let keep = OnConflict::new().do_nothing().to_owned();
    if !papers.is_empty() {
        edition_paper::Entity::insert_many(rows).on_conflict(keep).exec_without_returning(tx).await?;
    }
    tracing::info!(edition.id, edition.period, papers = papers.len(), "edition published");
    Ok(edition)
}

/// Gives the editions that hold a paper the heading of their first paper that is shown: that may be another one, now
/// that the paper was hidden or restored.
pub(crate) async fn rename(tx: &DatabaseTransaction, paper_id: i64) -> Result<()> {
    let holding =
        edition_paper::Entity::find().filter(edition_paper::Column::PaperId.eq(paper_id)).all(tx).await?;
    let ids: Vec<i64> = holding.iter().map(|row| row.edition_id).collect();
    let first = PageRange::first(1);
    for edition in super::read::by_ids(tx, &ids).await?.into_values() {
        let papers = super::read::EditionPapers { edition_id: edition.id };
        let part = PageRequest::new(papers, first.clone(), PaperColumns::paper(&[paper::Column::Title]));
        let shown = paging::page(tx, &part).await?.rows;
        let first = shown.first().map(|shown| value(&shown.paper.paper.title)).transpose()?;
        let first = first.map_or("", String::as_str);
        let subject = subject(super::period(&edition)?, first);
        let mut renamed: edition::ActiveModel = edition.into();
        renamed.subject = Set(subject);
        renamed.update(tx).await?;
    }
    Ok(())
}

async fn find(tx: &DatabaseTransaction, period: Period) -> Result<Option<edition::Model>> {
    Ok(edition::Entity::find()
        .filter(edition::Column::Cadence.eq(period.cadence()))
        .filter(edition::Column::Period.eq(period.to_string()))
        .one(tx)
        .await?)
}

/// Makes the editions of all periods complete at `now` that have papers and no edition yet. Returns how many.
pub async fn publish_due(services: &Services, now: DateTime<Utc>) -> Result<usize> {
    let mut published = 0;
    let last = Completeness::load(services.db.read(), &services.settings.calendar, now)
        .await?
        .last_complete_day(now);
    for cadence in [Cadence::Daily, Cadence::Weekly, Cadence::Monthly] {
        // One transaction a period: short ones, and what is done stays done.
        while let Some(day) = day_without_edition(services, cadence, last).await? {
            let period = Period::containing(cadence, day);
            if period.ends_on() > last {
                break;
            }
            services.db.write(|tx| Box::pin(async move { publish(tx, now, period).await })).await?;
            published += 1;
        }
    }
    Ok(published)
}

/// The earliest feed day with papers, up to `last`, that no edition of this cadence covers.
async fn day_without_edition(
    services: &Services,
    cadence: Cadence,
    last: NaiveDate,
) -> Result<Option<NaiveDate>> {
    let column = |column: featured_paper::Column| Expr::col((featured_paper::Entity, column));
    let covering = Query::select()
        .expr(Expr::val(1))
        .from(edition::Entity)
        .and_where(edition::Column::Cadence.eq(cadence))
        .and_where(edition::Column::StartsOn.into_expr().lte(column(featured_paper::Column::Day)))
        .and_where(edition::Column::EndsOn.into_expr().gte(column(featured_paper::Column::Day)))
        .to_owned();
    let day = featured_paper::Entity::find()
        .select_only()
        .expr_as(Expr::col((featured_paper::Entity, featured_paper::Column::Day)).min(), "day")
        .filter(featured_paper::Column::RemovedAt.is_null())
        .filter(featured_paper::Column::Day.lte(last))
        .filter(Expr::exists(covering).not())
        .into_tuple::<Option<NaiveDate>>()
        .one(services.db.read())
        .await
        .map_err(Error::from)?;
    Ok(day.flatten())
}
