//! Forces index scans for the queries of queues: Postgres would sort all that waits.

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend};

use crate::error::Result;

/// Has Postgres look rows up by indices alone, until the transaction ends or [`reset`] is called.
///
/// A queue fills by a hundred thousand rows within seconds, long before the statistics by which plans are made tell of
/// them. Going by those, Postgres read all that waits and sorted it, for each batch anew, where the index has it in
/// order already; and it read all subscriptions to change a thousand. Batches are of known, small sizes, so the way by
/// an index is right whatever the statistics say. What this makes a plan cost on paper would have it compiled (JIT),
/// which takes a hundred times as long as to run it; so that is off as well. A plan that Postgres keeps for a connection
/// stays as it was made: statements between this and [`reset`] should be of such batches, and of small tables.
///
/// # Errors
/// If the database fails.
pub async fn force_index_scans(tx: &DatabaseTransaction) -> Result<()> {
    set(tx, "off").await
}

/// Has Postgres choose its way again.
///
/// # Errors
/// If the database fails.
pub async fn reset(tx: &DatabaseTransaction) -> Result<()> {
    set(tx, "DEFAULT").await
}

async fn set(tx: &DatabaseTransaction, to: &str) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let settings = ["enable_seqscan", "enable_bitmapscan", "jit"];
        let sql: Vec<String> = settings.iter().map(|name| format!("SET LOCAL {name} = {to}")).collect();
        tx.execute_unprepared(&sql.join("; ")).await?;
    }
    Ok(())
}
