//! When a subscription is due next, after its settings changed.

use chrono::{DateTime, Utc};
use entity::subscription;
use sea_orm::DatabaseTransaction;

use crate::Result;
use crate::delivery::planned;
use crate::keys::Keys;

use super::schedule;

/// Sets what is due next to the first occurrence of the new settings after the latest digest. A digest that
/// was due by the old ones, and only waits for the planner or for its period, stays due: who changes her
/// filter at nine does not lose what was to come at eight. Another cadence, or a pause, ends it.
///
/// # Errors
/// Where the database fails.
pub(super) async fn reschedule(
    tx: &DatabaseTransaction,
    keys: &Keys,
    now: DateTime<Utc>,
    before: &subscription::Model,
    after: &mut subscription::Model,
) -> Result<()> {
    if is_owed(keys, now, before, after)? {
        return Ok(());
    }
    let last = planned::last_local_date(tx, after.id).await?;
    let next = schedule(keys, after)?.next(now, last);
    after.next_due_at = Some(next.due_at);
    after.next_local_date = Some(next.local_date);
    Ok(())
}

fn is_owed(
    keys: &Keys,
    now: DateTime<Utc>,
    before: &subscription::Model,
    after: &subscription::Model,
) -> Result<bool> {
    let (Some(date), Some(_)) = (before.next_local_date, before.next_due_at) else { return Ok(false) };
    Ok(before.cadence == after.cadence
        && after.paused_until.is_none_or(|day| day <= date)
        && schedule(keys, before)?.on(date).due_at <= now)
}
