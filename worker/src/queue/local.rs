//! Wake-ups within one process, over apalis' memory backend.
//!
//! A kind that is asked for already is not asked for twice, so the channel holds one wake-up a kind at most.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use apalis::prelude::{MemorySink, MemoryStorage, Monitor, Task, WorkerBuilder};
use async_trait::async_trait;
use domain::queue::{Job, JobQueue};
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::{SinkExt as _, Stream, StreamExt as _};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::{RunJob, WakeUp, worker_name};

/// Wake-ups within this process.
#[derive(Debug)]
pub struct LocalQueue {
    channels: HashMap<Job, Channel>,
}

#[derive(Debug)]
struct Channel {
    asked: AtomicBool,
    sender: UnboundedSender<Task<WakeUp>>,
    receiver: Receiver,
}

impl Default for LocalQueue {
    fn default() -> Self {
        let channel = |job| {
            let (sender, receiver) = unbounded();
            let receiver = Receiver(Arc::new(Mutex::new(receiver)));
            (job, Channel { asked: AtomicBool::new(false), sender, receiver })
        };
        Self { channels: Job::ALL.into_iter().map(channel).collect() }
    }
}

#[async_trait]
impl JobQueue for LocalQueue {
    fn wake(&self, job: Job) {
        let Some(channel) = self.channels.get(&job) else { return };
        tracing::debug!(target: crate::JOB_LOG_TARGET, job = job.name(), "woken");
        if !channel.asked.swap(true, Ordering::SeqCst)
            && channel.sender.unbounded_send(Task::new(WakeUp {})).is_err()
        {
            tracing::error!(job = job.name(), "the local queue is closed");
        }
    }

    async fn flush(&self) {}
}

impl LocalQueue {
    /// From here on, a request counts as new.
    fn begin(&self, job: Job) {
        if let Some(channel) = self.channels.get(&job) {
            channel.asked.store(false, Ordering::SeqCst);
        }
    }
}

/// The receiving end, which outlives a worker that is restarted.
#[derive(Clone, Debug)]
struct Receiver(Arc<Mutex<UnboundedReceiver<Task<WakeUp>>>>);

impl Stream for Receiver {
    type Item = Task<WakeUp>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.lock().poll_next_unpin(context)
    }
}

/// Runs a job for each wake-up until `stop` is cancelled.
pub(crate) async fn work(queue: Arc<LocalQueue>, run_job: RunJob, stop: CancellationToken) {
    let mut monitor = Monitor::new();
    for (&job, channel) in &queue.channels {
        let (receiver, sender) = (channel.receiver.clone(), channel.sender.clone());
        let (queue, run_job) = (queue.clone(), run_job.clone());
        monitor = monitor.register(move |_| {
            let sink = sender.clone().sink_map_err(Into::into);
            let sink = MemorySink::new(Arc::new(futures::lock::Mutex::new(Box::new(sink))));
            let storage = MemoryStorage::new_with(sink, receiver.clone().boxed());
            let (queue, run_job) = (queue.clone(), run_job.clone());
            let handle = move |_: WakeUp| {
                let (queue, run_job) = (queue.clone(), run_job.clone());
                async move {
                    queue.begin(job);
                    run_job(job).await;
                }
            };
            WorkerBuilder::new(worker_name(job)).backend(storage).build(handle)
        });
    }
    let signal = async move {
        stop.cancelled().await;
        Ok(())
    };
    if let Err(error) = monitor.should_restart(|_, _| true).run_with_signal(signal).await {
        tracing::error!(?error, "the local workers stopped");
    }
}
