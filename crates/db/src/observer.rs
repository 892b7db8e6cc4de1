//! The observer of a process: is told how long statements took, and how long their callers waited for a connection.
//!
//! Set once, before the database is opened or after; without one nothing is measured.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use sea_orm::DatabaseConnection;

/// The purpose of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading, outside of any transaction.
    Read,
    /// A write transaction, with what it reads.
    Write,
}

/// Is told of statements and of waits.
pub trait Observer: Send + Sync {
    /// A caller waited for a connection to be free. For a write that includes BEGIN.
    fn waited(&self, access: Access, waited: Duration);

    /// A statement was executed, or failed.
    fn executed(&self, access: Access, took: Duration, has_failed: bool);
}

static OBSERVER: OnceLock<Box<dyn Observer>> = OnceLock::new();

/// Sets the observer of this process, if it has none yet.
pub fn set_observer(observer: impl Observer + 'static) {
    // A second one would measure the same.
    let _ = OBSERVER.set(Box::new(observer));
}

/// Tells the observer of a wait that began then.
pub(crate) fn waited(access: Access, began: Instant) {
    if let Some(observer) = OBSERVER.get() {
        observer.waited(access, began.elapsed());
    }
}

/// Tells the observer of a statement that began then.
pub(crate) fn read<T, E>(began: Instant, done: &Result<T, E>) {
    if let Some(observer) = OBSERVER.get() {
        observer.executed(Access::Read, began.elapsed(), done.is_err());
    }
}

/// The same connection, whose statements the observer hears of.
pub(crate) fn observed(mut writer: DatabaseConnection) -> DatabaseConnection {
    writer.set_metric_callback(|info| {
        if let Some(observer) = OBSERVER.get() {
            observer.executed(Access::Write, info.elapsed, info.failed);
        }
    });
    writer
}
