//! Locks that a transaction takes if one row is not enough to put writers in order.
//!
//! On Postgres they are advisory locks. On SQLite the write transaction itself is the lock: there is one writer.

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, Statement};

use crate::error::Result;

/// Waits for the lock of this number, and holds it until the transaction ends. `space` keeps the numbers of an
/// application apart from those of other users of advisory locks.
///
/// # Errors
/// If the database fails.
pub async fn hold_lock(tx: &DatabaseTransaction, space: i32, number: i32) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let sql = "SELECT pg_advisory_xact_lock($1, $2)";
        let values = [space.into(), number.into()];
        tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await?;
    }
    Ok(())
}

/// Waits for the lock of this name, and holds it until the transaction ends. Two names may share a lock, which costs
/// time and nothing else.
///
/// # Errors
/// If the database fails.
pub async fn hold_named_lock(tx: &DatabaseTransaction, name: &str) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        tx.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, [name.into()])).await?;
    }
    Ok(())
}
