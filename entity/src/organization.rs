//! An institution that papers name.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "organization")]
pub struct Model {
    /// Row id.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Unique name for URLs, in lower case.
    #[sea_orm(unique)]
    pub slug: String,
    /// Name as shown.
    pub name: String,
    /// The name as names are compared.
    pub name_key: String,
    /// Where its logo is.
    pub logo_url: Option<String>,
    /// The feed day that the name is of, if a source told.
    pub named_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}

db::columns!(id Id, slug Slug, name Name, name_key NameKey, logo_url LogoUrl, named_on NamedOn);
