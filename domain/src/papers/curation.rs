//! The acts of curators, each in one transaction, and told to those who watch once it is done.
//!
//! Always: an event is published after the transaction that it tells of, and only if something changed.

use chrono::NaiveDate;

use crate::calendar::DayBounds;
use crate::events::Event;
use crate::papers::edit::{self, PaperInput};
use crate::papers::feature::{self, Featured};
use crate::{Result, Services};

/// Features a paper on `day`, or on the open feed; see [`feature::feature`]. Returns its row id.
///
/// # Errors
/// Those of [`feature::feature`].
pub async fn feature(
    services: &Services,
    actor_id: i64,
    paper_id: i64,
    day: Option<NaiveDate>,
) -> Result<i64> {
    let (now, calendar) = (services.now(), &services.settings.calendar);
    let work = services.db.write(|tx| {
        Box::pin(async move { feature::feature(tx, now, calendar, actor_id, paper_id, day).await })
    });
    let featured = work.await?;
    if featured == Featured::Added {
        services.publish(Event::PaperFeatured { paper_id });
    }
    Ok(changed(services, paper_id, featured != Featured::Unchanged))
}

/// Takes a paper off its feed; idempotent. Returns its row id.
///
/// # Errors
/// Those of [`feature::unfeature`].
pub async fn unfeature(services: &Services, actor_id: i64, paper_id: i64) -> Result<i64> {
    let (now, calendar) = (services.now(), &services.settings.calendar);
    let work = services
        .db
        .write(|tx| Box::pin(async move { feature::unfeature(tx, now, calendar, actor_id, paper_id).await }));
    let is_changed = work.await?;
    Ok(changed(services, paper_id, is_changed))
}

/// Creates a paper. Returns its row id.
///
/// # Errors
/// Those of [`edit::create`].
pub async fn create(services: &Services, actor_id: i64, input: &PaperInput) -> Result<i64> {
    let bounds = &bounds(services);
    let work =
        services.db.write(|tx| Box::pin(async move { edit::create(tx, bounds, actor_id, input).await }));
    let paper_id = work.await?;
    Ok(changed(services, paper_id, true))
}

/// Changes a paper; see [`edit::update`]. Returns its row id.
///
/// # Errors
/// Those of [`edit::update`].
pub async fn update(services: &Services, actor_id: i64, paper_id: i64, input: &PaperInput) -> Result<i64> {
    let bounds = &bounds(services);
    let work = services
        .db
        .write(|tx| Box::pin(async move { edit::update(tx, bounds, actor_id, paper_id, input).await }));
    let is_changed = work.await?;
    Ok(changed(services, paper_id, is_changed))
}

fn bounds(services: &Services) -> DayBounds {
    DayBounds::new(services.settings.calendar.clone(), services.now())
}

fn changed(services: &Services, paper_id: i64, is_changed: bool) -> i64 {
    if is_changed {
        services.publish(Event::PaperChanged { paper_id });
    }
    paper_id
}
