//! When a server of Postgres was found gone, for all pools of the process.
//!
//! A server that restarts cuts every connection, and each is found out only when it is used: as many writes would fail
//! as a pool holds. So a caller who finds one cut says so here, and what has lain idle since before is not used any more.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// When the server was last found gone.
#[derive(Clone, Debug, Default)]
pub(crate) struct LostServer(Arc<Mutex<Option<Instant>>>);

impl LostServer {
    /// A connection was cut just now.
    pub(crate) fn mark(&self) {
        *self.0.lock() = Some(Instant::now());
    }

    /// Whether a connection that has lain idle for so long was used last before the server was found gone.
    pub(crate) fn has_cut(&self, idle_for: Duration) -> bool {
        let lost = *self.0.lock();
        lost.is_some_and(|lost| lost.elapsed() <= idle_for)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_idle_since_before_the_loss_are_cut() {
        let lost = LostServer::default();
        assert!(!lost.has_cut(Duration::from_hours(1)));
        lost.clone().mark();
        assert!(lost.has_cut(Duration::from_hours(1)));
        // No machine needs no time at all to come here.
        assert!(!lost.has_cut(Duration::ZERO));
    }
}
