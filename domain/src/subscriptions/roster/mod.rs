//! Subscribers as CSV (RFC 4180): to move here from elsewhere, and to leave.
//!
//! The first line names the columns; only `email` must be there. Lists within a column are separated by semicolons.
//! A file with a mistake changes nothing: all mistakes are told, each with its line. An address that left, came back
//! or was complained about is left out, whatever the file says.

mod line;

use std::io::Read;

use chrono::{DateTime, Utc};
use entity::enums::SubscriptionStatus;
use entity::subscription;
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use crate::mail::address::Address;
use crate::{Error, Result, Services, feeds, random};

use super::confirm::day_before_open;
use super::{of_address, schedule, subscribe, suppression};
use line::{COLUMNS, Entry, line, read};

/// Subscribers written in one transaction.
const BATCH: usize = 500;

/// What became of the lines of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines read.
    pub read: usize,
    /// Subscribed: confirmed, or asked to confirm.
    pub subscribed: usize,
    /// Subscribed before.
    pub unchanged: usize,
    /// Left out: they left, or their address is suppressed.
    pub left_out: usize,
}

/// Reads a file and subscribes whom it names. With `is_confirmed` they are subscribed at once, because they agreed
/// elsewhere; else each is asked to confirm by mail.
///
/// # Errors
/// The mistakes of the file, one a line, where it has any: then nothing is written. Where the database fails.
pub async fn import(
    services: &Services,
    file: impl Read,
    is_confirmed: bool,
) -> Result<std::result::Result<Summary, Vec<String>>> {
    let (entries, mut summary) = match read(file) {
        Ok(read) => read,
        Err(problems) => return Ok(Err(problems)),
    };
    for batch in entries.chunks(BATCH) {
        if is_confirmed {
            let now = services.now();
            let done = services
                .db
                .write(|tx| Box::pin(async move { write(tx, services, now, batch).await }))
                .await?;
            summary.subscribed += done.subscribed;
            summary.unchanged += done.unchanged;
            summary.left_out += done.left_out;
            continue;
        }
        for entry in batch {
            match state(services, &entry.address).await? {
                State::New => {
                    subscribe::subscribe(services, entry.address.as_str(), &entry.input).await?;
                    summary.subscribed += 1;
                }
                State::Known => summary.unchanged += 1,
                State::Gone => {
                    summary.left_out += 1;
                }
            }
        }
    }
    Ok(Ok(summary))
}

enum State {
    New,
    Known,
    Gone,
}

async fn state(services: &Services, address: &Address) -> Result<State> {
    let db = services.db.read();
    let key = address.key();
    if suppression::reason(db, &services.settings.keys, &key).await?.is_some() {
        return Ok(State::Gone);
    }
    let row = subscription::Entity::find().filter(subscription::Column::AddressKey.eq(key)).one(db).await?;
    Ok(match row.map(|row| row.status) {
        None => State::New,
        Some(SubscriptionStatus::Active | SubscriptionStatus::Pending) => State::Known,
        Some(SubscriptionStatus::Unsubscribed | SubscriptionStatus::Suppressed) => State::Gone,
    })
}

/// Subscribes at once. Reading begins with the period that is open: what lies before counts as covered.
async fn write(
    tx: &DatabaseTransaction,
    services: &Services,
    now: DateTime<Utc>,
    entries: &[Entry],
) -> Result<Summary> {
    let keys = &services.settings.keys;
    let covered_at = feeds::clock::tick(tx, now).await?;
    let mut summary = Summary::default();
    for entry in entries {
        let key = entry.address.key();
        if suppression::reason(tx, keys, &key).await?.is_some() {
            summary.left_out += 1;
            continue;
        }
        let held = of_address(tx, &key).await?;
        match held.as_ref().map(|row| row.status) {
            Some(SubscriptionStatus::Active) => {
                summary.unchanged += 1;
                continue;
            }
            Some(SubscriptionStatus::Unsubscribed | SubscriptionStatus::Suppressed) => {
                summary.left_out += 1;
                continue;
            }
            Some(SubscriptionStatus::Pending) | None => {}
        }
        let wanted = entry.settings.clone();
        let mut row = subscription::ActiveModel {
            id: held.as_ref().map_or(NotSet, |row| Set(row.id)),
            address_key: Set(key.clone()),
            address_hash: Set(keys.address_hash(&key)),
            email: Set(entry.address.to_string()),
            status: Set(SubscriptionStatus::Active),
            cadence: Set(wanted.cadence),
            time_zone: Set(wanted.time_zone),
            send_time: Set(wanted.send_time),
            weekdays: Set(wanted.weekdays),
            max_papers: Set(wanted.max_papers),
            filter: Set(wanted.filter),
            pending: Set(None),
            confirmed_at: Set(Some(now)),
            covered_day: Set(Some(day_before_open(services, wanted.cadence, now))),
            covered_at: Set(Some(covered_at)),
            ..Default::default()
        };
        let saved = if held.is_some() {
            row.update(tx).await?
        } else {
            row.link_nonce = Set(random::name());
            row.created_at = Set(now);
            row.insert(tx).await?
        };
        // When it is due depends on the id.
        let next = schedule(keys, &saved)?.next(now, None);
        let due = subscription::ActiveModel {
            id: Set(saved.id),
            next_due_at: Set(Some(next.due_at)),
            next_local_date: Set(Some(next.local_date)),
            ..Default::default()
        };
        due.update(tx).await?;
        summary.subscribed += 1;
    }
    Ok(summary)
}

/// All subscriptions as CSV, in the form that [`import`] reads.
///
/// # Errors
/// Where the database fails.
pub async fn export(services: &Services) -> Result<Vec<u8>> {
    let failed = |error: csv::Error| Error::Internal(error.to_string());
    let mut writer = csv::WriterBuilder::new().has_headers(false).from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(failed)?;
    let mut after = 0;
    loop {
        let rows = subscription::Entity::find()
            .filter(subscription::Column::Id.gt(after))
            .order_by_asc(subscription::Column::Id)
            .limit(BATCH as u64)
            .all(services.db.read())
            .await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        for row in &rows {
            writer.serialize(line(row)).map_err(failed)?;
        }
    }
    writer.into_inner().map_err(|error| Error::Internal(error.to_string()))
}
