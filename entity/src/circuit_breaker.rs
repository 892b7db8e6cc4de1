//! A recipient domain that refuses mail from here; the domain `*` stands for all.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "circuit_breaker")]
pub struct Model {
    /// The domain, lower-cased.
    #[sea_orm(primary_key, auto_increment = false)]
    pub domain: String,
    /// Since when no digest goes there; null while they go.
    pub opened_at: Option<DateTimeUtc>,
    /// Why.
    pub reason: Option<String>,
    /// How many probes were refused since it was opened.
    pub failures: i32,
    /// While it is open: when the next digest goes there, to see how it is taken.
    pub probe_at: Option<DateTimeUtc>,
    /// The digest that does.
    pub probe_id: Option<i64>,
    /// When it was closed last; what happened before counts no more.
    pub closed_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
