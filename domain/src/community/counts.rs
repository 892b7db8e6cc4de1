//! The counters of a paper and its trending score, which change with every vote and comment, under the row's
//! lock and in the same transaction.

use entity::{featured_paper, paper, user};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait as _, ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QuerySelect as _,
};

use crate::Result;
use crate::error::{Error, UserErrorCode};
use crate::papers::{lock, planned, ranking};

/// The paper that someone votes for or writes about, locked until the transaction ends.
///
/// # Errors
/// `NOT_FOUND` if there is none that is shown; `field` says where its identifier stood.
pub(super) async fn lock(tx: &DatabaseTransaction, paper_id: i64, field: &[&str]) -> Result<paper::Model> {
    let missing = || Error::user(UserErrorCode::NotFound, field, "There is no such paper.");
    let paper =
        lock::find(tx, paper_id).await?.filter(|paper| paper.hidden_at.is_none()).ok_or_else(missing)?;
    if planned::is_waiting(tx, paper_id).await? { Err(missing()) } else { Ok(paper) }
}

/// The paper of something that is there already, shown or not, locked until the transaction ends.
pub(super) async fn lock_any(tx: &DatabaseTransaction, paper_id: i64) -> Result<paper::Model> {
    lock::find(tx, paper_id)
        .await?
        .ok_or_else(|| Error::Internal("the paper of a comment is missing".to_owned()))
}

/// Has what one person does come one after the other, until the transaction ends: limits are counted over all papers.
pub(super) async fn lock_user(tx: &DatabaseTransaction, user_id: i64) -> Result<()> {
    user::Entity::find_by_id(user_id).lock(LockType::NoKeyUpdate).one(tx).await?;
    Ok(())
}

/// Adds to the counters of a locked paper, and recomputes what follows from them.
pub(super) async fn add(
    tx: &DatabaseTransaction,
    paper: paper::Model,
    upvotes: i32,
    comments: i32,
) -> Result<()> {
    let feature = featured_paper::Entity::find()
        .filter(featured_paper::Column::PaperId.eq(paper.id))
        .filter(featured_paper::Column::RemovedAt.is_null())
        .one(tx)
        .await?;
    let upvotes = paper.upvotes.saturating_add(upvotes).max(0);
    let comments = paper.comments.saturating_add(comments).max(0);
    let trending = ranking::trending(
        paper.source_upvotes.saturating_add(upvotes),
        paper.source_comments.saturating_add(comments),
        ranking::since(feature.map(|feature| feature.featured_at), paper.published_on),
    );
    let changed = paper::ActiveModel {
        id: Set(paper.id),
        upvotes: Set(upvotes),
        comments: Set(comments),
        trending: Set(trending),
        ..Default::default()
    };
    changed.update(tx).await?;
    Ok(())
}
