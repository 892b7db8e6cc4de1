//! A database of SQLite or Postgres behind one door: reads go through [`Db::read`], writes through [`Db::write`].
//!
//! Two back ends, one code, on top of sea-orm. On SQLite every write runs as BEGIN IMMEDIATE on a pool of one connection,
//! so writers queue up and none meets "database is locked" half-way; readers have connections of their own (WAL). On
//! Postgres a write runs at READ COMMITTED and is done again after a serialisation failure or a deadlock. So the work
//! given to [`Db::write`] may run more than once and must have no effect outside.
//!
//! Beside the door: [`paging`], lists by keyset; [`columns!`], rows read by the place of their columns;
//! [`update_from_values`] and [`insert_from_values`], many rows in one statement; [`hold_lock`]; [`planner`];
//! [`Db::check_schema`].
//!
//! ```
//! use db::Db;
//! use sea_orm::ConnectionTrait as _;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), db::Error> {
//! # let folder = tempfile::tempdir().expect("a folder");
//! let db: Db = Db::open_sqlite(&folder.path().join("people.db"), || 0.5).await?;
//! db.write(|tx| {
//!     Box::pin(async move {
//!         tx.execute_unprepared("CREATE TABLE person (name TEXT)").await?;
//!         tx.execute_unprepared("INSERT INTO person VALUES ('Ada')").await?;
//!         Ok(())
//!     })
//! })
//! .await?;
//! assert!(db.read().execute_unprepared("DELETE FROM person").await.is_err());
//! # Ok(())
//! # }
//! ```
//!
//! Always: nothing is written but in a transaction of [`Db::write`]; a statement that reads ends soon after its deadline,
//! and soon after its future was dropped; work is not done again once its commit may have happened.

mod error;
mod local;
mod lock;
mod lost;
mod observer;
pub mod paging;
pub mod planner;
mod pools;
mod positional;
mod reader;
mod schema;
mod values;

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use log::LevelFilter;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{self, ConnectOptions as _};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    ExecResult, IsolationLevel, QueryResult, RuntimeErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait as _,
};
use tokio::time::timeout;

use lost::LostServer;

pub use error::{Error, Result, WorkError};
pub use lock::{hold_lock, hold_named_lock};
pub use observer::{Access, Observer, set_observer};
pub use positional::{ColumnIndex, ColumnSet, Joined, PositionalRow, RowCursor, value};
pub use reader::Reader;
pub use schema::SchemaState;
pub use sea_orm::{ActiveValue, Value};
pub use values::{insert_from_values, update_from_values};

/// How long a statement that reads may take, if the caller does not say less.
const READ_TIMEOUT: Duration = Duration::from_mins(5);

/// Connections to Postgres of a kind at least: an operation may read by several ways at once.
const MIN_CONNECTIONS: u32 = 2;

/// How long a first connection to Postgres may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The code of a server that is starting.
const CANNOT_CONNECT_NOW: &str = "57P03";

/// How long a server that is starting is waited for.
const MAX_STARTING_TIME: Duration = Duration::from_secs(30);

/// Connections that read a SQLite file at most.
const MAX_SQLITE_READERS: usize = 4;

/// How often a write is tried before its transient error is passed on.
const MAX_WRITE_ATTEMPTS: u32 = 6;

/// A database, opened. `E` is the error of the work that is given to [`Db::write`].
pub struct Db<E = Error> {
    reader: Reader,
    writer: DatabaseConnection,
    server: Option<Server>,
    migrations: Arc<[String]>,
    jitter: fn() -> f64,
    error: PhantomData<fn() -> E>,
}

impl<E> Clone for Db<E> {
    fn clone(&self) -> Self {
        Self {
            reader: self.reader.clone(),
            writer: self.writer.clone(),
            server: self.server.clone(),
            migrations: self.migrations.clone(),
            jitter: self.jitter,
            error: PhantomData,
        }
    }
}

impl<E> fmt::Debug for Db<E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Db")
            .field("reader", &self.reader)
            .field("migrations", &self.migrations)
            .finish_non_exhaustive()
    }
}

/// Why a write was not done, and whether it may be begun again.
struct Failure<E> {
    error: E,
    is_repeatable: bool,
}

/// How connections to Postgres are opened, and how many.
#[derive(Clone, Debug)]
struct Server {
    reading: PgConnectOptions,
    writing: ConnectOptions,
    connections: u32,
    lost: LostServer,
}

impl Server {
    fn writing(&self, connections: u32) -> ConnectOptions {
        let mut options = self.writing.clone();
        options.max_connections(connections);
        options
    }
}

/// A write transaction. It is a [`DatabaseTransaction`] that knows how long what the work borrows lives,
/// which lets the closures given to [`Db::write`] borrow from their caller.
pub struct Tx<'env> {
    transaction: DatabaseTransaction,
    env: PhantomData<&'env ()>,
}

