//! Import and export of subscribers as CSV (RFC 4180 and its dialects).
//!
//! The first line names the columns; only the address must be there. Lists within a column are separated by semicolons.
//! A file with a mistake changes nothing, unless the operator wants the rest of it: all mistakes are told, each with its
//! line. Files of listmonk, Ghost and Mailchimp are read as they are.
//!
//! Always: an address that left, here or there, that came back or was complained about is left out, whatever the file
//! says of it elsewhere.

mod cell;
mod columns;
mod entry;
mod filter_cells;
mod header;
mod line;
mod read;
mod standing;
mod table;

use chrono::{DateTime, Utc};
use entity::enums::SubscriptionStatus;
use entity::subscription;
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};
use smtp::Address;

use crate::subscriptions::confirm::day_before_open;
use crate::subscriptions::{of_address, schedule, settings, subscribe, suppression};
use crate::{Error, Result, Services, audit, feeds, random};

use columns::Field;
use entry::{Entry, line};
pub use table::MAX_FILE;

/// The number of subscribers written in one transaction.
const BATCH_SIZE: usize = 500;

/// A file with subscribers.
#[derive(Clone, Copy, Debug)]
pub struct ListFile<'a> {
    /// Its content.
    pub bytes: &'a [u8],
    /// Its name without its folder: Mailchimp says there whom it holds.
    pub name: &'a str,
}

/// Options of an import.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions {
    /// They agreed elsewhere: they are subscribed at once; else each is asked to confirm by mail.
    pub is_confirmed: bool,
    /// Nothing is written and nobody is asked.
    pub is_dry: bool,
    /// Lines with mistakes are left out; else one mistake stops everything.
    pub skips_mistakes: bool,
}

/// The summary of a file's lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines read.
    pub read: usize,
    /// Subscribed: confirmed, or asked to confirm.
    pub subscribed: usize,
    /// Subscribed before.
    pub unchanged: usize,
    /// Left out: they left, never confirmed, or their address is suppressed.
    pub left_out: usize,
    /// Of those left out: they never confirmed.
    pub unconfirmed: usize,
    /// Mistakes.
    pub mistakes: usize,
}

/// The notice about an import.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Counts by kind.
    pub summary: Summary,
    /// Notices for the operator.
    pub notices: Vec<String>,
    /// The first thousand mistakes, each with its line.
    pub mistakes: Vec<String>,
    /// Whether mistakes stopped it, so that nothing was written.
    pub is_refused: bool,
}

/// Reads a file and subscribes whom it names; it stands in the audit log.
pub async fn import(services: &Services, file: &ListFile<'_>, options: ImportOptions) -> Result<Report> {
    let read::CsvContent { entries, mut summary, notices, mistakes } = read::read(file, options.is_confirmed);
    if summary.mistakes > 0 && (!options.skips_mistakes || entries.is_empty()) {
        return Ok(Report { summary, notices, mistakes, is_refused: true });
    }
    for batch in entries.chunks(BATCH_SIZE) {
        let done = if options.is_dry {
            tried(services, batch, options.is_confirmed).await?
        } else if options.is_confirmed {
            let now = services.now();
            services.db.write(|tx| Box::pin(async move { write(tx, services, now, batch).await })).await?
        } else {
            ask(services, batch).await?
        };
        summary.subscribed += done.subscribed;
        summary.unchanged += done.unchanged;
        summary.left_out += done.left_out;
    }
    if !options.is_dry {
        let detail = serde_json::json!({
            "file": file.name, "confirmed": options.is_confirmed, "read": summary.read,
            "subscribed": summary.subscribed, "unchanged": summary.unchanged, "leftOut": summary.left_out,
            "mistakes": summary.mistakes,
        });
        audit::record_command(services, "subscribers import", detail).await?;
    }
    Ok(Report { summary, notices, mistakes, is_refused: false })
}

/// The content and the mistakes of a file, read without a database.
#[must_use]
pub fn check(file: &ListFile<'_>, is_confirmed: bool) -> Report {
    let read::CsvContent { entries, mut summary, notices, mistakes } = read::read(file, is_confirmed);
    summary.subscribed = entries.len();
    Report { summary, notices, mistakes, is_refused: summary.mistakes > 0 }
}

/// A dry run.
async fn tried(services: &Services, entries: &[Entry], is_confirmed: bool) -> Result<Summary> {
    let mut summary = Summary::default();
    for entry in entries {
        match state(services, &entry.address).await? {
            State::New => summary.subscribed += 1,
            State::Waiting if is_confirmed => summary.subscribed += 1,
            State::Waiting | State::Active => summary.unchanged += 1,
            State::Gone => summary.left_out += 1,
        }
    }
    Ok(summary)
}

/// Has everyone asked who is not known.
async fn ask(services: &Services, entries: &[Entry]) -> Result<Summary> {
    let mut summary = Summary::default();
    for entry in entries {
        match state(services, &entry.address).await? {
            State::New => {
                subscribe::subscribe(services, entry.address.as_str(), &entry.input, None).await?;
                summary.subscribed += 1;
            }
            State::Waiting | State::Active => summary.unchanged += 1,
            State::Gone => summary.left_out += 1,
        }
    }
    Ok(summary)
}

enum State {
    New,
    Waiting,
    Active,
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
        Some(SubscriptionStatus::Pending) => State::Waiting,
        Some(SubscriptionStatus::Active) => State::Active,
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
    let covered_at = feeds::commit_order::tick(tx, now).await?;
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
        let mut row = subscription::ActiveModel {
            id: held.as_ref().map_or(NotSet, |row| Set(row.id)),
            address_key: Set(key.clone()),
            address_hash: Set(keys.address_hash(&key)),
            email: Set(entry.address.to_string()),
            status: Set(SubscriptionStatus::Active),
            pending: Set(None),
            confirmed_at: Set(Some(now)),
            covered_day: Set(Some(day_before_open(services, entry.settings.cadence, now))),
            covered_at: Set(Some(covered_at)),
            ..settings::columns(entry.settings.clone())
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

/// All subscriptions as CSV, in the form that [`import`] reads. What a spreadsheet would run is escaped. That they were
/// exported stands in the audit log.
pub async fn export(services: &Services) -> Result<Vec<u8>> {
    let failed = Error::failed("writing the subscribers as CSV");
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(Field::ALL.map(Field::name)).map_err(failed)?;
    let (mut after, mut count) = (0, 0);
    loop {
        let rows = subscription::Entity::find()
            .filter(subscription::Column::Id.gt(after))
            .order_by_asc(subscription::Column::Id)
            .limit(BATCH_SIZE as u64)
            .all(services.db.read())
            .await?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        count += rows.len();
        for row in &rows {
            writer.write_record(line(row).cells()).map_err(failed)?;
        }
    }
    audit::record_command(services, "subscribers export", serde_json::json!({ "count": count })).await?;
    writer.into_inner().map_err(|error| Error::failed("writing the subscribers as CSV")(error.into_error()))
}
