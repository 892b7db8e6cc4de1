//! Intake of returned mail: recording it and its consequences in one transaction.

use std::sync::LazyLock;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::HEXLOWER;
use entity::enums::{BounceKind, DeliveryStatus, SuppressionReason};
use entity::{bounce, delivery, subscription};
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait as _,
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};
use sha2::{Digest as _, Sha256};
use smtp::Address;

use crate::delivery::health::bounce_surge;
use crate::keys::{Keys, Purpose};
use crate::offload::Offload;
use crate::subscriptions::{suppression, unsubscribe};
use crate::{Result, Services};

use super::MAX_MESSAGE;
use super::notices::Notice;
use super::report::{self, Report};

/// The stored size of a message, in bytes.
const MAX_STORED_BYTES: usize = 64 * 1024;

/// Soft bounces of an address in [`SOFT_BOUNCE_WINDOW`] that suppress it, or in a row, whenever they came: who gets a mail a month
/// has no three in that time.
const MAX_SOFT_BOUNCES: u64 = 3;

/// The window in which soft bounces of an address are counted.
const SOFT_BOUNCE_WINDOW: TimeDelta = TimeDelta::days(30);

/// The result of taking in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BounceIntake {
    /// It is kept; whether its mark was good, so that something could follow from it.
    New {
        /// The content.
        kind: BounceKind,
        /// Whether it is about a mail that was sent from here.
        is_marked: bool,
    },
    /// It was known already; nothing changed.
    Known,
    /// The mail that it is about is still being sent, as far as is recorded: it should be sent again later.
    NotYet,
    /// Too many messages are being read: it should be sent again later.
    Busy,
}

/// The offload for parsing messages: two at once, while a few more wait.
static READERS: LazyLock<Offload> =
    LazyLock::new(|| Offload::new("bounces", 2, 6, 2 * 1024 * 1024, Duration::from_secs(20)));

/// Takes a message that came back. `recipient` is the address that it came to, if the mail server says so.
///
/// # Errors
/// If the database fails; the message should be sent again.
pub async fn take(services: &Services, recipient: Option<&str>, message: &[u8]) -> Result<BounceIntake> {
    let Some(read) = read(recipient, message).await else { return Ok(BounceIntake::Busy) };
    keep(services, &read).await
}

/// Takes a notice that a mail service wrote: nobody else can have. It may name its mail without a mark.
///
/// # Errors
/// If the database fails; the notice should be sent again.
pub async fn take_notice(services: &Services, notice: Notice) -> Result<BounceIntake> {
    let mut beginning = notice.text.into_bytes();
    beginning.truncate(MAX_STORED_BYTES);
    let (report, fingerprint) = (notice.report, notice.fingerprint);
    let service = Some(ByService { message_id: notice.message_id });
    keep(services, &ReturnedMail { report, fingerprint, beginning, service }).await
}

async fn keep(services: &Services, read: &ReturnedMail) -> Result<BounceIntake> {
    let now = services.now();
    let taken = services
        .db
        .write(|tx| Box::pin(async move { write(tx, &services.settings.keys, now, read).await }))
        .await?;
    let kind = read.report.kind;
    tracing::info!(?kind, ?taken, diagnostic = read.report.diagnostic, "bounce or complaint received");
    Ok(taken)
}

/// A returned message, parsed.
struct ReturnedMail {
    report: Report,
    fingerprint: String,
    beginning: Vec<u8>,
    /// Set if a mail service told it, which is believed without a mark.
    service: Option<ByService>,
}

/// By what else than a mark a mail service names a mail.
struct ByService {
    message_id: Option<String>,
}

/// Reads a message if that holds nobody up; `None` if there is no room for it now.
async fn read(recipient: Option<&str>, message: &[u8]) -> Option<ReturnedMail> {
    let recipient = recipient.map(ToOwned::to_owned);
    let message = message[..message.len().min(MAX_MESSAGE)].to_vec();
    let work = move || ReturnedMail {
        report: report::read(recipient.as_deref(), &message),
        fingerprint: HEXLOWER.encode(&Sha256::digest(&message)),
        beginning: message[..message.len().min(MAX_STORED_BYTES)].to_vec(),
        service: None,
    };
    let read = READERS.run(work).await;
    read.inspect_err(|error| tracing::warn!(%error, "returned mail could not be parsed")).ok()
}

