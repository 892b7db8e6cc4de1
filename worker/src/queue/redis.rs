//! Wake-ups between processes, over apalis' Redis backend.
//!
//! What was measured of apalis-redis 1.0.0 decides how it is used. A queue must never grow: from 8,000 due
//! tasks on, fetching fails for ever. So requests are gathered, and none is pushed while one of its kind still
//! waits to be fetched, since that one covers it. An idle worker looks only at its heartbeat unless told
//! otherwise: see [`FixedInterval`]. Any error ends the worker, and its restart knows no pause: [`work`] builds all of it
//! again, with one. What is done is never deleted: [`prune`] does.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use apalis::prelude::{BackendExt as _, Monitor, PollSnapshot, PollStrategy, TaskSink as _, WorkerBuilder};
use apalis_core::backend::Vacuum as _;
use apalis_redis::{Config, RedisStorage};
use async_trait::async_trait;
use domain::queue::{Job, JobQueue};
use parking_lot::Mutex;
use redis::aio::ConnectionManager;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use crate::redis_connection::{MAX_RETRY_DELAY, RESPONSE_TIMEOUT, RETRY_DELAY, connect};

use super::{RunJob, WakeUp, worker_name};

/// The interval at which a worker polls its queue.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// The interval at which a worker says that it lives.
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(15);

/// The number of missed heartbeats after which a worker is considered dead.
const MAX_MISSED_HEARTBEATS: usize = 4;

/// The time for which finished tasks stay in Redis, and the interval of the cleanup.
const DONE_TASK_LIFETIME: Duration = Duration::from_mins(10);

/// Wake-ups between processes.
pub struct RedisQueue {
    client: redis::Client,
    wanted: Mutex<Vec<Job>>,
    asked: Notify,
    is_idle: watch::Sender<bool>,
}

impl std::fmt::Debug for RedisQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisQueue").finish_non_exhaustive()
    }
}

impl RedisQueue {
    /// A queue on the Redis server at `url`. A server that is not available yet is not an error: until it is, the
    /// sweepers do without.
    ///
    /// # Errors
    /// If `url` is not an address of a Redis server.
    pub fn new(url: &str) -> Result<Arc<Self>, redis::RedisError> {
        let client = redis::Client::open(url)?;
        let queue = Arc::new(Self {
            client,
            wanted: Mutex::default(),
            asked: Notify::new(),
            is_idle: watch::Sender::new(true),
        });
        tokio::spawn(push_all(Arc::downgrade(&queue)));
        Ok(queue)
    }

    fn take_wanted(&self) -> Vec<Job> {
        std::mem::take(&mut *self.wanted.lock())
    }
}

#[async_trait]
impl JobQueue for RedisQueue {
    fn wake(&self, job: Job) {
        let mut wanted = self.wanted.lock();
        if !wanted.contains(&job) {
            wanted.push(job);
        }
        self.is_idle.send_replace(false);
        drop(wanted);
        self.asked.notify_one();
    }

    async fn flush(&self) {
        let mut idle = self.is_idle.subscribe();
        let waiting = idle.wait_for(|&is_idle| is_idle);
        // A wake-up that Redis does not accept in time is no loss: the sweepers run every minute.
        let _ = tokio::time::timeout(RESPONSE_TIMEOUT, waiting).await;
    }
}

/// Pushes what is asked for, gathered, for as long as the queue is in use.
async fn push_all(queue: std::sync::Weak<RedisQueue>) {
    let mut storages: HashMap<Job, RedisStorage<WakeUp>> = HashMap::new();
    let Some(connection) = queue.upgrade().and_then(|queue| connect(&queue.client).ok()) else { return };
    loop {
        let Some(queue) = queue.upgrade() else { return };
        // The timeout lets the queue be dropped.
        let _ = tokio::time::timeout(Duration::from_secs(1), queue.asked.notified()).await;
        for job in queue.take_wanted() {
            let queued = storages.entry(job).or_insert_with(|| open_storage(connection.clone(), job));
            let pushing = tokio::time::timeout(RESPONSE_TIMEOUT, push(queued, connection.clone(), job));
            match pushing.await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(job = job.name(), error, "Redis refused a wake-up"),
                Err(_) => tracing::warn!(job = job.name(), "Redis does not respond"),
            }
        }
        let wanted = queue.wanted.lock();
        queue.is_idle.send_replace(wanted.is_empty());
    }
}

async fn push(
    storage: &mut RedisStorage<WakeUp>,
    mut connection: ConnectionManager,
    job: Job,
) -> Result<(), String> {
    let config = queue_config(job);
    let (scheduled, active): (u64, u64) = redis::pipe()
        .zcard(config.scheduled_jobs_set())
        .llen(config.active_jobs_list())
        .query_async(&mut connection)
        .await
        .map_err(|error| error.to_string())?;
    if scheduled + active > 0 {
        // One that nobody has fetched yet will be fetched after our commit.
        return Ok(());
    }
    storage.push(WakeUp {}).await.map_err(|error| error.to_string())
}

