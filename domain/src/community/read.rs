//! Queries for votes and comments.

use std::collections::{HashMap, HashSet};

use db::paging::Columns as _;
use entity::{comment, upvote};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};

use crate::Result;
use crate::community::comment_rows::{CommentColumns, CommentRow};

/// The papers among these that the person voted for.
pub async fn upvoted(
    connection: &impl ConnectionTrait,
    user_id: i64,
    paper_ids: &[i64],
) -> Result<HashSet<i64>> {
    let votes = upvote::Entity::find()
        .select_only()
        .column(upvote::Column::PaperId)
        .filter(upvote::Column::UserId.eq(user_id))
        .filter(upvote::Column::PaperId.is_in(paper_ids.iter().copied()));
    Ok(votes.into_tuple::<i64>().all(connection).await?.into_iter().collect())
}

/// The comments with these row ids, by id.
pub async fn by_ids(connection: &impl ConnectionTrait, ids: &[i64]) -> Result<HashMap<i64, CommentRow>> {
    let which = Condition::all().add(comment::Column::Id.is_in(ids.iter().copied()));
    let rows = connection.query_all(&CommentRow::select(which, CommentColumns::ALL)).await?;
    let comments = rows.iter().map(|row| {
        let written = CommentRow::read(row, CommentColumns::ALL)?;
        Ok((written.id()?, written))
    });
    Ok(comments.collect::<Result<_, DbErr>>()?)
}
