//! The locks that transactions take if one row is not enough to put writers in order.

use db::{hold_lock, hold_named_lock};
use sea_orm::DatabaseTransaction;

use crate::Result;

/// An arbitrary number that keeps these locks apart from those of other users of the same database.
const LOCK_SPACE: i32 = 0x4450;

/// A lock. On SQLite the write transaction itself is the lock.
#[derive(Clone, Copy, Debug)]
pub enum Lock {
    /// Making papers: slugs, arXiv identifiers and titles are looked up and then written.
    Papers = 1,
    /// Publishing editions.
    Editions = 2,
    /// Starting import runs.
    ImportRuns = 3,
    /// Bringing the schema up to date.
    Migrations = 4,
    /// Taking a look-up from the budget.
    Lookups = 5,
}

impl Lock {
    /// Waits for the lock and holds it until the transaction ends.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn hold(self, tx: &DatabaseTransaction) -> Result<()> {
        Ok(hold_lock(tx, LOCK_SPACE, self as i32).await?)
    }
}

/// Waits for the lock of one mailbox, named by its hash, and holds it until the transaction ends: addresses
/// with different tags are different rows, and what was sent to the mailbox is counted over all of them.
///
/// # Errors
/// If the database fails.
pub async fn hold_mailbox(tx: &DatabaseTransaction, mailbox_hash: &str) -> Result<()> {
    Ok(hold_named_lock(tx, mailbox_hash).await?)
}
