//! Queries for the organizations of papers.

use std::collections::HashMap;

use entity::organization;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use crate::Result;

/// The organizations with these row ids, by id.
pub async fn by_ids(
    connection: &impl ConnectionTrait,
    ids: &[i64],
) -> Result<HashMap<i64, organization::Model>> {
    let query = organization::Entity::find().filter(organization::Column::Id.is_in(ids.iter().copied()));
    Ok(query.all(connection).await?.into_iter().map(|row| (row.id, row)).collect())
}

/// The organization with this slug, in any case.
pub async fn by_slug(connection: &impl ConnectionTrait, slug: &str) -> Result<Option<organization::Model>> {
    let is_it = organization::Column::Slug.eq(slug.to_lowercase());
    Ok(organization::Entity::find().filter(is_it).one(connection).await?)
}
