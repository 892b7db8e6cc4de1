//! Featuring a paper on the feed of a day, and removing it.
//!
//! A paper is featured once, for ever. Its row stays when it is taken off, so that no import puts it back;
//! only a curator does. Put back on the same day, it has its place again. If a digest may have carried it, it
//! comes back to no other day and counts as recorded when it was first: nobody gets it twice. If none has, it is
//! featured again, on any day.

use chrono::{DateTime, NaiveDate, Utc};
use entity::{delivery, edition, featured_paper, paper};
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, ModelTrait as _, PaginatorTrait as _,
    QueryFilter as _, QuerySelect,
    sea_query::OnConflict,
};

use crate::calendar::{Calendar, DayRefusal, bounds};
use crate::error::{Error, UserErrorCode};
use crate::feeds::commit_order;
use crate::papers::{NewFeature, lock, planned, ranking};
use crate::{Result, audit};

/// Records that papers are featured, as a source or a curator says. A paper that has a place already
/// keeps it.
pub async fn record(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    features: Vec<(i64, NewFeature)>,
) -> Result<()> {
    if features.is_empty() {
        return Ok(());
    }
    let recorded_at = commit_order::tick(tx, now).await?;
    let rows = features.into_iter().map(|(paper_id, feature)| featured_paper::ActiveModel {
        id: NotSet,
        paper_id: Set(paper_id),
        day: Set(feature.day),
        featured_at: Set(feature.featured_at),
        recorded_at: Set(recorded_at),
        featured_by: Set(feature.featured_by),
        position: Set(feature.position),
        removed_at: Set(None),
    });
    let keep = OnConflict::column(featured_paper::Column::PaperId).do_nothing().to_owned();
    featured_paper::Entity::insert_many(rows).on_conflict(keep).exec_without_returning(tx).await?;
    Ok(())
}

