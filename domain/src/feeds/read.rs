//! Queries for the papers of a period and for its neighbours.

use chrono::NaiveDate;
use entity::enums::Cadence;
use entity::featured_paper;
use sea_orm::sea_query::{Expr, Order};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::Result;
use crate::calendar::Period;

/// The latest day that has papers on its feed.
pub async fn latest_day(connection: &impl ConnectionTrait) -> Result<Option<NaiveDate>> {
    nearest(connection, Expr::val(true), Order::Desc).await
}

/// The nearest earlier period of the same length that has papers.
pub async fn previous(connection: &impl ConnectionTrait, period: Period) -> Result<Option<Period>> {
    let earlier = featured_paper::Column::Day.lt(period.starts_on());
    let day = nearest(connection, earlier, Order::Desc).await?;
    Ok(day.map(|day| Period::containing(period.cadence(), day)))
}

/// The nearest later period of the same length that has papers.
pub async fn next(connection: &impl ConnectionTrait, period: Period) -> Result<Option<Period>> {
    let later = featured_paper::Column::Day.gt(period.ends_on());
    let day = nearest(connection, later, Order::Asc).await?;
    Ok(day.map(|day| Period::containing(period.cadence(), day)))
}

/// The period of `cadence` that ends on or before `day` and has papers, the latest one.
pub async fn latest_ended(
    connection: &impl ConnectionTrait,
    cadence: Cadence,
    day: NaiveDate,
) -> Result<Option<Period>> {
    let mut ended = Period::containing(cadence, day);
    if ended.ends_on() > day {
        ended = ended.previous();
    }
    let until = featured_paper::Column::Day.lte(ended.ends_on());
    let day = nearest(connection, until, Order::Desc).await?;
    Ok(day.map(|day| Period::containing(cadence, day)))
}

async fn nearest(connection: &impl ConnectionTrait, on: Expr, order: Order) -> Result<Option<NaiveDate>> {
    let day = featured_paper::Entity::find()
        .select_only()
        .column(featured_paper::Column::Day)
        .filter(featured_paper::Column::RemovedAt.is_null())
        .filter(on)
        .order_by(featured_paper::Column::Day, order)
        .into_tuple::<NaiveDate>()
        .one(connection)
        .await?;
    Ok(day)
}
