//! Offloading of work that must not block serving threads, such as parsing untrusted input.
//!
//! Each piece of work runs on a thread of its own, with a stack of a size that is known wherever it is called from. So many
//! run at once, a few more wait, and everyone else is told at once that there is no room. A thread cannot be
//! stopped: work that is later than its deadline is given up by who asked for it, and keeps its place until it ends.
//! So it can slow down this room and nothing else.
//!
//! Always: work is bounded by itself; the deadline is for machines that are busy.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OffloadError {
    /// As much as may wait is waiting.
    #[error("the service is busy")]
    Busy,
    /// It is not done in time.
    #[error("it took too long")]
    TooLate,
    /// It panicked, or no thread could be started.
    #[error("it failed")]
    Failed,
}

/// A room for work of one kind.
#[derive(Debug)]
pub struct Offload {
    name: &'static str,
    stack_bytes: usize,
    deadline: Duration,
    running: Arc<Semaphore>,
    present: Arc<Semaphore>,
}

impl Offload {
    /// A room in which `running` pieces of work run at once and `waiting` more wait. `deadline` counts from the call.
    #[must_use]
    pub fn new(
        name: &'static str,
        running: usize,
        waiting: usize,
        stack_bytes: usize,
        deadline: Duration,
    ) -> Self {
        Self {
            name,
            stack_bytes,
            deadline,
            running: Arc::new(Semaphore::new(running)),
            present: Arc::new(Semaphore::new(running + waiting)),
        }
    }

    /// Runs `work` on a thread of its own.
    ///
    /// # Errors
    /// See [`OffloadError`].
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, OffloadError> {
        let place = Arc::clone(&self.present).try_acquire_owned().map_err(|_| OffloadError::Busy)?;
        let run = async {
            let turn = Arc::clone(&self.running).acquire_owned().await.map_err(|_| OffloadError::Failed)?;
            let (told, result) = oneshot::channel();
            let thread = move || {
                // The caller may be gone.
                told.send(work()).ok();
                drop((turn, place));
            };
            let builder = std::thread::Builder::new().name(self.name.to_owned()).stack_size(self.stack_bytes);
            builder.spawn(thread).map_err(|_| OffloadError::Failed)?;
            result.await.map_err(|_| OffloadError::Failed)
        };
        timeout(self.deadline, run).await.map_err(|_| OffloadError::TooLate)?
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn room(running: usize, waiting: usize, deadline: Duration) -> Arc<Offload> {
        Arc::new(Offload::new("room", running, waiting, 256 * 1024, deadline))
    }

    #[tokio::test]
    async fn work_runs_on_another_thread() {
        let room = room(1, 1, Duration::from_mins(1));
        let here = std::thread::current().id();
        assert_ne!(room.run(|| std::thread::current().id()).await, Ok(here));
        assert_eq!(room.run(|| panic!("on purpose")).await, Err::<(), _>(OffloadError::Failed));
        assert_eq!(room.run(|| 7).await, Ok(7));
    }

    #[tokio::test]
    async fn work_over_capacity_is_refused_at_once() {
        let room = room(1, 1, Duration::from_mins(1));
        let (finish, finished) = mpsc::channel::<()>();
        let held = tokio::spawn({
            let room = Arc::clone(&room);
            async move { room.run(move || finished.recv().is_err()).await }
        });
        let waiting = tokio::spawn({
            let room = Arc::clone(&room);
            async move { room.run(|| 2).await }
        });
        while room.present.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(room.run(|| 3).await, Err(OffloadError::Busy));
        drop(finish);
        assert_eq!(held.await.unwrap(), Ok(true));
        assert_eq!(waiting.await.unwrap(), Ok(2));
    }

    #[tokio::test]
    async fn work_past_its_deadline_keeps_its_place_until_it_ends() {
        let room = room(1, 0, Duration::from_millis(50));
        let (finish, finished) = mpsc::channel::<()>();
        let late = room.run(move || finished.recv().is_err()).await;
        assert_eq!(late, Err(OffloadError::TooLate));
        assert_eq!(room.run(|| 1).await, Err(OffloadError::Busy));
        drop(finish);
        while room.present.available_permits() == 0 {
            tokio::task::yield_now().await;
        }
    }
}
