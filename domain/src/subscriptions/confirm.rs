//! Confirming a subscription: the requested settings are applied, and the first digest is sent at once.

use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::enums::{Cadence, DeliveryKind, SubscriptionStatus};
use entity::json::SubscriptionSettings;
use entity::{edition, subscription};
use sea_orm::{ActiveModelTrait as _, DatabaseTransaction, EntityTrait as _};

use crate::calendar::Period;
use crate::feeds::commit_order;
use crate::keys::{Purpose, Token};
use crate::outbox::supersede::OpenDigests;
use crate::outbox::{digest_rows, link_limits};
use crate::queue::Job;
use crate::subscriptions::reschedule;
use crate::{Result, Services, editions, zones};

use super::links::{by_token, expired_token, wrong_token};
use super::{schedule, settings, suppression};

/// The effect of a confirmation token, for the page that shows its button. Changes nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// The settings that it would apply.
    pub settings: SubscriptionSettings,
    /// Whether the address gets digests already.
    pub is_active: bool,
    /// Whether there is anything left to apply.
    pub is_used: bool,
}

/// Looks at what a confirmation token would do.
///
/// # Errors
/// `INVALID` or `EXPIRED` if the token does nothing.
pub async fn preview(services: &Services, token: &str) -> Result<Preview> {
    let token = Token::parse(token).ok_or_else(wrong_token)?;
    let row = subscription::Entity::find_by_id(token.id).one(services.db.read()).await?;
    let row = row
        .filter(|row| {
            let nonce = row.confirm_nonce.as_deref();
            nonce.is_some_and(|nonce| services.settings.keys.verify(token, Purpose::Confirm, nonce))
        })
        .ok_or_else(wrong_token)?;
    if row.confirm_expires_at.is_none_or(|expiry| expiry <= services.now()) {
        return Err(expired_token());
    }
    let is_used = row.pending.is_none();
    let is_active = row.status == SubscriptionStatus::Active;
    Ok(Preview {
        settings: row.pending.clone().unwrap_or_else(|| settings::current(&row)),
        is_active,
        is_used,
    })
}

/// Applies what the confirmed request asked for. A subscription that was not active becomes so, and gets
/// the latest edition at once. Used again, nothing changes, and `None` says so: the link confirms, it does not
/// show what the subscription has become since.
///
/// # Errors
/// `INVALID` or `EXPIRED` if the token is not, or no longer, good.
pub async fn confirm(services: &Services, token: &str) -> Result<Option<subscription::Model>> {
    let now = services.now();
    let keys = &services.settings.keys;
    let row = services
        .db
        .write(|tx| {
            Box::pin(async move {
                let nonce = |row: &subscription::Model| row.confirm_nonce.as_deref().map(ToOwned::to_owned);
                let row = by_token(tx, keys, token, Purpose::Confirm, nonce).await?;
                if row.confirm_expires_at.is_none_or(|expiry| expiry <= now) {
                    return Err(expired_token());
                }
                match row.pending.clone() {
                    Some(wanted) => {
                        link_limits::mark_used(tx, keys, now, &row.email, DeliveryKind::Confirmation).await?;
                        apply(tx, services, now, row, wanted).await.map(Some)
                    }
                    None => Ok(None),
                }
            })
        })
        .await?;
    services.wake(Job::SendDigests);
    Ok(row)
}

/// The last day before the period that is open.
pub(super) fn day_before_open(services: &Services, cadence: Cadence, now: DateTime<Utc>) -> NaiveDate {
    Period::containing(cadence, services.settings.calendar.today(now)).starts_on() - Days::new(1)
}

async fn apply(
    tx: &DatabaseTransaction,
    services: &Services,
    now: DateTime<Utc>,
    row: subscription::Model,
    wanted: SubscriptionSettings,
) -> Result<subscription::Model> {
    let keys = &services.settings.keys;
    if let Some(reason) = suppression::reason(tx, keys, &row.address_key).await? {
        if !suppression::is_liftable(reason) {
            return Err(expired_token());
        }
        suppression::lift(tx, keys, &row.address_key).await?;
    }
    let was_active = row.status == SubscriptionStatus::Active;
    let before = row.clone();
    let mut row = subscription::Model {
        status: SubscriptionStatus::Active,
        pending: None,
        confirmed_at: if was_active { row.confirmed_at } else { Some(now) },
        paused_until: if was_active { row.paused_until } else { None },
        ..settings::apply(wanted, row)
    };
    if !was_active {
        let edition = editions::publish::latest(tx, services, now, row.cadence).await?;
        // Reading begins with the latest edition, or with the period that is open: what lies before counts
        // as covered. Who comes back keeps what was covered already.
        let day_before = match &edition {
            Some(edition) => edition.starts_on - Days::new(1),
            None => day_before_open(services, row.cadence, now),
        };
        if row.covered_day.is_none_or(|day| day < day_before) {
            row.covered_day = Some(day_before);
            row.covered_at = Some(commit_order::tick(tx, now).await?);
        }
        let is_wanted = |edition: &edition::Model| {
            services.settings.digests.first_at_once && edition.cancelled_at.is_none()
        };
        if let Some(edition) = edition.filter(is_wanted) {
            let local_date = zones::local_date(&schedule(keys, &row)?.zone, now);
            let digest = digest_rows::build_digest(services, &row, &edition, local_date, now, now);
            OpenDigests::lock(tx, &[row.id]).await?.place(tx, digest.into_iter().collect()).await?;
        }
    }
    reschedule::reschedule(tx, keys, now, &before, &mut row).await?;
    let changed: subscription::ActiveModel = row.into();
    Ok(changed.reset_all().update(tx).await?)
}
