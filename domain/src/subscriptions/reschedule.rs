//! Rescheduling of a subscription after its settings changed.

use chrono::{DateTime, Utc};
use entity::subscription;
use sea_orm::DatabaseTransaction;

use crate::Result;
use crate::keys::Keys;
use crate::outbox::digest_rows;
use crate::subscriptions::schedule;

/// Sets what is due next to the first occurrence of the new settings after the latest digest. A digest that
/// was due by the old ones, and only waits for the planner or for its period, stays due: who changes her
/// filter at nine does not lose what was to come at eight. Another cadence, or a pause, ends it.
pub(crate) async fn reschedule(
    tx: &DatabaseTransaction,
    keys: &Keys,
    now: DateTime<Utc>,
    before: &subscription::Model,
    after: &mut subscription::Model,
) -> Result<()> {
    let schedule_after = schedule(keys, after)?;
    if let (Some(date), Some(_)) = (before.next_local_date, before.next_due_at)
        && schedule(keys, before)?.owes(&schedule_after, date, now)
    {
        return Ok(());
    }
    let last = digest_rows::find_last_local_date(tx, after.id).await?;
    let next = schedule_after.next(now, last);
    after.next_due_at = Some(next.due_at);
    after.next_local_date = Some(next.local_date);
    Ok(())
}