async fn write(
    tx: &DatabaseTransaction,
    keys: &Keys,
    now: DateTime<Utc>,
    read: &ReturnedMail,
) -> Result<BounceIntake> {
    let report = &read.report;
    let delivery = match (marked(tx, keys, report).await?, &read.service) {
        (None, Some(service)) => named(tx, report, service).await?,
        (delivery, _) => delivery,
    };
    if delivery.as_ref().is_some_and(|row| row.status == DeliveryStatus::Sending) {
        return Ok(BounceIntake::NotYet);
    }
    let is_marked = delivery.is_some();
    let named = report.address.as_deref().and_then(Address::parse).map(|address| address.key());
    let address = match &delivery {
        // Erased: nobody knows whose it was.
        Some(row) => Some(row.recipient.to_lowercase()).filter(|address| !address.is_empty()),
        None => named,
    };
    let is_known = match &delivery {
        Some(row) => is_repeated(tx, row.id, report.kind).await?,
        None => false,
    };
    let row = bounce::ActiveModel {
        id: NotSet,
        fingerprint: Set(read.fingerprint.clone()),
        kind: Set(report.kind),
        delivery_id: Set(delivery.as_ref().map(|row| row.id)),
        address_hash: Set(address.as_deref().map(|key| keys.address_hash(key))),
        diagnostic: Set(report.diagnostic.clone()),
        message: Set(read.beginning.clone()),
        received_at: Set(now),
    };
    let keep = OnConflict::column(bounce::Column::Fingerprint).do_nothing().to_owned();
    let written = bounce::Entity::insert(row).on_conflict(keep).exec_without_returning(tx).await?;
    if written == 0 || is_known {
        return Ok(BounceIntake::Known);
    }
    if let Some(delivery) = delivery {
        follow(tx, keys, now, report, delivery, address.as_deref()).await?;
    }
    Ok(BounceIntake::New { kind: report.kind, is_marked })
}

/// The delivery that a good mark names, locked. Only that one: anyone who invents marks must not hold up what is sent.
async fn marked(tx: &DatabaseTransaction, keys: &Keys, report: &Report) -> Result<Option<delivery::Model>> {
    for &mark in &report.marks {
        let is_good = |row: &delivery::Model| keys.verify(mark, Purpose::Returned, &row.message_id);
        if delivery::Entity::find_by_id(mark.id).one(tx).await?.as_ref().is_some_and(is_good) {
            // It may have changed meanwhile, or be gone; its Message-ID stays.
            return Ok(delivery::Entity::find_by_id(mark.id).lock_exclusive().one(tx).await?);
        }
    }
    Ok(None)
}

/// The delivery that a mail service names by its Message-ID, else the last one that went to the address that it names.
async fn named(
    tx: &DatabaseTransaction,
    report: &Report,
    service: &ByService,
) -> Result<Option<delivery::Model>> {
    if let Some(message_id) = &service.message_id {
        let row = delivery::Entity::find().filter(delivery::Column::MessageId.eq(message_id));
        if let Some(row) = row.lock_exclusive().one(tx).await? {
            return Ok(Some(row));
        }
    }
    let Some(address) = report.address.as_deref().and_then(Address::parse) else { return Ok(None) };
    let of_address = subscription::Entity::find().filter(subscription::Column::AddressKey.eq(address.key()));
    let Some(subscription) = of_address.one(tx).await? else { return Ok(None) };
    Ok(gone_out(subscription.id).lock_exclusive().one(tx).await?)
}

/// The deliveries to a subscription, the latest first.
fn gone_out(subscription_id: i64) -> sea_orm::Select<delivery::Entity> {
    use DeliveryStatus::{Bounced, Complained, InDoubt, Sent};
    delivery::Entity::find()
        .filter(delivery::Column::SubscriptionId.eq(subscription_id))
        .filter(delivery::Column::Status.is_in([Sent, InDoubt, Bounced, Complained]))
        .order_by_desc(delivery::Column::Id)
}

/// Whether the same was said of the delivery before, in a message that differs in its way here.
async fn is_repeated(tx: &DatabaseTransaction, delivery_id: i64, kind: BounceKind) -> Result<bool> {
    let before = bounce::Entity::find()
        .filter(bounce::Column::DeliveryId.eq(delivery_id))
        .filter(bounce::Column::Kind.eq(kind));
    Ok(before.count(tx).await? > 0)
}

