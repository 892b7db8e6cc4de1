//! The turn to ask a site: one request at a time, of all processes together.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "source_turn")]
pub struct Model {
    /// The site, with all its hosts.
    #[sea_orm(primary_key, auto_increment = false)]
    pub site: String,
    /// Random mark of the request under way.
    pub owner: Option<String>,
    /// Until when that request has the turn.
    pub lease_until: Option<DateTimeUtc>,
    /// The earliest time of the next request.
    pub next_request_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
