//! Votes: given and taken any number of times, counted once.

use chrono::TimeDelta;
use entity::upvote;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    sea_query::OnConflict,
};

use crate::error::{Error, UserErrorCode};
use crate::events::Event;
use crate::{Result, Services};

use super::counts;

/// The maximum number of votes of a person in an hour.
pub const MAX_VOTES_PER_HOUR: u64 = 300;

/// Votes for a paper; idempotent.
///
/// # Errors
/// `NOT_FOUND` if there is no such paper, `LIMIT_REACHED` above [`MAX_VOTES_PER_HOUR`] votes an hour.
pub async fn give(services: &Services, user_id: i64, paper_id: i64) -> Result<()> {
    let now = services.now();
    let is_changed = services
        .db
        .write(|tx| {
            Box::pin(async move {
                counts::lock_user(tx, user_id).await?;
                let paper = counts::lock(tx, paper_id, &["paperId"]).await?;
                let of_user = upvote::Entity::find().filter(upvote::Column::UserId.eq(user_id));
                let given = of_user.clone().filter(upvote::Column::PaperId.eq(paper_id));
                if given.one(tx).await?.is_some() {
                    return Ok(false);
                }
                let lately = of_user.filter(upvote::Column::CreatedAt.gt(now - TimeDelta::hours(1)));
                if lately.count(tx).await? >= MAX_VOTES_PER_HOUR {
                    let message = format!(
                        "You can change at most {MAX_VOTES_PER_HOUR} votes an hour. Try again later."
                    );
                    return Err(Error::user(UserErrorCode::LimitReached, &[], message));
                }
                let vote = upvote::ActiveModel {
                    id: NotSet,
                    paper_id: Set(paper_id),
                    user_id: Set(user_id),
                    created_at: Set(now),
                };
                let keep = OnConflict::columns([upvote::Column::PaperId, upvote::Column::UserId])
                    .do_nothing()
                    .to_owned();
                let given = upvote::Entity::insert(vote).on_conflict(keep).exec_without_returning(tx).await?;
                if given > 0 {
                    counts::add(tx, paper, 1, 0).await?;
                }
                Ok(given > 0)
            })
        })
        .await?;
    if is_changed {
        services.publish(Event::PaperChanged { paper_id });
    }
    Ok(())
}

/// Takes a vote back; idempotent.
///
/// # Errors
/// `NOT_FOUND` if there is no such paper.
pub async fn take_back(services: &Services, user_id: i64, paper_id: i64) -> Result<()> {
    let is_changed = services
        .db
        .write(|tx| {
            Box::pin(async move {
                let paper = counts::lock(tx, paper_id, &["paperId"]).await?;
                let taken = upvote::Entity::delete_many()
                    .filter(upvote::Column::PaperId.eq(paper_id))
                    .filter(upvote::Column::UserId.eq(user_id))
                    .exec(tx)
                    .await?;
                if taken.rows_affected > 0 {
                    counts::add(tx, paper, -1, 0).await?;
                }
                Ok(taken.rows_affected > 0)
            })
        })
        .await?;
    if is_changed {
        services.publish(Event::PaperChanged { paper_id });
    }
    Ok(())
}
