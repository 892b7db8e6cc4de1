//! Papers locked for a change: whoever else changes one waits until the transaction ends, whoever writes a row that
//! refers to it does not.

use entity::paper;
use sea_orm::sea_query::LockType;
use sea_orm::{DatabaseTransaction, EntityTrait as _, QuerySelect as _};

use crate::Result;
use crate::error::{Error, UserErrorCode};

/// The paper with this row id, shown or not.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn find(tx: &DatabaseTransaction, paper_id: i64) -> Result<Option<paper::Model>> {
    Ok(paper::Entity::find_by_id(paper_id).lock(LockType::NoKeyUpdate).one(tx).await?)
}

/// The paper that a curator names, shown or not.
///
/// # Errors
/// `NOT_FOUND` where there is none.
pub(crate) async fn named(tx: &DatabaseTransaction, paper_id: i64) -> Result<paper::Model> {
    let missing = || Error::user(UserErrorCode::NotFound, &["paperId"], "There is no such paper.");
    find(tx, paper_id).await?.ok_or_else(missing)
}
