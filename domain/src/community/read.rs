//! Reading votes and comments.

use std::collections::{HashMap, HashSet};

use entity::{comment, upvote};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _, QuerySelect as _,
};

use crate::Result;
use crate::paging::RowList;

/// Which of these papers the person voted for.
///
/// # Errors
/// Where the database fails.
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
///
/// # Errors
/// Where the database fails.
pub async fn by_ids(connection: &impl ConnectionTrait, ids: &[i64]) -> Result<HashMap<i64, comment::Model>> {
    let query = comment::Entity::find().filter(comment::Column::Id.is_in(ids.iter().copied()));
    Ok(query.all(connection).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// All comments on a paper, whatever they answer, the oldest first. One that was deleted or hidden keeps its place
/// while something answers it; those that are there to be read are counted.
#[must_use]
pub fn of_paper(paper_id: i64) -> RowList<comment::Entity> {
    let shown = comment::Entity::find()
        .filter(comment::Column::PaperId.eq(paper_id))
        .filter(comment::Column::DeletedAt.is_null())
        .filter(comment::Column::HiddenAt.is_null());
    listed(format!("comments on {paper_id}"), comment::Column::PaperId.eq(paper_id)).counting(shown)
}

/// The answers to a comment, the oldest first.
#[must_use]
pub fn replies(comment_id: i64) -> RowList<comment::Entity> {
    listed(format!("replies to {comment_id}"), comment::Column::ParentId.eq(comment_id))
}

fn listed(name: String, which: Expr) -> RowList<comment::Entity> {
    let reply = Alias::new("reply");
    let answered = Query::select()
        .expr(Expr::val(1))
        .from_as(comment::Entity, reply.clone())
        .and_where(
            Expr::col((reply, comment::Column::ParentId)).equals((comment::Entity, comment::Column::Id)),
        )
        .to_owned();
    let shown =
        Condition::all().add(comment::Column::DeletedAt.is_null()).add(comment::Column::HiddenAt.is_null());
    let comments =
        comment::Entity::find().filter(which).filter(Condition::any().add(shown).add(Expr::exists(answered)));
    RowList::oldest_first(name, comments, comment::Column::Id, |row| row.id)
}