fn queue_config(job: Job) -> Config {
    Config::default()
        .queue(format!("daily-papers-{}", job.name()))
        .batch_size(1)
        .heartbeat_interval(HEARTBEAT_INTERVAL)
        .missed_heartbeats(MAX_MISSED_HEARTBEATS)
        .emit_events(false)
}

fn open_storage(connection: ConnectionManager, job: Job) -> RedisStorage<WakeUp> {
    RedisStorage::new(connection).with_config(queue_config(job))
}

/// Polls at a fixed interval. The strategy that comes with apalis re-arms its timer without polling it,
/// and then sleeps until the next heartbeat.
struct FixedInterval(tokio::time::Interval);

impl PollStrategy for FixedInterval {
    fn poll_drive(&mut self, context: &mut Context<'_>, _: &PollSnapshot) -> Poll<Option<()>> {
        let mut is_due = false;
        while self.0.poll_tick(context).is_ready() {
            is_due = true;
        }
        if is_due { Poll::Ready(Some(())) } else { Poll::Pending }
    }
}

/// Runs a job for each wake-up until `stop` is cancelled. When the workers end before that (Redis
/// was lost, flushed or restarted) they are rebuilt after a pause.
pub(crate) async fn work(queue: Arc<RedisQueue>, run_job: RunJob, stop: CancellationToken) {
    let mut delay = RETRY_DELAY;
    while !stop.is_cancelled() {
        let has_worked = Arc::new(AtomicBool::new(false));
        match connect(&queue.client) {
            Ok(connection) => {
                let carrying = carry(connection.clone(), &run_job, has_worked.clone(), stop.clone());
                tokio::select! {
                    () = carrying => {}
                    () = prune(connection) => {}
                }
            }
            Err(error) => tracing::warn!(%error, "Redis cannot be used"),
        }
        if stop.is_cancelled() {
            return;
        }
        delay = if has_worked.load(Ordering::SeqCst) { RETRY_DELAY } else { MAX_RETRY_DELAY.min(delay * 2) };
        tracing::warn!(
            seconds = delay.as_secs_f32(),
            "no wake-ups from Redis; the sweeper continues without them"
        );
        tokio::select! {
            () = tokio::time::sleep(delay) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn carry(
    connection: ConnectionManager,
    run_job: &RunJob,
    has_worked: Arc<AtomicBool>,
    stop: CancellationToken,
) {
    // One worker that ends takes the others with it, so that all are rebuilt.
    let ended = CancellationToken::new();
    let mut monitor = Monitor::new();
    for job in Job::ALL {
        let (connection, run_job, has_worked) = (connection.clone(), run_job.clone(), has_worked.clone());
        monitor = monitor.register(move |_| {
            let backend = open_storage(connection.clone(), job)
                .poll_with_strategy(FixedInterval(tokio::time::interval(POLL_INTERVAL)));
            let (run_job, has_worked) = (run_job.clone(), has_worked.clone());
            let handle = move |_: WakeUp| {
                has_worked.store(true, Ordering::SeqCst);
                let run_job = run_job.clone();
                // On a task of its own: a drain is not cut off when Redis is lost.
                async move {
                    let _ = tokio::spawn(async move { run_job(job).await }).await;
                }
            };
            WorkerBuilder::new(worker_name(job)).backend(backend).build(handle)
        });
    }
    let ended_early = ended.clone();
    monitor = monitor.should_restart(move |worker, error| {
        tracing::warn!(worker = worker.name(), %error, "a Redis worker stopped");
        ended_early.cancel();
        false
    });
    let signal = async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = ended.cancelled() => {}
        }
        Ok(())
    };
    if let Err(error) = monitor.shutdown_timeout(Duration::from_secs(5)).run_with_signal(signal).await {
        tracing::debug!(?error, "the Redis workers stopped");
    }
}

/// Clears away wake-ups that are done, for as long as it is polled.
async fn prune(mut connection: ConnectionManager) {
    loop {
        for job in Job::ALL {
            let config = queue_config(job);
            let done = (config.done_jobs_set(), config.dead_jobs_set());
            let cleared: Result<(), redis::RedisError> =
                redis::cmd("DEL").arg(&done.0).arg(&done.1).query_async(&mut connection).await;
            let vacuumed = open_storage(connection.clone(), job).vacuum_before(DONE_TASK_LIFETIME).await;
            if cleared.is_err() || vacuumed.is_err() {
                tracing::debug!(job = job.name(), "Redis could not be pruned");
            }
        }
        tokio::time::sleep(DONE_TASK_LIFETIME).await;
    }
}
