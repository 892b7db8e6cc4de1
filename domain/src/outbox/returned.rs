//! Deletion of recorded bounces together with their subscription or address.

use entity::bounce;
use sea_orm::sea_query::{IntoCondition as _, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, Condition, ConnectionTrait, EntityTrait as _, QueryFilter as _,
};

use crate::Result;

/// Forgets what was said about someone, but not that something came back.
pub(crate) async fn forget_words(connection: &impl ConnectionTrait, about: Condition) -> Result<()> {
    let forgotten =
        bounce::ActiveModel { message: Set(Vec::new()), diagnostic: Set(None), ..Default::default() };
    bounce::Entity::update_many().set(forgotten).filter(about).exec(connection).await?;
    Ok(())
}

/// The bounces of these deliveries, given as a query for their ids.
pub(crate) fn of_deliveries(ids: SelectStatement) -> Condition {
    bounce::Column::DeliveryId.in_subquery(ids).into_condition()
}

/// The bounces of an address, by its keyed hashes.
pub(crate) fn of_address(hashes: Vec<String>) -> Condition {
    bounce::Column::AddressHash.is_in(hashes).into_condition()
}