impl Deref for Tx<'_> {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.transaction
    }
}

#[async_trait]
impl ConnectionTrait for Tx<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.transaction.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.transaction.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.transaction.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.transaction.query_all_raw(statement).await
    }
}

impl<E: WorkError> Db<E> {
    /// Opens the SQLite file at `path`, making it if there is none. `jitter` gives a number in `0.0..1.0` that nobody can
    /// foresee: writes that failed together are not done again together.
    ///
    /// # Errors
    /// If the file cannot be made or is no database.
    pub async fn open_sqlite(path: &Path, jitter: fn() -> f64) -> Result<Self> {
        let writer = observer::observed(Database::connect(pools::sqlite(path)).await?);
        let reading =
            local::LocalConnections::new(pools::file(path, pools::Use::Reading), MAX_SQLITE_READERS);
        let reader = Reader::sqlite(reading, READ_TIMEOUT);
        Ok(Self { reader, writer, server: None, migrations: Arc::default(), jitter, error: PhantomData })
    }

    /// Opens the Postgres database at `url`, with at most so many connections, half of them for reading.
    ///
    /// # Errors
    /// If it cannot be reached.
    pub async fn open_postgres(url: &str, connections: u32, jitter: fn() -> f64) -> Result<Self> {
        let reading: PgConnectOptions =
            url.parse().map_err(|error: sqlx::Error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))?;
        let reading = reading
            .log_statements(LevelFilter::Debug)
            .log_slow_statements(LevelFilter::Warn, pools::SLOW_STATEMENT);
        reach(&reading).await?;
        let lost = LostServer::default();
        let server = Server { reading, writing: pools::postgres(url, &lost), connections, lost };
        let each = connections / 2;
        let writer = observer::observed(Database::connect(server.writing(each)).await?);
        let reader = Reader::postgres(server.reading.clone(), each, READ_TIMEOUT, server.lost.clone());
        Ok(Self {
            reader,
            writer,
            server: Some(server),
            migrations: Arc::default(),
            jitter,
            error: PhantomData,
        })
    }

    /// The same database for another runtime, one of `runtimes`; call it there. A connection to Postgres lives and
    /// dies with the runtime that opened it, and waits for that one's thread; so each has its share of as many
    /// connections again, opened when they are asked for. A statement that reads takes no longer than `limit` there.
    /// SQLite has threads of its own, which all share.
    #[must_use]
    pub fn for_runtime(&self, runtimes: u32, limit: Duration) -> Self {
        let Some(server) = &self.server else {
            return Self { reader: self.reader.within(limit), ..self.clone() };
        };
        let each = (server.connections / 2 / runtimes.max(1)).max(MIN_CONNECTIONS);
        let mut options = server.writing(each);
        options.connect_lazy(true);
        // Nothing is waited for, because nothing is opened yet.
        match Database::connect(options).now_or_never() {
            Some(Ok(writer)) => {
                let writer = observer::observed(writer);
                let reader = Reader::postgres(server.reading.clone(), each, limit, server.lost.clone());
                Self { reader, writer, ..self.clone() }
            }
            failed => {
                tracing::error!(?failed, "no connections of its own");
                self.clone()
            }
        }
    }

    /// The connection for reading.
    #[must_use]
    pub fn read(&self) -> &Reader {
        &self.reader
    }

    /// The connection that migrations run on.
    #[must_use]
    pub fn schema(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// What the database calls itself, with its version.
    ///
    /// # Errors
    /// If it does not answer.
    pub async fn version(&self) -> Result<String> {
        let (sql, name) = match self.backend() {
            DbBackend::Sqlite => ("SELECT sqlite_version()", "SQLite"),
            _ => ("SHOW server_version", "Postgres"),
        };
        let row = self.reader.query_one_raw(Statement::from_string(self.backend(), sql)).await?;
        let version = row.map_or(Ok(String::new()), |row| row.try_get_by_index::<String>(0))?;
        Ok(format!("{name} {version}"))
    }

    /// Which kind of database this is.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// Runs `work` in one write transaction and commits it. An error rolls back. A transient error, and a connection
    /// that is cut before the commit, run `work` again, from the start, in a new transaction.
    ///
    /// # Errors
    /// Those of `work`, and those of the database.
    pub async fn write<'env, T, F>(&self, work: F) -> Result<T, E>
    where
        T: Send,
        F: for<'tx> Fn(&'tx Tx<'env>) -> BoxFuture<'tx, Result<T, E>> + Send + Sync,
    {
        let mut attempt = 1;
        loop {
            match self.attempt(&work).await {
                Err(Failure { error, is_repeatable: true }) if attempt < MAX_WRITE_ATTEMPTS => {
                    tracing::debug!(%error, attempt, "write is done again");
                    let pause = 0.01 * f64::from(1_u32 << attempt) * (0.5 + (self.jitter)());
                    tokio::time::sleep(Duration::from_secs_f64(pause)).await;
                    attempt += 1;
                }
                outcome => return outcome.map_err(|failure| failure.error),
            }
        }
    }

    async fn attempt<'env, T, F>(&self, work: &F) -> Result<T, Failure<E>>
    where
        T: Send,
        F: for<'tx> Fn(&'tx Tx<'env>) -> BoxFuture<'tx, Result<T, E>> + Send + Sync,
    {
        let options = match self.backend() {
            DbBackend::Sqlite => TransactionOptions {
                sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                ..Default::default()
            },
            _ => TransactionOptions {
                isolation_level: Some(IsolationLevel::ReadCommitted),
                ..Default::default()
            },
        };
        let asked_at = Instant::now();
        let begun = self.writer.begin_with_options(options).await;
        observer::waited(Access::Write, asked_at);
        let begun = begun.map_err(|error| self.before_commit(Error::from(error).into()))?;
        let tx = Tx { transaction: begun, env: PhantomData };
        match work(&tx).await {
            Ok(value) => {
                // Of a connection that is cut here nobody knows whether the commit was.
                let done = tx.transaction.commit().await.map_err(Error::from);
                done.map_err(|error| Failure { is_repeatable: error.is_transient(), error: error.into() })?;
                Ok(value)
            }
            Err(error) => {
                // The first error is the one to tell; a connection that cannot roll back is dropped.
                if let Err(rollback) = tx.transaction.rollback().await {
                    tracing::debug!(error = %rollback, "rollback failed");
                }
                Err(self.before_commit(error))
            }
        }
    }

    /// What failed before anything was committed. Where the server was found gone, the pools hear of it.
    fn before_commit(&self, error: E) -> Failure<E> {
        let cause = error.as_database();
        let is_lost = cause.is_some_and(Error::is_connection_lost);
        if let Some(server) = self.server.as_ref().filter(|_| is_lost) {
            server.lost.mark();
        }
        Failure { is_repeatable: is_lost || cause.is_some_and(Error::is_transient), error }
    }
}