/// Puts papers that a source turns out to have read earlier on the feeds of those days. Nobody may have got them yet:
/// they count as recorded now, so that anyone who has had a digest of that day still gets them.
pub(crate) async fn move_back(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    moves: Vec<(i64, NewFeature)>,
) -> Result<()> {
    if moves.is_empty() {
        return Ok(());
    }
    let recorded_at = commit_order::tick(tx, now).await?;
    for (paper_id, feature) in moves {
        let place = featured_paper::ActiveModel {
            day: Set(feature.day),
            featured_at: Set(feature.featured_at),
            recorded_at: Set(recorded_at),
            position: Set(feature.position),
            ..Default::default()
        };
        featured_paper::Entity::update_many()
            .set(place)
            .filter(featured_paper::Column::PaperId.eq(paper_id))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// The last day that an edition was published of.
pub(crate) async fn last_published(tx: &DatabaseTransaction) -> Result<Option<NaiveDate>> {
    let last = edition::Entity::find().select_only().column_as(edition::Column::EndsOn.max(), "last");
    Ok(last.into_tuple::<Option<NaiveDate>>().one(tx).await?.flatten())
}

/// The result of featuring a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Featured {
    /// It was there already.
    Unchanged,
    /// It is back in the place that it was taken from: who watches heard of it then.
    Restored,
    /// It has a place on a feed that it did not have before.
    Added,
}

/// A curator features a paper on `day`, or on the open feed. On that day already: nothing changes; taken off it: it is
/// back as if it had never been gone.
///
/// # Errors
/// `CONFLICT` if it is or was on another day, `NOT_FOUND` if there is no such paper, `INVALID` for a
/// day that has not come.
pub async fn feature(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    calendar: &Calendar,
    actor_id: i64,
    paper_id: i64,
    day: Option<NaiveDate>,
) -> Result<Featured> {
    let today = calendar.today(now);
    let day = day.unwrap_or(today);
    if day > today {
        let message = format!("The feed of {day} is not open yet: today's feed is that of {today}.");
        return Err(Error::user(UserErrorCode::Invalid, &["on"], message));
    }
    if day < bounds::FIRST_DAY {
        let message = DayRefusal::TooEarly(day).to_string();
        return Err(Error::user(UserErrorCode::Invalid, &["on"], message));
    }
    let paper = lock::named(tx, paper_id).await?;
    if paper.hidden_at.is_some() {
        let message = "The paper is hidden. Restore it first.";
        return Err(Error::user(UserErrorCode::Conflict, &["paperId"], message));
    }
    // What a source plans for a day to come gives way to what a curator says today.
    planned::cancel(tx, calendar, paper_id).await?;
    let mut known =
        featured_paper::Entity::find().filter(featured_paper::Column::PaperId.eq(paper_id)).one(tx).await?;
    // A digest that was chosen while the paper was away does not have it: unless one before may, it is recorded again.
    let mut is_unsent = false;
    if let Some(row) = known.take_if(|row| row.removed_at.is_some()) {
        is_unsent = !may_have_been_sent(tx, &row).await?;
        if is_unsent && row.day != day {
            row.delete(tx).await?;
        } else {
            known = Some(row);
        }
    }
    let done = match known {
        Some(row) if row.day != day => {
            let was = if row.removed_at.is_some() { "was" } else { "is" };
            let message =
                format!("The paper {was} on the feed of {}. A paper cannot move to another day.", row.day);
            return Err(Error::user(UserErrorCode::Conflict, &["on"], message));
        }
        Some(row) if row.removed_at.is_none() => return Ok(Featured::Unchanged),
        Some(row) => {
            let featured_at = row.featured_at;
            let mut row: featured_paper::ActiveModel = row.into();
            row.removed_at = Set(None);
            if is_unsent {
                row.recorded_at = Set(commit_order::tick(tx, now).await?);
            }
            row.update(tx).await?;
            set_trending(tx, paper, Some(featured_at)).await?;
            Featured::Restored
        }
        None => {
            let on_day =
                featured_paper::Entity::find().filter(featured_paper::Column::Day.eq(day)).count(tx).await?;
            let feature = NewFeature {
                day,
                opens_at: calendar.opens_at(day),
                featured_at: if day == today { now } else { calendar.opens_at(day) },
                position: i32::try_from(on_day).unwrap_or(i32::MAX),
                featured_by: Some(actor_id),
            };
            let featured_at = feature.featured_at;
            record(tx, now, vec![(paper_id, feature)]).await?;
            set_trending(tx, paper, Some(featured_at)).await?;
            Featured::Added
        }
    };
    let detail = serde_json::json!({ "on": day });
    audit::record(tx, now, Some(actor_id), "featurePaper", Some(format!("Paper:{paper_id}")), Some(detail))
        .await?;
    Ok(done)
}

/// A curator takes a paper off its feed. Not on one: nothing changes. Returns whether something did.
///
/// # Errors
/// `NOT_FOUND` if there is no such paper.
pub async fn unfeature(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    calendar: &Calendar,
    actor_id: i64,
    paper_id: i64,
) -> Result<bool> {
    let paper = lock::named(tx, paper_id).await?;
    if let Some(planned) = planned::cancel(tx, calendar, paper_id).await? {
        // As if it had been there: no source plans it again.
        record(tx, now, vec![(paper_id, planned)]).await?;
    }
    // No digest chooses the paper from here on: it would wait for the feed clock.
    let removed_at = commit_order::tick(tx, now).await?;
    let row = featured_paper::Entity::find()
        .filter(featured_paper::Column::PaperId.eq(paper_id))
        .filter(featured_paper::Column::RemovedAt.is_null())
        .one(tx)
        .await?;
    let Some(row) = row else { return Ok(false) };
    let detail = serde_json::json!({ "from": row.day });
    let mut row: featured_paper::ActiveModel = row.into();
    row.removed_at = Set(Some(removed_at));
    row.update(tx).await?;
    set_trending(tx, paper, None).await?;
    audit::record(tx, now, Some(actor_id), "unfeaturePaper", Some(format!("Paper:{paper_id}")), Some(detail))
        .await?;
    Ok(true)
}

/// Whether a digest chose its papers while this one was there to be chosen.
async fn may_have_been_sent(tx: &DatabaseTransaction, row: &featured_paper::Model) -> Result<bool> {
    let mut editions = edition::Entity::find()
        .select_only()
        .column(edition::Column::Id)
        .filter(edition::Column::EndsOn.gte(row.day));
    let of_these = delivery::Column::EditionId.in_subquery(QuerySelect::query(&mut editions).take());
    let mut chosen =
        delivery::Entity::find().filter(of_these).filter(delivery::Column::ChosenAt.gte(row.recorded_at));
    if let Some(removed_at) = row.removed_at {
        chosen = chosen.filter(delivery::Column::ChosenAt.lte(removed_at));
    }
    Ok(chosen.one(tx).await?.is_some())
}

/// Recomputes the score of a paper whose place on a feed changed.
pub(crate) async fn set_trending(
    tx: &DatabaseTransaction,
    paper: paper::Model,
    featured_at: Option<DateTime<Utc>>,
) -> Result<()> {
    let trending = ranking::trending(
        paper.source_upvotes.saturating_add(paper.upvotes),
        paper.source_comments.saturating_add(paper.comments),
        ranking::since(featured_at, paper.published_on),
    );
    let mut paper: paper::ActiveModel = paper.into();
    paper.trending = Set(trending);
    paper.update(tx).await?;
    Ok(())
}
