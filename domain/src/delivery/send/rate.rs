//! The rate limit that an operator sets: messages a second, over all workers and lanes together.
//!
//! One row says from when on the next message may leave, in the time of the database, which is the one clock that all
//! workers share. A worker leases turns from it, at most a quarter of a second's worth at a time: each is an instant,
//! an interval apart from the one before, and no two workers have the same. A turn that was not used in time is lost,
//! so that nobody makes up for it by sending faster.
//!
//! Digests lease nothing while turns beyond the next moment are taken; mail that a person waits for always leases the
//! next one. So it goes first, and waits a third of a second at most, or one interval if that is longer, for the turns
//! that digests have already.
//!
//! A turn is waited for by the machine's clock and not by the service's: it is a matter of how fast the network is
//! used, which a test that moves the time must not change.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use entity::rate_bucket;
use sea_orm::{
    ActiveValue::Set, ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait as _,
    QuerySelect as _, Statement,
};
use tokio::sync::Mutex;

use crate::outbox::Lane;
use crate::{Error, Result, Services};

const PACE_ROW_ID: i64 = 1;

/// Microseconds in a second.
const MICROS_PER_SECOND: i64 = 1_000_000;

/// The number of leases for digests in a second.
const SLICES_PER_SECOND: u32 = 4;

/// The time ahead within which turns for digests are leased, in microseconds.
const LEASE_AHEAD_MICROS: i64 = 50_000;

/// Mail that a person waits for leases turns that begin within this time, however much of it there is.
const URGENT_LEASE_AHEAD_MICROS: i64 = 30 * MICROS_PER_SECOND;

/// The maximum time ahead of a leased turn, in microseconds; exceeded only if the database's clock was set back.
const MAX_AHEAD_MICROS: i64 = 60 * MICROS_PER_SECOND;

/// The lateness at which a turn is lost.
const MAX_LATENESS: Duration = Duration::from_millis(50);

/// The delay after a failure of the database.
const RETRY_DELAY: Duration = Duration::from_millis(500);

/// The turns of one drain.
#[derive(Debug)]
pub(crate) struct Rate {
    services: Services,
    lane: Lane,
    /// Messages that wait for an agent, and will want a turn then.
    waiting: AtomicU32,
    turns: Mutex<VecDeque<Instant>>,
}

impl Rate {
    pub(crate) fn new(services: Services, lane: Lane) -> Self {
        Self { services, lane, waiting: AtomicU32::new(0), turns: Mutex::default() }
    }

    /// One more message waits for an agent.
    pub(crate) fn add_waiting(&self) {
        self.waiting.fetch_add(1, Ordering::Relaxed);
    }

    /// A waiting message was taken by an agent.
    pub(crate) fn remove_waiting(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }

    /// Returns once the next message may leave.
    pub(crate) async fn wait_for_turn(&self) {
        let Some(rate) = self.services.settings.digests.rate else { return };
        let mut turns = self.turns.lock().await;
        loop {
            while let Some(turn) = turns.pop_front() {
                if turn.elapsed() <= MAX_LATENESS {
                    drop(turns);
                    tokio::time::sleep_until(turn.into()).await;
                    return;
                }
            }
            let wanted = self.waiting.load(Ordering::Relaxed).saturating_add(1);
            match self.lease(rate, wanted).await {
                Ok(Lease::Turns { first, count, interval }) => {
                    let now = Instant::now();
                    let instants = (0..count).map(|index| now + first + interval * index);
                    turns.extend(instants);
                }
                Ok(Lease::NotBefore(wait)) => tokio::time::sleep(wait).await,
                Err(error) => {
                    tracing::warn!(%error, "the sending rate cannot be enforced, so nothing is sent");
                    tokio::time::sleep(RETRY_DELAY).await;
                }
            }
        }
    }

    async fn lease(&self, rate: NonZeroU32, wanted: u32) -> Result<Lease> {
        let lane = self.lane;
        self.services.db.write(|tx| Box::pin(async move { lease(tx, lane, rate, wanted).await })).await
    }
}

/// A lease of turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lease {
    /// Turns, an interval apart, the first one after this time.
    Turns { first: Duration, count: u32, interval: Duration },
    /// None now; ask again after this time.
    NotBefore(Duration),
}

async fn lease(tx: &DatabaseTransaction, lane: Lane, rate: NonZeroU32, wanted: u32) -> Result<Lease> {
    let row = rate_bucket::Entity::find_by_id(PACE_ROW_ID)
        .lock_exclusive()
        .one(tx)
        .await?
        .ok_or_else(|| Error::Internal("the row of the rate is missing".to_owned()))?;
    // Asked for apart: the row may have been waited for, and now() is when the transaction began.
    let sql = match tx.get_database_backend() {
        DbBackend::Postgres => "SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
        _ => "SELECT CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER)",
    };
    let statement = Statement::from_string(tx.get_database_backend(), sql);
    let now = tx.query_one_raw(statement).await?.map(|row| row.try_get_by_index::<i64>(0)).transpose()?;
    let now = now.ok_or_else(|| Error::Internal("the database returned no time".to_owned()))?;
    let (lease, free_at) = divide(row.free_at, now, lane, rate, wanted);
    if free_at != row.free_at {
        let moved = rate_bucket::ActiveModel { id: Set(PACE_ROW_ID), free_at: Set(free_at) };
        rate_bucket::Entity::update(moved).exec(tx).await?;
    }
    Ok(lease)
}

