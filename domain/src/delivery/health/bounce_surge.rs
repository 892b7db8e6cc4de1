//! The detection of bounce surges. If far more mailboxes than usual are reported not to exist, the fault is seldom
//! theirs: a provider has lost its directory, a relay rewrites addresses, a list was imported that nobody asked. Then
//! nobody is suppressed, those who were in the same day are let go, and all digests are held back until an
//! administrator has looked.
//!
//! What counts is both: what a server said when the mail was offered, and what came back later. A surge is [`MIN_HARD_BOUNCES`]
//! mailboxes in a day, and [`SURGE_FACTOR`] the share of what was sent that they had in the week before; a week without any
//! counts as [`MIN_USUAL_PERCENT`] in a hundred.
//!
//! Always: only digests count, on both sides of the share. Anybody has a confirmation sent to a mailbox that is not
//! there, and must not stop the digests of all by it. A mailbox counts once, however often and in whichever way it is
//! said. What was before an administrator last resumed counts no more: they have looked at it.

use chrono::{DateTime, TimeDelta, Utc};
use entity::enums::{BounceKind, DeliveryKind};
use entity::{bounce, delivery};
use sea_orm::sea_query::{Expr, Query, UnionType};
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QuerySelect as _,
};

use crate::Result;
use crate::delivery::health::pause;
use crate::keys::Keys;
use crate::subscriptions::suppression;

/// The minimum number of hard bounces in a surge.
const MIN_HARD_BOUNCES: u64 = 10;

/// The factor by which the share of a surge exceeds the usual share.
const SURGE_FACTOR: u64 = 5;

/// The minimum of the usual share, in percent.
const MIN_USUAL_PERCENT: u64 = 1;

/// The length of the present period.
const SURGE_WINDOW: TimeDelta = TimeDelta::hours(24);

/// The age of the period with which the present is compared.
const BASELINE_AGE: TimeDelta = TimeDelta::days(7);

/// Detects a surge: if there is one, digests are paused and today's suppressions are lifted.
pub(crate) async fn detect(tx: &DatabaseTransaction, keys: &Keys, now: DateTime<Utc>) -> Result<bool> {
    let day = now - SURGE_WINDOW;
    let since = pause::resumed_at(tx).await?.map_or(day, |resumed_at| day.max(resumed_at));
    let hard = count_absent(tx, since, now).await?;
    // If this many were sent, the share is below what is always usual.
    let max = hard * 100 / (SURGE_FACTOR * MIN_USUAL_PERCENT) + 1;
    let all = count_sent(tx, since, now, Some(max)).await?;
    if hard < MIN_HARD_BOUNCES || all >= max {
        return Ok(false);
    }
    let usual = (
        count_absent(tx, day - BASELINE_AGE, day).await?,
        count_sent(tx, day - BASELINE_AGE, day, None).await?,
    );
    if !is_surge((hard, all), usual) {
        return Ok(false);
    }
    let released = suppression::release_absent(tx, keys, now, since).await?;
    let reason =
        format!("{hard} mailboxes did not exist today while {all} digests were accepted, which is unusual");
    pause::hold(tx, now, &reason).await?;
    tracing::error!(
        hard,
        sent = all,
        released,
        "surge of bounces: suppressions are lifted and digests are paused"
    );
    Ok(true)
}

/// Whether the share of a day is [`SURGE_FACTOR`] the usual one. Both are how many came back, and of how many.
fn is_surge(day: (u64, u64), usual: (u64, u64)) -> bool {
    let share = |(hard, sent): (u64, u64)| (u128::from(hard), u128::from(sent.max(1)));
    let (hard, sent) = share(day);
    // hard / sent ≥ SURGE_FACTOR × the larger of the usual share and MIN_USUAL_PERCENT / 100, without fractions.
    let exceeds = |(other, of): (u128, u128)| hard * of >= u128::from(SURGE_FACTOR) * other * sent;
    exceeds(share(usual)) && exceeds((u128::from(MIN_USUAL_PERCENT), 100))
}

/// Mailboxes of digests that were said not to exist.
async fn count_absent(tx: &DatabaseTransaction, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<u64> {
    let at_once = Query::select()
        .column(delivery::Column::Id)
        .from(delivery::Entity)
        // Written out, because the index is of these rows only.
        .and_where(Expr::cust("reason = 'BAD_RECIPIENT'"))
        .and_where(delivery::Column::JudgedAt.gt(from))
        .and_where(delivery::Column::JudgedAt.lte(to))
        .to_owned();
    let either = Query::select()
        .column(bounce::Column::DeliveryId)
        .from(bounce::Entity)
        .and_where(bounce::Column::Kind.eq(BounceKind::Hard))
        .and_where(bounce::Column::DeliveryId.is_not_null())
        .and_where(bounce::Column::ReceivedAt.gt(from))
        .and_where(bounce::Column::ReceivedAt.lte(to))
        .union(UnionType::All, at_once)
        .to_owned();
    let mailboxes = delivery::Entity::find()
        .select_only()
        .column(delivery::Column::MailboxHash)
        .distinct()
        .filter(delivery::Column::Kind.eq(DeliveryKind::Digest))
        .filter(delivery::Column::Id.in_subquery(either));
    Ok(mailboxes.count(tx).await?)
}

/// Digests that were taken; counted up to `max`.
async fn count_sent(
    tx: &DatabaseTransaction,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    max: Option<u64>,
) -> Result<u64> {
    let rows = delivery::Entity::find()
        .select_only()
        .column(delivery::Column::Id)
        .filter(delivery::Column::Kind.eq(DeliveryKind::Digest))
        .filter(delivery::Column::SentAt.gt(from))
        .filter(delivery::Column::SentAt.lte(to));
    Ok(rows.limit(max).count(tx).await?)
}

#[cfg(test)]
mod tests {
    use super::is_surge;

    #[test]
    fn a_surge_is_five_times_the_usual_number() {
        for (day, usual, is) in [
            ((10, 100), (0, 0), true),
            ((10, 200), (0, 700), true),
            ((10, 201), (0, 700), false),
            ((10, 100), (14, 700), true),
            ((9, 100), (14, 700), false),
            ((50, 1_000), (7, 7_000), true),
            ((49, 1_000), (7, 7_000), false),
            ((10, 0), (0, 0), true),
        ] {
            assert_eq!(is_surge(day, usual), is, "{day:?} {usual:?}");
        }
    }
}
