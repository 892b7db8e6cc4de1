//! Queries for people.

use std::collections::HashMap;

use db::paging::RowList;
use entity::{access_token, user};
use sea_orm::sea_query::{ExprTrait as _, LikeExpr};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _};

use crate::Result;

use super::names::fold;

/// The people with these row ids, by id.
pub async fn by_ids(connection: &impl ConnectionTrait, ids: &[i64]) -> Result<HashMap<i64, user::Model>> {
    let query = user::Entity::find().filter(user::Column::Id.is_in(ids.iter().copied()));
    Ok(query.all(connection).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// Everyone, or those in whose handle, name or address the text stands, whatever the capitals; who came last first.
#[must_use]
pub fn list(query: Option<&str>) -> RowList<user::Entity> {
    let mut users = user::Entity::find();
    if let Some(text) = query.map(str::trim).filter(|text| !text.is_empty()) {
        let escaped = fold(text).replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let like = LikeExpr::new(format!("%{escaped}%")).escape('\\');
        users = users.filter(user::Column::SearchKey.into_expr().like(like));
    }
    RowList::latest_first(format!("users {query:?}"), users, user::Column::Id, |row| row.id)
}

/// The access tokens of a person, the latest first.
pub async fn access_tokens(
    connection: &impl ConnectionTrait,
    user_id: i64,
) -> Result<Vec<access_token::Model>> {
    let tokens = access_token::Entity::find()
        .filter(access_token::Column::UserId.eq(user_id))
        .order_by_desc(access_token::Column::Id);
    Ok(tokens.all(connection).await?)
}

/// The access token with this row id, if it is the person's.
pub async fn access_token(
    connection: &impl ConnectionTrait,
    user_id: i64,
    id: i64,
) -> Result<Option<access_token::Model>> {
    let token = access_token::Entity::find_by_id(id).one(connection).await?;
    Ok(token.filter(|token| token.user_id == user_id))
}
