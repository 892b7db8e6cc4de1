//! Papers locked for a change: others who change the paper wait until the transaction ends; those who write a row that
//! refers to it do not.

use entity::paper;
use sea_orm::sea_query::LockType;
use sea_orm::{DatabaseTransaction, EntityTrait as _, QuerySelect as _};

use crate::Result;
use crate::error::{Error, UserErrorCode};

/// The paper with this row id, shown or not.
pub(crate) async fn find(tx: &DatabaseTransaction, paper_id: i64) -> Result<Option<paper::Model>> {
    Ok(paper::Entity::find_by_id(paper_id).lock(LockType::NoKeyUpdate).one(tx).await?)
}

/// The paper that a curator names, shown or not.
///
/// # Errors
/// `NOT_FOUND` if there is none.
pub(crate) async fn named(tx: &DatabaseTransaction, paper_id: i64) -> Result<paper::Model> {
    let missing = || Error::user(UserErrorCode::NotFound, &["paperId"], "There is no such paper.");
    find(tx, paper_id).await?.ok_or_else(missing)
}