async fn follow(
    tx: &DatabaseTransaction,
    keys: &Keys,
    now: DateTime<Utc>,
    report: &Report,
    delivery: delivery::Model,
    address: Option<&str>,
) -> Result<()> {
    let becomes = match report.kind {
        BounceKind::Hard | BounceKind::Soft | BounceKind::Refused => DeliveryStatus::Bounced,
        BounceKind::Complaint => DeliveryStatus::Complained,
        BounceKind::Unsubscribe => return leave(tx, keys, now, &delivery).await,
        BounceKind::Delayed | BounceKind::Reply | BounceKind::Unknown => return Ok(()),
    };
    let of_subscription = delivery.subscription_id.map(|id| (id, delivery.id));
    mark_delivery(tx, now, report, delivery, becomes).await?;
    let reason = match report.kind {
        BounceKind::Complaint => Some(SuppressionReason::Complaint),
        BounceKind::Hard if bounce_surge::detect(tx, keys, now).await? => None,
        BounceKind::Hard => Some(SuppressionReason::HardBounce),
        BounceKind::Soft => match address {
            Some(address) if soft_bounces(tx, keys, now, address).await? >= MAX_SOFT_BOUNCES => {
                Some(SuppressionReason::SoftBounces)
            }
            _ => match of_subscription {
                Some((id, last)) if softly_in_a_row(tx, id, last).await? >= MAX_SOFT_BOUNCES => {
                    Some(SuppressionReason::SoftBounces)
                }
                _ => None,
            },
        },
        _ => None,
    };
    if let (Some(reason), Some(address)) = (reason, address) {
        suppression::stop(tx, keys, now, address, reason, report.diagnostic.clone()).await?;
    }
    Ok(())
}

/// Ends the subscription that the mail went to: its owner asked for it by mail.
async fn leave(
    tx: &DatabaseTransaction,
    keys: &Keys,
    now: DateTime<Utc>,
    delivery: &delivery::Model,
) -> Result<()> {
    let Some(id) = delivery.subscription_id else { return Ok(()) };
    match subscription::Entity::find_by_id(id).one(tx).await? {
        Some(row) if unsubscribe::can_leave(row.status) => {
            unsubscribe::leave(tx, keys, now, row).await.map(drop)
        }
        _ => Ok(()),
    }
}

/// A mail that was sent has come back; one that never was stays what it is.
async fn mark_delivery(
    tx: &DatabaseTransaction,
    now: DateTime<Utc>,
    report: &Report,
    delivery: delivery::Model,
    becomes: DeliveryStatus,
) -> Result<()> {
    let was_sent = matches!(delivery.status, DeliveryStatus::Sent | DeliveryStatus::InDoubt)
        || (becomes == DeliveryStatus::Complained && delivery.status == DeliveryStatus::Bounced);
    if !was_sent {
        return Ok(());
    }
    let mut row: delivery::ActiveModel = delivery.into();
    row.status = Set(becomes);
    row.bounced_at = Set(Some(now));
    row.next_attempt_at = Set(None);
    if let Some(diagnostic) = &report.diagnostic {
        row.reply = Set(Some(diagnostic.clone()));
    }
    row.update(tx).await?;
    Ok(())
}

/// Mails to the address that came back softly of late, this one included.
async fn soft_bounces(
    tx: &DatabaseTransaction,
    keys: &Keys,
    now: DateTime<Utc>,
    address: &str,
) -> Result<u64> {
    let soft = bounce::Entity::find()
        .select_only()
        .column(bounce::Column::DeliveryId)
        .distinct()
        .filter(bounce::Column::AddressHash.is_in(keys.address_hashes(address)))
        .filter(bounce::Column::Kind.eq(BounceKind::Soft))
        .filter(bounce::Column::DeliveryId.is_not_null())
        .filter(bounce::Column::ReceivedAt.gt(now - SOFT_BOUNCE_WINDOW));
    Ok(soft.count(tx).await?)
}

/// The number of consecutive soft bounces of a subscription, up to this mail.
async fn softly_in_a_row(tx: &DatabaseTransaction, subscription_id: i64, last: i64) -> Result<u64> {
    let latest = gone_out(subscription_id)
        .filter(delivery::Column::Id.lte(last))
        .select_only()
        .column(delivery::Column::Id)
        .limit(MAX_SOFT_BOUNCES);
    let ids: Vec<i64> = latest.into_tuple().all(tx).await?;
    let soft = bounce::Entity::find()
        .select_only()
        .column(bounce::Column::DeliveryId)
        .distinct()
        .filter(bounce::Column::Kind.eq(BounceKind::Soft))
        .filter(bounce::Column::DeliveryId.is_in(ids));
    Ok(soft.count(tx).await?)
}