/// The lease of a worker that wants this number of turns, if the first free one is at `free_at`, and when the first free one
/// is then. Instants in microseconds.
fn divide(free_at: i64, now: i64, lane: Lane, rate: NonZeroU32, wanted: u32) -> (Lease, i64) {
    let interval = interval(rate);
    // A clock that was set back must not stop all mail.
    let free_at = if free_at > now + MAX_AHEAD_MICROS { now } else { free_at };
    let first = free_at.max(now);
    let ahead = if lane == Lane::Transactional { URGENT_LEASE_AHEAD_MICROS } else { LEASE_AHEAD_MICROS };
    if first > now + ahead {
        return (Lease::NotBefore(microseconds(first - now - ahead)), free_at);
    }
    let count = match lane {
        Lane::Transactional => 1,
        Lane::Digests => wanted.clamp(1, rate.get().div_ceil(SLICES_PER_SECOND)),
    };
    let turns = Lease::Turns { first: microseconds(first - now), count, interval: microseconds(interval) };
    (turns, first + interval * i64::from(count))
}

/// From one turn to the next, rounded up: rather a little slower than faster.
fn interval(rate: NonZeroU32) -> i64 {
    let rate = i64::from(rate.get());
    (MICROS_PER_SECOND + rate - 1) / rate
}

fn microseconds(count: i64) -> Duration {
    Duration::from_micros(count.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rate(rate: u32) -> NonZeroU32 {
        NonZeroU32::new(rate).unwrap()
    }

    #[test]
    fn the_rate_is_leased_in_slices() {
        let turns = |first, count, interval| Lease::Turns {
            first: Duration::from_micros(first),
            count,
            interval: Duration::from_micros(interval),
        };
        let (now, ten) = (7_000_000, rate(10));
        // Nobody was there for a while: what was not used is not made up for.
        assert_eq!(divide(0, now, Lane::Digests, ten, 200), (turns(0, 3, 100_000), now + 300_000));
        assert_eq!(divide(0, now, Lane::Digests, ten, 1), (turns(0, 1, 100_000), now + 100_000));
        // Another worker has the next turns.
        let free_at = now + 250_000;
        let wait = Lease::NotBefore(Duration::from_millis(200));
        assert_eq!(divide(free_at, now, Lane::Digests, ten, 9), (wait, free_at));
        // Who waits for a mail comes next all the same, and digests after that.
        let next = (turns(250_000, 1, 100_000), free_at + 100_000);
        assert_eq!(divide(free_at, now, Lane::Transactional, ten, 9), next);
        // The clock of the database was set back by an hour.
        let free_at = now + 3_600 * MICROS_PER_SECOND;
        assert_eq!(divide(free_at, now, Lane::Digests, ten, 1), (turns(0, 1, 100_000), now + 100_000));
        assert_eq!(divide(0, now, Lane::Digests, rate(3), 1), (turns(0, 1, 333_334), now + 333_334));
    }

    proptest! {
        #[test]
        fn no_second_exceeds_the_rate(
            per_second in 1_u32..2_000,
            asked in prop::collection::vec((0_i64..400_000, any::<bool>(), 1_u32..300), 1..200),
        ) {
            let (mut now, mut free_at, mut turns) = (1_000_000_000, 0, Vec::new());
            let mut urgent = 0;
            for (later, is_digest, wanted) in asked {
                now += later;
                let lane = if is_digest { Lane::Digests } else { Lane::Transactional };
                let (lease, next) = divide(free_at, now, lane, rate(per_second), wanted);
                prop_assert!(next >= free_at);
                free_at = next;
                let Lease::Turns { first, count, interval } = lease else {
                    prop_assert!(is_digest || free_at > now + URGENT_LEASE_AHEAD_MICROS);
                    continue;
                };
                prop_assert!(count <= wanted);
                let first = now + i64::try_from(first.as_micros()).unwrap();
                let interval = i64::try_from(interval.as_micros()).unwrap();
                if is_digest {
                    prop_assert!(first <= now + LEASE_AHEAD_MICROS);
                    urgent = 0;
                } else {
                    // No more than what digests have already, and others like it.
                    prop_assert!(first <= now + LEASE_AHEAD_MICROS + MICROS_PER_SECOND / i64::from(SLICES_PER_SECOND) + (urgent + 2) * interval);
                    urgent += 1;
                }
                turns.extend((0..i64::from(count)).map(|index| first + index * interval));
            }
            prop_assert!(turns.windows(2).all(|pair| pair[1] - pair[0] >= MICROS_PER_SECOND / i64::from(per_second)));
            let most = usize::try_from(per_second).unwrap();
            prop_assert!(turns.windows(most + 1).all(|within| within[most] - within[0] >= MICROS_PER_SECOND));
        }
    }
}
