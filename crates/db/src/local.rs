//! The connections that read a SQLite file.
//!
//! SQLite knows no limit of a statement's time, and a statement whose reader has left goes on: sqlx has a thread for each
//! connection, which hears of that when the next row is there, and a count has one row only, at its end. So each
//! connection looks at the clock every thousand of SQLite's steps, in its progress handler, and ends what is past its
//! deadline or what nobody waits for any more. A pool gives no way to a connection's own handler for each statement, so
//! these are no pool of sqlx's.
//!
//! Always: a statement ends soon after its deadline, and soon after its future was dropped; a connection in the middle
//! of a statement is never lent again.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sea_orm::sqlx::query::Query;
use sea_orm::sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteRow};
use sea_orm::sqlx::{self, ConnectOptions as _, SqliteConnection};
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::observer::{self, Access};

/// How long is waited for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(30);

/// Steps of SQLite between two looks at the clock: some hundred microseconds, as a rule.
const STEPS_BETWEEN_CHECKS: i32 = 1_000;

/// The connections that read a SQLite file.
pub(crate) struct LocalConnections {
    options: SqliteConnectOptions,
    /// As many permits as there may be connections.
    room: Semaphore,
    idle: Mutex<Vec<Local>>,
}

struct Local {
    connection: SqliteConnection,
    limit: Arc<Limit>,
}

/// When the statement of a connection ends at the latest.
struct Limit {
    since: Instant,
    /// Milliseconds after that; [`Limit::NEVER`] between statements.
    at: AtomicU64,
}

impl Limit {
    const NEVER: u64 = u64::MAX;

    fn set(&self, longest: Duration) {
        let at = self.since.elapsed() + longest;
        self.at.store(u64::try_from(at.as_millis()).unwrap_or(Self::NEVER), Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        let at = self.at.load(Ordering::Relaxed);
        at != Self::NEVER && self.since.elapsed() >= Duration::from_millis(at)
    }
}

/// Ends the statement when it is dropped in the middle of it.
struct Running<'a>(&'a Limit);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.at.store(0, Ordering::Relaxed);
    }
}

impl fmt::Debug for LocalConnections {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("LocalConnections").field("room", &self.room).finish_non_exhaustive()
    }
}

impl LocalConnections {
    /// At most so many connections, which are opened when they are asked for.
    pub(crate) fn new(options: SqliteConnectOptions, connections: usize) -> Self {
        Self { options, room: Semaphore::new(connections), idle: Mutex::default() }
    }

    /// The rows of a statement, which may take so long.
    pub(crate) async fn rows(
        &self,
        statement: &Statement,
        longest: Duration,
    ) -> Result<Vec<SqliteRow>, DbErr> {
        let began = Instant::now();
        let permit = timeout(ACQUIRE_TIMEOUT, self.room.acquire()).await;
        observer::waited(Access::Read, began);
        let _permit = permit
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let idle = self.idle.lock().pop();
        let mut local = match idle {
            Some(local) => local,
            None => self.open().await.map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))?,
        };
        let limit = Arc::clone(&local.limit);
        limit.set(longest);
        let running = Running(&limit);
        let began = Instant::now();
        let done = query(statement).fetch_all(&mut local.connection).await;
        observer::read(began, &done);
        std::mem::forget(running);
        limit.at.store(Limit::NEVER, Ordering::Relaxed);
        if done.as_ref().err().is_none_or(|error| error.as_database_error().is_some()) {
            self.idle.lock().push(local);
        }
        done.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))
    }

    async fn open(&self) -> Result<Local, sqlx::Error> {
        let mut connection = self.options.connect().await?;
        let limit = Arc::new(Limit { since: Instant::now(), at: AtomicU64::new(Limit::NEVER) });
        let watched = Arc::clone(&limit);
        connection
            .lock_handle()
            .await?
            .set_progress_handler(STEPS_BETWEEN_CHECKS, move || !watched.is_over());
        Ok(Local { connection, limit })
    }
}

fn query(statement: &Statement) -> Query<'_, Sqlite, SqlxValues> {
    let values = statement.values.clone().unwrap_or_else(|| sea_orm::sea_query::Values(Vec::new()));
    sqlx::query_with(sqlx::AssertSqlSafe(statement.sql.as_str()), SqlxValues(values))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use sea_orm::{ConnectionTrait as _, DbBackend};

    use crate::Db;

    use super::*;

    /// Takes for ever.
    const ENDLESS: &str =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n";

    async fn open(folder: &Path) -> Db {
        Db::open_sqlite(&folder.join("test.db"), || 0.5).await.unwrap()
    }

    fn statement(sql: &str) -> Statement {
        Statement::from_string(DbBackend::Sqlite, sql)
    }

    #[tokio::test]
    async fn a_statement_ends_with_its_deadline_or_its_caller() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(folder.path()).await;
        let hasty = db.for_runtime(1, Duration::from_millis(50));
        let ended = hasty.read().query_one_raw(statement(ENDLESS)).await;
        assert!(ended.unwrap_err().to_string().contains("interrupted"));
        // Those who leave leave no statement behind that holds one of the few connections, or a processor.
        for _ in 0..2 * crate::database::MAX_SQLITE_READERS {
            let left = timeout(Duration::from_millis(20), db.read().query_one_raw(statement(ENDLESS))).await;
            assert!(left.is_err());
        }
        let row = db.read().query_one_raw(statement("SELECT 7")).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i32>(0).unwrap(), 7);
        // The connection that was ended goes on with the next one, and without its deadline.
        let row = hasty.read().query_one_raw(statement("SELECT 8")).await.unwrap().unwrap();
        assert_eq!(row.try_get_by_index::<i32>(0).unwrap(), 8);
        assert!(
            db.write(|tx| Box::pin(async move { Ok(tx.execute_unprepared("SELECT 1").await.is_ok()) }))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn the_local_reader_cannot_write() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(folder.path()).await;
        let refused = db.read().query_one_raw(statement("CREATE TABLE t (i INTEGER)")).await;
        assert!(refused.unwrap_err().to_string().contains("readonly"));
    }
}
