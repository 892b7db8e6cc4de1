//! Token buckets of points.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};

/// The number of buckets above which full ones are dropped.
const MAX_BUCKETS: usize = 10_000;

type Buckets<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// The remaining points of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Points of a full bucket.
    pub limit: u32,
    /// Points that are left.
    pub remaining: u32,
    /// Seconds in which an empty bucket is full.
    pub window: u64,
    /// Seconds until there is enough; 0 if there is.
    pub retry_after: u64,
}

/// The buckets of all clients.
#[derive(Clone, Debug)]
pub struct Points<K: Hash + Eq + Clone> {
    buckets: Option<Arc<Buckets<K>>>,
    limit: u32,
    window: u64,
}

impl<K: Hash + Eq + Clone> Points<K> {
    /// Buckets of `limit` points, to which `per_second` come back; without a limit if that is `None`.
    #[must_use]
    pub fn new(per_second: Option<NonZeroU32>, limit: NonZeroU32) -> Self {
        let buckets = per_second.map(|per_second| {
            let quota = Quota::per_second(per_second).allow_burst(limit);
            Arc::new(RateLimiter::keyed(quota).with_middleware::<StateInformationMiddleware>())
        });
        let window = u64::from(limit.get().div_ceil(per_second.map_or(1, NonZeroU32::get)));
        Self { buckets, limit: limit.get(), window }
    }

    /// Takes points out of a bucket. Returns what is left; `None` without a limit.
    ///
    /// # Errors
    /// What is left, if it is not enough.
    pub fn charge(&self, key: &K, points: u64) -> Result<Option<Budget>, Budget> {
        let Some(buckets) = &self.buckets else { return Ok(None) };
        if buckets.len() > MAX_BUCKETS {
            buckets.retain_recent();
        }
        let budget = |remaining, retry_after| Budget {
            limit: self.limit,
            remaining,
            window: self.window,
            retry_after,
        };
        let points = u32::try_from(points).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
        match buckets.check_key_n(key, points) {
            Ok(Ok(state)) => Ok(Some(budget(state.remaining_burst_capacity(), 0))),
            Ok(Err(not_until)) => {
                let wait = not_until.wait_time_from(DefaultClock::default().now());
                Err(budget(0, wait.as_secs() + 1))
            }
            // An operation costs less than a bucket holds.
            Err(_) => Err(budget(0, self.window)),
        }
    }
}
