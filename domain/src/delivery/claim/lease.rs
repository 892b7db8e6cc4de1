//! The lease of a claimed delivery: for how long the claim holds (the setting `lease_minutes`), and its renewal.
//!
//! A worker that died renews nothing. When its leases have expired, [`super::recover`] gives back what it had claimed.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use db::update_from_values;

use crate::{Result, Services};

/// The interval of renewals; shorter if a lease is shorter than twice this time.
const RENEW_EVERY: TimeDelta = TimeDelta::minutes(1);

/// The end of a lease that begins now.
pub(crate) fn end(services: &Services) -> DateTime<Utc> {
    services.now() + services.settings.digests.lease_time
}

/// Whether a lease that ends at `lease_until` is to be renewed at `now`.
pub(crate) fn is_stale(lease_time: TimeDelta, lease_until: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    lease_until - now < lease_time - RENEW_EVERY.min(lease_time / 2)
}

/// Renews the leases of claims, each an id and its attempt. Returns the ids of those that still hold.
pub(crate) async fn renew(
    services: &Services,
    lease_until: DateTime<Utc>,
    claims: &[(i64, i32)],
) -> Result<HashSet<i64>> {
    let rows: Vec<Vec<sea_orm::Value>> =
        claims.iter().map(|&(id, attempt)| vec![id.into(), attempt.into(), lease_until.into()]).collect();
    let rows = &rows;
    let renewed = services
        .db
        .write(|tx| {
            Box::pin(async move {
                Ok(update_from_values(
                    tx,
                    "delivery",
                    "lease_until = v.column3",
                    "delivery.id = v.column1 AND delivery.attempt = v.column2 AND delivery.status = 'SENDING'",
                    "id",
                    rows.clone(),
                )
                .await?)
            })
        })
        .await?;
    Ok(renewed.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_renewed_each_minute_or_half_way() {
        let now = DateTime::UNIX_EPOCH;
        for (lease_seconds, left_seconds, expected) in [
            (900, 900, false),
            (900, 841, false),
            (900, 839, true),
            (900, -1, true),
            (60, 31, false),
            (60, 29, true),
        ] {
            let until = now + TimeDelta::seconds(left_seconds);
            assert_eq!(is_stale(TimeDelta::seconds(lease_seconds), until, now), expected, "{left_seconds}");
        }
    }
}
