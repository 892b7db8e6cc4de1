//! Locks that a transaction takes where one row is not enough to put writers in order.

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, Statement};

use crate::Result;

/// What can be locked. On SQLite the write transaction itself is the lock.
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
}

impl Lock {
    /// Waits for the lock and holds it until the transaction ends.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn hold(self, tx: &DatabaseTransaction) -> Result<()> {
        // An arbitrary number that keeps these apart from other users of advisory locks.
        const SPACE: i32 = 0x4450;
        if tx.get_database_backend() == DbBackend::Postgres {
            let sql = "SELECT pg_advisory_xact_lock($1, $2)";
            let values = [SPACE.into(), (self as i32).into()];
            tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
        }
        Ok(())
    }
}

/// Waits for the lock of one mailbox, named by its hash, and holds it until the transaction ends: addresses
/// with different tags are different rows, and what was sent to the mailbox is counted over all of them.
///
/// # Errors
/// Where the database fails.
pub async fn hold_mailbox(tx: &DatabaseTransaction, mailbox_hash: &str) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        let values = [mailbox_hash.into()];
        tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
    }
    Ok(())
}
