//! Papers planned for a later feed day.
//!
//! A paper that was not known before is not shown, found or ranked until its day opens ([`super::opening`]); one that was
//! stays as it is, and is only not on a feed.

use entity::{paper, planned_feature};
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    ModelTrait as _, QueryFilter as _,
};

use crate::Result;
use crate::calendar::Calendar;
use crate::papers::NewFeature;

/// A place that a source plans for a paper.
#[derive(Clone, Debug)]
pub struct PlannedPlace {
    /// The paper.
    pub paper_id: i64,
    /// The planned place.
    pub feature: NewFeature,
    /// Whether it was not known before.
    pub is_new: bool,
}

/// That a paper is shown as far as its day goes: it does not wait for one.
pub(crate) fn is_shown() -> Expr {
    let waiting = Query::select()
        .column(planned_feature::Column::PaperId)
        .from(planned_feature::Entity)
        .and_where(planned_feature::Column::IsNew.eq(true))
        .to_owned();
    paper::Column::Id.into_expr().not_in_subquery(waiting)
}

/// Whether a paper is held back until its day opens.
pub(crate) async fn is_waiting(connection: &impl ConnectionTrait, paper_id: i64) -> Result<bool> {
    let planned = planned_feature::Entity::find_by_id(paper_id).one(connection).await?;
    Ok(planned.is_some_and(|planned| planned.is_new))
}

/// Plans places for papers, in place of those that they had.
pub(crate) async fn plan(tx: &DatabaseTransaction, places: Vec<PlannedPlace>) -> Result<()> {
    if places.is_empty() {
        return Ok(());
    }
    let rows = places.into_iter().map(|place| planned_feature::ActiveModel {
        paper_id: Set(place.paper_id),
        day: Set(place.feature.day),
        featured_at: Set(place.feature.featured_at),
        position: Set(place.feature.position),
        is_new: Set(place.is_new),
    });
    let place = [
        planned_feature::Column::Day,
        planned_feature::Column::FeaturedAt,
        planned_feature::Column::Position,
    ];
    let replace = OnConflict::column(planned_feature::Column::PaperId).update_columns(place).to_owned();
    planned_feature::Entity::insert_many(rows).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(())
}

/// Forgets the plans for papers that a source turns out to have read on a day that is open.
pub(crate) async fn forget(tx: &DatabaseTransaction, paper_ids: Vec<i64>) -> Result<()> {
    if !paper_ids.is_empty() {
        let of_these = planned_feature::Column::PaperId.is_in(paper_ids);
        planned_feature::Entity::delete_many().filter(of_these).exec(tx).await?;
    }
    Ok(())
}

/// Takes the plan for a paper away, because a curator decides; returns what it was.
pub(crate) async fn cancel(
    tx: &DatabaseTransaction,
    calendar: &Calendar,
    paper_id: i64,
) -> Result<Option<NewFeature>> {
    let Some(planned) = planned_feature::Entity::find_by_id(paper_id).one(tx).await? else { return Ok(None) };
    let feature = place(calendar, &planned);
    planned.delete(tx).await?;
    Ok(Some(feature))
}

/// The place that is planned.
pub(super) fn place(calendar: &Calendar, planned: &planned_feature::Model) -> NewFeature {
    NewFeature {
        day: planned.day,
        opens_at: calendar.opens_at(planned.day),
        featured_at: planned.featured_at,
        position: planned.position,
        featured_by: None,
    }
}
