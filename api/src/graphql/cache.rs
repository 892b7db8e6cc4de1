//! Answers to queries that nobody in particular asks, kept for a moment.
//!
//! Most visitors ask for the same page. An answer is found by the octets of its request, before anything of it
//! is parsed, and dies a set time after its query began, whatever happens; so what is shown is never older than
//! that. A mutation in this process, and an event that it hears of, whoever tells it, end the lives of all: an answer that was being
//! made while something changed is not kept. Answers with errors are not kept, nor what an e-mail link opens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use actix_web::web::Bytes;
use domain::Services;
use moka::sync::Cache;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Octets of requests and answers that are kept.
const ROOM: u64 = 16 << 20;

/// Octets that an answer takes up beside its own.
const OVERHEAD: usize = 200;

/// A request as it came: the query string of a GET, the body of a POST.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Question {
    /// By GET.
    Get(Bytes),
    /// By POST.
    Post(Bytes),
}

impl Question {
    fn size(&self) -> usize {
        let (Self::Get(octets) | Self::Post(octets)) = self;
        octets.len()
    }
}

/// An answer that is kept.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// The body.
    pub(super) body: Bytes,
    /// What the operation costs, in points.
    pub(super) cost: u64,
    begun: Begun,
}

/// When, and in which state of the service, a query began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    at: Instant,
    change: u64,
}

/// Something is changing: until it is dropped.
#[must_use]
pub(super) struct Changing(AnswerCache);

impl Drop for Changing {
    fn drop(&mut self) {
        self.0.change();
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct AnswerCache(Arc<Answers>);

#[derive(Debug)]
struct Answers {
    kept: Cache<Question, Kept>,
    life: Duration,
    /// How often something has changed.
    changes: AtomicU64,
}

impl AnswerCache {
    /// Keeps answers for `life`; none where that is zero.
    #[must_use]
    pub fn new(life: Duration) -> Self {
        let weigh = |question: &Question, kept: &Kept| {
            u32::try_from(question.size() + kept.body.len() + OVERHEAD).unwrap_or(u32::MAX)
        };
        let room = if life.is_zero() { 0 } else { ROOM };
        let kept = Cache::builder().weigher(weigh).max_capacity(room).time_to_live(life).build();
        Self(Arc::new(Answers { kept, life, changes: AtomicU64::new(0) }))
    }

    /// To be asked before a query begins.
    pub(super) fn begin(&self) -> Begun {
        Begun { at: Instant::now(), change: self.0.changes.load(Ordering::SeqCst) }
    }

    /// The answer to a question, if it still lives.
    pub(super) fn find(&self, question: &Question) -> Option<Kept> {
        if self.0.life.is_zero() {
            return None;
        }
        let now = self.begin();
        self.0.kept.get(question).filter(|kept| {
            kept.begun.change == now.change && now.at.duration_since(kept.begun.at) < self.0.life
        })
    }

    /// Keeps the answer to a query that began as `begun` says.
    pub(super) fn keep(&self, question: Question, begun: Begun, body: Bytes, cost: u64) {
        if !self.0.life.is_zero() {
            self.0.kept.insert(question, Kept { body, cost, begun });
        }
    }

    /// Ends the lives of all answers, also of those that are being made.
    fn change(&self) {
        self.0.changes.fetch_add(1, Ordering::SeqCst);
    }

    /// Ends the lives of all answers when it is dropped.
    pub(super) fn changing(&self) -> Changing {
        Changing(self.clone())
    }

    /// Ends the lives of all answers at every event, until `stop` is cancelled.
    pub(crate) async fn listen(self, services: Services, stop: CancellationToken) {
        let mut events = services.events.subscribe();
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Ok(_) | Err(RecvError::Lagged(_)) => self.change(),
                    Err(RecvError::Closed) => return,
                },
                () = stop.cancelled() => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(text: &'static str) -> Question {
        Question::Post(Bytes::from_static(text.as_bytes()))
    }

    fn keep(cache: &AnswerCache, text: &'static str, begun: Begun) {
        cache.keep(question(text), begun, Bytes::from_static(b"{}"), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_dies_some_time_after_its_query_began() {
        let cache = AnswerCache::new(Duration::from_secs(2));
        let begun = cache.begin();
        tokio::time::advance(Duration::from_millis(1_500)).await;
        keep(&cache, "a", begun);
        assert!(cache.find(&question("a")).is_some());
        assert!(cache.find(&question("b")).is_none());
        assert!(cache.find(&Question::Get(Bytes::from_static(b"a"))).is_none());
        tokio::time::advance(Duration::from_millis(500)).await;
        assert!(cache.find(&question("a")).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_ends_what_is_kept_and_what_is_being_made() {
        let cache = AnswerCache::new(Duration::from_secs(2));
        let begun = cache.begin();
        keep(&cache, "kept", begun);
        cache.change();
        keep(&cache, "made", begun);
        assert!(cache.find(&question("kept")).is_none());
        assert!(cache.find(&question("made")).is_none());
        keep(&cache, "new", cache.begin());
        assert!(cache.find(&question("new")).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_life_nothing_is_kept() {
        let cache = AnswerCache::new(Duration::ZERO);
        keep(&cache, "a", cache.begin());
        assert!(cache.find(&question("a")).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_kept_has_its_room() {
        let cache = AnswerCache::new(Duration::from_secs(2));
        for number in 0..100_u32 {
            let body = Bytes::from(vec![b' '; 1 << 20]);
            cache.keep(Question::Get(Bytes::from(number.to_string())), cache.begin(), body, 1);
        }
        cache.0.kept.run_pending_tasks();
        assert!(cache.0.kept.weighted_size() <= ROOM);
    }
}