/// Whether the server can be reached: a pool would try for as long as it has patience. One that says that it is
/// starting is waited for.
async fn reach(options: &PgConnectOptions) -> Result<(), DbErr> {
    let began = Instant::now();
    loop {
        let failed = match timeout(CONNECT_TIMEOUT, options.connect()).await {
            Ok(Ok(connection)) => {
                // It was only tried whether it can be had.
                let _ = sqlx::Connection::close(connection).await;
                return Ok(());
            }
            Ok(Err(error)) => error,
            Err(_) => sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()),
        };
        let code = failed.as_database_error().and_then(sqlx::error::DatabaseError::code);
        if code.as_deref() != Some(CANNOT_CONNECT_NOW) || began.elapsed() > MAX_STARTING_TIME {
            return Err(DbErr::Conn(RuntimeErr::SqlxError(failed.into())));
        }
        tracing::warn!("Postgres is starting; it is waited for");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    async fn open(folder: &Path) -> Db {
        Db::open_sqlite(&folder.join("test.db"), || 0.0).await.unwrap()
    }

    async fn number_of_rows(db: &Db) -> i64 {
        let sql = Statement::from_string(DbBackend::Sqlite, "SELECT COUNT(*) FROM t");
        db.read().query_one_raw(sql).await.unwrap().unwrap().try_get_by_index(0).unwrap()
    }

    #[tokio::test]
    async fn work_is_retried_after_a_cut_connection_and_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(folder.path()).await;
        db.schema().execute_unprepared("CREATE TABLE t (i INTEGER)").await.unwrap();
        let tries = &AtomicU32::new(0);
        let written = db.write(|tx| {
            Box::pin(async move {
                tx.execute_unprepared("INSERT INTO t VALUES (1)").await?;
                if tries.fetch_add(1, Ordering::SeqCst) < 2 {
                    let cut = sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
                    return Err(DbErr::Query(RuntimeErr::SqlxError(cut.into())).into());
                }
                Ok(())
            })
        });
        written.await.unwrap();
        assert_eq!((tries.load(Ordering::SeqCst), number_of_rows(&db).await), (3, 1));
    }

    #[tokio::test]
    async fn an_error_of_the_work_rolls_back_and_is_returned_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let db = open(folder.path()).await;
        db.schema().execute_unprepared("CREATE TABLE t (i INTEGER)").await.unwrap();
        let tries = &AtomicU32::new(0);
        let written = db.write(|tx| {
            Box::pin(async move {
                tx.execute_unprepared("INSERT INTO t VALUES (1)").await?;
                tries.fetch_add(1, Ordering::SeqCst);
                Err::<(), _>(Error::Rows("no".to_owned()))
            })
        });
        assert!(matches!(written.await, Err(Error::Rows(_))));
        assert_eq!((tries.load(Ordering::SeqCst), number_of_rows(&db).await), (1, 0));
    }
}
