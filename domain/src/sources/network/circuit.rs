//! The circuit of a host: after a failure nothing is asked of it for a while, which grows with the failures in a row.
//!
//! A host that says when to come again (`Retry-After`, RFC 9110 section 10.2.3) is believed, up to a day. One that
//! says that too much was asked, and not for how long, is left alone for ten minutes at least: arXiv does so.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::source_circuit;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait as _};

use crate::{Result, Services, random};

/// The delay after a first failure.
const FIRST_DELAY: TimeDelta = TimeDelta::seconds(30);

/// The delay after a first answer that too much was asked.
const FIRST_DELAY_IF_EXCEEDED: TimeDelta = TimeDelta::minutes(10);

/// The longest delay, unless the host names a longer one.
const MAX_DELAY: TimeDelta = TimeDelta::hours(2);

/// The longest delay that a host is believed.
const MAX_STATED_DELAY: TimeDelta = TimeDelta::hours(24);

/// The greatest part of a delay that is added by chance, so that hosts are not asked by all at once.
const JITTER: f64 = 0.2;

/// What a host did to be left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostFailure {
    /// What happened, in a sentence.
    pub(crate) reason: String,
    /// Whether it said that too much was asked.
    pub(crate) is_exceeded: bool,
    /// The delay that it stated.
    pub(crate) retry_after: Option<Duration>,
}

/// Until when a host is left alone, and why.
pub(super) async fn open_until(
    connection: &impl ConnectionTrait,
    host: &str,
    now: DateTime<Utc>,
) -> Result<Option<(DateTime<Utc>, String)>> {
    let row = source_circuit::Entity::find_by_id(host).one(connection).await?;
    let open = row.and_then(|row| Some((row.open_until?, row.reason.unwrap_or_default())));
    // A time further ahead was written by a clock that has since been put back.
    Ok(open.filter(|&(until, _)| until > now && until <= now + MAX_STATED_DELAY + MAX_DELAY))
}

/// Leaves a host alone after a failure. Returns until when.
pub(super) async fn open(services: &Services, host: &str, failure: &HostFailure) -> Result<DateTime<Utc>> {
    let now = services.now();
    let chance = random::fraction();
    services
        .db
        .write(|tx| {
            Box::pin(async move {
                let known = source_circuit::Entity::find_by_id(host).one(tx).await?;
                let failures = known.map_or(0, |row| row.failures).saturating_add(1);
                let until = now + delay(failures, failure, chance);
                write(tx, host, failures, Some(until), Some(failure.reason.clone())).await?;
                Ok(until)
            })
        })
        .await
}

/// Notes that a host answers.
pub(super) async fn close(services: &Services, host: &str) -> Result<()> {
    let known = source_circuit::Entity::find_by_id(host).one(services.db.read()).await?;
    if known.is_none_or(|row| row.failures == 0) {
        return Ok(());
    }
    services.db.write(|tx| Box::pin(async move { write(tx, host, 0, None, None).await })).await
}

async fn write(
    tx: &impl ConnectionTrait,
    host: &str,
    failures: i32,
    open_until: Option<DateTime<Utc>>,
    reason: Option<String>,
) -> Result<()> {
    use source_circuit::Column::{Failures, Host, OpenUntil, Reason};
    let row = source_circuit::ActiveModel {
        host: Set(host.to_owned()),
        failures: Set(failures),
        open_until: Set(open_until),
        reason: Set(reason),
    };
    let replace = OnConflict::column(Host).update_columns([Failures, OpenUntil, Reason]).to_owned();
    source_circuit::Entity::insert(row).on_conflict(replace).exec_without_returning(tx).await?;
    Ok(())
}

/// The delay after the last of `failures` in a row; `chance` is in `0.0..1.0`.
fn delay(failures: i32, failure: &HostFailure, chance: f64) -> TimeDelta {
    if let Some(stated) = failure.retry_after {
        let stated = TimeDelta::from_std(stated).unwrap_or(MAX_STATED_DELAY);
        return stated.clamp(TimeDelta::seconds(1), MAX_STATED_DELAY);
    }
    let first = if failure.is_exceeded { FIRST_DELAY_IF_EXCEEDED } else { FIRST_DELAY };
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or_default().min(16);
    let delay = (first * 2_i32.saturating_pow(doublings)).min(MAX_DELAY);
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "hours in milliseconds")]
    let jitter = (delay.num_milliseconds() as f64 * JITTER * chance) as i64;
    delay + TimeDelta::milliseconds(jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(is_exceeded: bool, retry_after: Option<u64>) -> HostFailure {
        HostFailure { reason: String::new(), is_exceeded, retry_after: retry_after.map(Duration::from_secs) }
    }

    #[test]
    fn delays_grow_to_a_limit_and_stated_ones_are_believed() {
        let seconds = |failures, is_exceeded, stated, chance| {
            delay(failures, &failure(is_exceeded, stated), chance).num_seconds()
        };
        assert_eq!(seconds(1, false, None, 0.0), 30);
        assert_eq!(seconds(2, false, None, 0.0), 60);
        assert_eq!(seconds(2, false, None, 0.5), 66);
        assert_eq!(seconds(1, true, None, 0.0), 600);
        assert_eq!(seconds(40, true, None, 0.0), 7_200);
        assert_eq!(seconds(i32::MAX, false, None, 1.0), 8_640);
        assert_eq!(seconds(9, true, Some(5), 0.9), 5);
        assert_eq!(seconds(1, false, Some(0), 0.0), 1);
        assert_eq!(seconds(1, false, Some(u64::MAX), 0.0), 86_400);
    }
}
