//! Answers to queries that nobody in particular asks, kept for a moment.
//!
//! Most visitors ask for the same page. An answer is found by the bytes of its request, before anything of it is
//! parsed, and dies a set time after its query began, whatever happens; so what is shown is never older than that. A
//! mutation in this process, and an event that it hears of, no matter who sends it, end the lives of all: an answer
//! that was being made while something changed is not kept. Answers with errors are not kept, nor what an e-mail link
//! opens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::web::Bytes;
use moka::sync::Cache;
use tokio::time::Instant;

/// Bytes of requests and answers that are kept.
const MAX_CACHED_BYTES: u64 = 16 << 20;

/// Bytes that an answer takes up beside its own.
const OVERHEAD_BYTES: usize = 200;

/// A request as it came: the query string of a GET, the body of a POST.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CacheKey {
    /// By GET.
    Get(Bytes),
    /// By POST.
    Post(Bytes),
}

impl CacheKey {
    fn size(&self) -> usize {
        let (Self::Get(bytes) | Self::Post(bytes)) = self;
        bytes.len()
    }
}

/// An answer that is kept.
#[derive(Clone, Debug)]
pub(crate) struct CachedResponse {
    /// The body.
    pub(crate) body: Bytes,
    /// The name of the operation.
    pub(crate) name: Option<Arc<str>>,
    /// What the operation costs, in points.
    pub(crate) cost: u64,
    /// When its query began.
    pub(crate) begun: Epoch,
}

/// When, and in which state of the service, a query began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epoch {
    at: Instant,
    change: u64,
}

/// Something is changing: until it is dropped.
#[must_use]
pub(crate) struct Changing(ResponseCache);

impl Drop for Changing {
    fn drop(&mut self) {
        self.0.invalidate();
    }
}

/// The cache of responses.
#[derive(Clone, Debug)]
pub struct ResponseCache(Arc<Answers>);

#[derive(Debug)]
struct Answers {
    kept: Cache<CacheKey, CachedResponse>,
    life: Duration,
    /// How often something has changed.
    changes: AtomicU64,
}

impl ResponseCache {
    /// Keeps answers for `life`; none if that is zero.
    #[must_use]
    pub fn new(life: Duration) -> Self {
        let weigh = |question: &CacheKey, kept: &CachedResponse| {
            u32::try_from(question.size() + kept.body.len() + OVERHEAD_BYTES).unwrap_or(u32::MAX)
        };
        let room = if life.is_zero() { 0 } else { MAX_CACHED_BYTES };
        let kept = Cache::builder().weigher(weigh).max_capacity(room).time_to_live(life).build();
        Self(Arc::new(Answers { kept, life, changes: AtomicU64::new(0) }))
    }

    /// To be asked before a query begins.
    pub(crate) fn begin(&self) -> Epoch {
        Epoch { at: Instant::now(), change: self.0.changes.load(Ordering::SeqCst) }
    }

    /// The answer to a question, if it still lives.
    pub(crate) fn find(&self, question: &CacheKey) -> Option<CachedResponse> {
        if self.0.life.is_zero() {
            return None;
        }
        let now = self.begin();
        self.0.kept.get(question).filter(|kept| {
            kept.begun.change == now.change && now.at.duration_since(kept.begun.at) < self.0.life
        })
    }

    /// Keeps the answer to a query.
    pub(crate) fn keep(&self, question: CacheKey, response: CachedResponse) {
        if !self.0.life.is_zero() {
            self.0.kept.insert(question, response);
        }
    }

    /// Ends the lives of all answers, also of those that are being made: something has changed.
    pub fn invalidate(&self) {
        self.0.changes.fetch_add(1, Ordering::SeqCst);
    }

    /// Ends the lives of all answers when it is dropped.
    pub(crate) fn changing(&self) -> Changing {
        Changing(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(text: &'static str) -> CacheKey {
        CacheKey::Post(Bytes::from_static(text.as_bytes()))
    }

    fn response(body: Bytes, begun: Epoch) -> CachedResponse {
        CachedResponse { body, name: None, cost: 1, begun }
    }

    fn keep(cache: &ResponseCache, text: &'static str, begun: Epoch) {
        cache.keep(question(text), response(Bytes::from_static(b"{}"), begun));
    }

    #[tokio::test(start_paused = true)]
    async fn a_response_expires_after_its_lifetime() {
        let cache = ResponseCache::new(Duration::from_secs(2));
        let begun = cache.begin();
        tokio::time::advance(Duration::from_millis(1_500)).await;
        keep(&cache, "a", begun);
        assert!(cache.find(&question("a")).is_some());
        assert!(cache.find(&question("b")).is_none());
        assert!(cache.find(&CacheKey::Get(Bytes::from_static(b"a"))).is_none());
        tokio::time::advance(Duration::from_millis(500)).await;
        assert!(cache.find(&question("a")).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_discards_cached_and_pending_responses() {
        let cache = ResponseCache::new(Duration::from_secs(2));
        let begun = cache.begin();
        keep(&cache, "kept", begun);
        cache.invalidate();
        keep(&cache, "made", begun);
        assert!(cache.find(&question("kept")).is_none());
        assert!(cache.find(&question("made")).is_none());
        keep(&cache, "new", cache.begin());
        assert!(cache.find(&question("new")).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn with_zero_lifetime_nothing_is_cached() {
        let cache = ResponseCache::new(Duration::ZERO);
        keep(&cache, "a", cache.begin());
        assert!(cache.find(&question("a")).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn the_cache_size_is_limited() {
        let cache = ResponseCache::new(Duration::from_secs(2));
        for number in 0..100_u32 {
            let body = Bytes::from(vec![b' '; 1 << 20]);
            cache.keep(CacheKey::Get(Bytes::from(number.to_string())), response(body, cache.begin()));
        }
        cache.0.kept.run_pending_tasks();
        assert!(cache.0.kept.weighted_size() <= MAX_CACHED_BYTES);
    }
}
