//! When far more mailboxes are said not to exist than usual, the fault is seldom theirs: a provider has lost its
//! directory, a relay rewrites addresses, a list was imported that nobody asked. Then nobody is suppressed, those who
//! were in the same day are let go, and all digests are kept back until an administrator has looked.
//!
//! A storm is [`LEAST`] such bounces in a day, and [`TIMES`] the share of what was sent that they had in the week
//! before; a week without any counts as [`USUAL`] in a hundred.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::BounceKind;
use entity::{bounce, delivery};
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
};

use crate::Result;
use crate::delivery::sending;
use crate::keys::Keys;
use crate::subscriptions::suppression;

/// Fewer are no storm, however little was sent.
const LEAST: u64 = 10;

/// How many times the usual share.
const TIMES: u64 = 5;

/// The usual share, in a hundred, where the week says less.
const USUAL: u64 = 1;

/// Now.
const DAY: TimeDelta = TimeDelta::hours(24);

/// What is usual is that of so long before.
const WEEK: TimeDelta = TimeDelta::days(7);

/// Whether it storms; then sending has stopped, and what this day's bounces suppressed is free again.
pub(super) async fn rages(tx: &DatabaseTransaction, keys: &Keys, now: DateTime<Utc>) -> Result<bool> {
    let since = now - DAY;
    let hard = bounced(tx, since, now).await?;
    if hard < LEAST {
        return Ok(false);
    }
    let usual = (bounced(tx, since - WEEK, since).await?, sent(tx, since - WEEK, since).await?);
    let all = sent(tx, since, now).await?;
    if !is_storm((hard, all), usual) {
        return Ok(false);
    }
    let released = suppression::release_bounced(tx, keys, now, since).await?;
    let reason = format!("{hard} of {all} mails of a day came back as sent to nobody, which is not usual");
    sending::hold(tx, now, &reason).await?;
    tracing::error!(
        hard,
        sent = all,
        released,
        "a storm of bounces: nobody is suppressed, digests are kept back"
    );
    Ok(true)
}

/// Whether the share of a day is [`TIMES`] the usual one. Both are how many came back, and of how many.
fn is_storm(day: (u64, u64), usual: (u64, u64)) -> bool {
    let share = |(hard, sent): (u64, u64)| (u128::from(hard), u128::from(sent.max(1)));
    let (hard, sent) = share(day);
    // hard / sent ≥ TIMES × the larger of the usual share and USUAL / 100, without fractions.
    let exceeds = |(other, of): (u128, u128)| hard * of >= u128::from(TIMES) * other * sent;
    exceeds(share(usual)) && exceeds((u128::from(USUAL), 100))
}

async fn bounced(tx: &DatabaseTransaction, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<u64> {
    let rows = bounce::Entity::find()
        .filter(bounce::Column::Kind.eq(BounceKind::Hard))
        .filter(bounce::Column::DeliveryId.is_not_null())
        .filter(bounce::Column::ReceivedAt.gt(from))
        .filter(bounce::Column::ReceivedAt.lte(to));
    Ok(rows.count(tx).await?)
}

async fn sent(tx: &DatabaseTransaction, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<u64> {
    let rows = delivery::Entity::find()
        .filter(delivery::Column::SentAt.gt(from))
        .filter(delivery::Column::SentAt.lte(to));
    Ok(rows.count(tx).await?)
}

#[cfg(test)]
mod tests {
    use super::is_storm;

    #[test]
    fn a_storm_is_five_times_what_is_usual() {
        for (day, usual, storms) in [
            ((10, 100), (0, 0), true),
            ((10, 200), (0, 700), true),
            ((10, 201), (0, 700), false),
            ((10, 100), (14, 700), true),
            ((9, 100), (14, 700), false),
            ((50, 1_000), (7, 7_000), true),
            ((49, 1_000), (7, 7_000), false),
            ((10, 0), (0, 0), true),
        ] {
            assert_eq!(is_storm(day, usual), storms, "{day:?} {usual:?}");
        }
    }
}
