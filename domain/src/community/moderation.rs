//! Moderation: hiding and restoring papers and comments.
//!
//! A hidden paper is gone from lists, feeds, pages and digests that are not sent yet. It is taken off its feed at
//! the instant at which it is hidden; by that restoring knows that it belongs there.

use entity::{comment, featured_paper, paper};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _,
    QuerySelect as _,
};

use crate::editions::publish;
use crate::error::{Error, UserErrorCode};
use crate::events::Event;
use crate::feeds::commit_order;
use crate::papers::{feature, lock};
use crate::{Result, Services, audit};

use super::comments::is_shown;
use super::counts;

/// Hides a paper; idempotent.
///
/// # Errors
/// `NOT_FOUND` if there is no such paper.
pub async fn hide_paper(services: &Services, actor_id: i64, paper_id: i64) -> Result<()> {
    let now = services.now();
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let paper = lock::named(tx, paper_id).await?;
                if paper.hidden_at.is_some() {
                    return Ok(());
                }
                // No digest chooses the paper from here on: it would wait for the feed clock.
                let hidden_at = commit_order::tick(tx, now).await?;
                featured_paper::Entity::update_many()
                    .set(featured_paper::ActiveModel {
                        removed_at: Set(Some(hidden_at)),
                        ..Default::default()
                    })
                    .filter(featured_paper::Column::PaperId.eq(paper_id))
                    .filter(featured_paper::Column::RemovedAt.is_null())
                    .exec(tx)
                    .await?;
                let mut hidden: paper::ActiveModel = paper.into();
                hidden.hidden_at = Set(Some(hidden_at));
                let paper = hidden.update(tx).await?;
                feature::set_trending(tx, paper, None).await?;
                publish::rename(tx, paper_id).await?;
                let target = Some(format!("Paper:{paper_id}"));
                audit::record(tx, now, Some(actor_id), "hidePaper", target, None).await
            })
        })
        .await
}

/// Shows a hidden paper again, also on its feed; idempotent.
///
/// # Errors
/// `NOT_FOUND` if there is no such paper.
pub async fn restore_paper(services: &Services, actor_id: i64, paper_id: i64) -> Result<()> {
    let now = services.now();
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let paper = lock::named(tx, paper_id).await?;
                let Some(hidden_at) = paper.hidden_at else { return Ok(()) };
                featured_paper::Entity::update_many()
                    .set(featured_paper::ActiveModel { removed_at: Set(None), ..Default::default() })
                    .filter(featured_paper::Column::PaperId.eq(paper_id))
                    .filter(featured_paper::Column::RemovedAt.eq(hidden_at))
                    .exec(tx)
                    .await?;
                let mut shown: paper::ActiveModel = paper.into();
                shown.hidden_at = Set(None);
                let paper = shown.update(tx).await?;
                let feature = featured_paper::Entity::find()
                    .filter(featured_paper::Column::PaperId.eq(paper_id))
                    .filter(featured_paper::Column::RemovedAt.is_null())
                    .one(tx)
                    .await?;
                feature::set_trending(tx, paper, feature.map(|feature| feature.featured_at)).await?;
                publish::rename(tx, paper_id).await?;
                let target = Some(format!("Paper:{paper_id}"));
                audit::record(tx, now, Some(actor_id), "restorePaper", target, None).await
            })
        })
        .await?;
    services.publish(Event::PaperChanged { paper_id });
    Ok(())
}

/// Hides a comment; idempotent.
///
/// # Errors
/// `NOT_FOUND` if there is no such comment.
pub async fn hide_comment(services: &Services, actor_id: i64, id: i64) -> Result<comment::Model> {
    set_hidden(services, actor_id, id, true).await
}

/// Shows a hidden comment again; idempotent.
///
/// # Errors
/// `NOT_FOUND` if there is no such comment.
pub async fn restore_comment(services: &Services, actor_id: i64, id: i64) -> Result<comment::Model> {
    set_hidden(services, actor_id, id, false).await
}

async fn set_hidden(services: &Services, actor_id: i64, id: i64, is_hidden: bool) -> Result<comment::Model> {
    let now = services.now();
    let comment = services
        .db
        .write(|tx| {
            Box::pin(async move {
                let missing = || Error::user(UserErrorCode::NotFound, &["id"], "There is no such comment.");
                let paper_id = comment::Entity::find_by_id(id).one(tx).await?.ok_or_else(missing)?.paper_id;
                let paper = counts::lock_any(tx, paper_id).await?;
                let before = comment::Entity::find_by_id(id)
                    .lock(LockType::NoKeyUpdate)
                    .one(tx)
                    .await?
                    .filter(|comment| comment.deleted_at.is_none())
                    .ok_or_else(missing)?;
                if is_shown(&before) != is_hidden {
                    return Ok(before);
                }
                let mut changed: comment::ActiveModel = before.into();
                changed.hidden_at = Set(is_hidden.then_some(now));
                let comment = changed.update(tx).await?;
                counts::add(tx, paper, 0, if is_hidden { -1 } else { 1 }).await?;
                let action = if is_hidden { "hideComment" } else { "restoreComment" };
                let target = Some(format!("Comment:{id}"));
                audit::record(tx, now, Some(actor_id), action, target, None).await?;
                Ok(comment)
            })
        })
        .await?;
    services.publish(Event::PaperChanged { paper_id: comment.paper_id });
    Ok(comment)
}
