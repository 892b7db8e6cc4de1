//! Queries for deliveries.

use std::collections::HashMap;

use chrono::{Days, NaiveDate, NaiveTime};
use db::paging::RowList;
use entity::enums::DeliveryStatus;
use entity::{delivery, subscription};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait as _, Condition, ConnectionTrait, DbBackend, EntityTrait as _, QueryFilter as _};

use crate::Result;

/// Narrows a list of deliveries; `None` does not narrow.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    /// Of this edition.
    pub edition_id: Option<i64>,
    /// Of this subscription.
    pub subscription_id: Option<i64>,
    /// That carried this paper.
    pub paper_id: Option<i64>,
    /// In this state.
    pub status: Option<DeliveryStatus>,
    /// To this address: those of its subscription, and others to its mailbox, by keyed hashes.
    pub address: Option<AddressFilter>,
    /// Due on this day (UTC) or later.
    pub from: Option<NaiveDate>,
    /// Due on this day (UTC) or earlier.
    pub to: Option<NaiveDate>,
}

/// An address as deliveries are found by it.
#[derive(Clone, Debug)]
pub struct AddressFilter {
    /// Lower-cased.
    pub key: String,
    /// Keyed hashes of the mailbox.
    pub mailbox_hashes: Vec<String>,
}

/// Deliveries, the latest first.
#[must_use]
pub fn list(filter: &DeliveryFilter, backend: DbBackend) -> RowList<delivery::Entity> {
    let mut rows = delivery::Entity::find();
    if let Some(id) = filter.edition_id {
        rows = rows.filter(delivery::Column::EditionId.eq(id));
    }
    if let Some(id) = filter.subscription_id {
        rows = rows.filter(delivery::Column::SubscriptionId.eq(id));
    }
    if let Some(id) = filter.paper_id {
        // The list of papers is JSON, which the two write differently.
        let carries = if backend == DbBackend::Postgres {
            Expr::cust_with_values("delivery.papers @> jsonb_build_array($1::bigint)", [id])
        } else {
            let sql = "EXISTS (SELECT 1 FROM json_each(delivery.papers) WHERE json_each.value = ?)";
            Expr::cust_with_values(sql, [id])
        };
        rows = rows.filter(carries);
    }
    if let Some(status) = filter.status {
        rows = rows.filter(delivery::Column::Status.eq(status));
    }
    if let Some(address) = &filter.address {
        let own = Query::select()
            .column(subscription::Column::Id)
            .from(subscription::Entity)
            .and_where(subscription::Column::AddressKey.eq(address.key.as_str()))
            .to_owned();
        let to_mailbox = Condition::all()
            .add(Expr::cust("kind <> 'DIGEST'"))
            .add(delivery::Column::MailboxHash.is_in(address.mailbox_hashes.iter().cloned()));
        rows = rows
            .filter(Condition::any().add(delivery::Column::SubscriptionId.in_subquery(own)).add(to_mailbox));
    }
    let midnight = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    if let Some(day) = filter.from {
        rows = rows.filter(delivery::Column::DueAt.gte(midnight(day)));
    }
    if let Some(day) = filter.to {
        rows = rows.filter(delivery::Column::DueAt.lt(midnight(day + Days::new(1))));
    }
    RowList::latest_first(format!("{filter:?}"), rows, delivery::Column::Id, |row| row.id)
}

/// The deliveries with these row ids, by id.
pub async fn by_ids(connection: &impl ConnectionTrait, ids: &[i64]) -> Result<HashMap<i64, delivery::Model>> {
    let query = delivery::Entity::find().filter(delivery::Column::Id.is_in(ids.iter().copied()));
    Ok(query.all(connection).await?.into_iter().map(|row| (row.id, row)).collect())
}
