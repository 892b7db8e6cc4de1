//! The job queue's adapters: apalis in memory, apalis on Redis.

pub mod local;
pub mod redis;

use std::sync::Arc;

use domain::queue::Job;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

/// Does a job that a wake-up asks for, and returns when it is done.
pub(crate) type RunJob = Arc<dyn Fn(Job) -> BoxFuture<'static, ()> + Send + Sync>;

/// The content of a queue: a wake-up without data. Every kind of job has a queue of its own, so a mail that a person
/// waits for never waits behind digests.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct WakeUp {}

/// A worker's name: unlike any other's, also after a restart, because apalis takes two of one name for one.
fn worker_name(job: Job) -> String {
    format!("{}-{}", job.name(), domain::random::name())
}
