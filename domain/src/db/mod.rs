//! The database behind one door: reads from a pool, writes through [`Db::write`].
//!
//! Reads go through [`Reader`]. Two back ends, one code. On SQLite every write runs as BEGIN IMMEDIATE on a pool of one connection, so
//! writers queue up and none meets "database is locked" half-way; readers have a pool of their own (WAL).
//! On Postgres a write runs at READ COMMITTED and is done again after a serialisation failure or a
//! deadlock. So the work given to [`Db::write`] may run more than once and must have no effect outside.

mod local;
mod lock;
mod lost;
mod observer;
mod planner;
mod pools;
pub(crate) mod positional;
mod reader;
mod schema;
mod values;

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

use crate::error::Error;
use crate::{Result, random};
use lost::LostServer;

pub use positional::{ColumnIndex, ColumnSet, Joined, value};
pub use sea_orm::{ActiveValue, Value};

pub use lock::{Lock, hold_mailbox};
pub use observer::{Access, Observer, set_observer};
pub use planner::{by_any, force_index_scans};
pub use reader::Reader;
pub use schema::SchemaState;
pub use values::{insert_from_values, update_from_values};

/// How long a statement that reads may take, where nobody says less.
const LONGEST: Duration = Duration::from_mins(5);

/// Connections to Postgres of a kind at least: an operation may read by several ways at once.
const LEAST: u32 = 2;

/// How long a first connection to Postgres may take.
const CONNECTING: Duration = Duration::from_secs(10);

/// What a server says that is starting (`cannot_connect_now`), and how long it is waited for.
const STARTING: &str = "57P03";
const STARTING_TIME: Duration = Duration::from_secs(30);
/// Connections that read a SQLite file at most.
const LOCAL: usize = 4;

/// How often a write is tried before its transient error is passed on.
const ATTEMPTS: u32 = 6;

/// A database, opened.
#[derive(Clone, Debug)]
pub struct Db {
    reader: Reader,
    writer: DatabaseConnection,
    server: Option<Server>,
    migrations: Arc<[String]>,
}

/// Why a write was not done, and whether it may be begun again.
struct Failure {
    error: Error,
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

impl Db {
    /// Opens the SQLite file at `path`, making it where there is none.
    ///
    /// # Errors
    /// Where the file cannot be made or is no database.
    pub async fn open_sqlite(path: &Path) -> Result<Self, DbErr> {
        let writer = observer::observed(Database::connect(pools::sqlite(path)).await?);
        let reading = local::LocalConnections::new(pools::file(path, pools::Use::Reading), LOCAL);
        Ok(Self {
            reader: Reader::sqlite(reading, LONGEST),
            writer,
            server: None,
            migrations: Arc::default(),
        })
    }

    /// Opens the Postgres database at `url`, with at most so many connections, half of them for reading.
    ///
    /// # Errors
    /// Where it cannot be reached.
    pub async fn open_postgres(url: &str, connections: u32) -> Result<Self, DbErr> {
        let reading: PgConnectOptions =
            url.parse().map_err(|error: sqlx::Error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))?;
        let reading =
            reading.log_statements(LevelFilter::Debug).log_slow_statements(LevelFilter::Warn, pools::SLOW);
        reach(&reading).await?;
        let lost = LostServer::default();
        let server = Server { reading, writing: pools::postgres(url, &lost), connections, lost };
        let each = connections / 2;
        let writer = observer::observed(Database::connect(server.writing(each)).await?);
        let reader = Reader::postgres(server.reading.clone(), each, LONGEST, server.lost.clone());
        Ok(Self { reader, writer, server: Some(server), migrations: Arc::default() })
    }

    /// The same database for another runtime, one of `runtimes`; call it there. A connection to Postgres lives and
    /// dies with the runtime that opened it, and waits for that one's thread; so each has its share of as many
    /// connections again, opened when they are asked for. A statement that reads takes no longer than `longest` there.
    /// SQLite has threads of its own, which all share.
    #[must_use]
    pub fn apart(&self, runtimes: u32, longest: Duration) -> Self {
        let Some(server) = &self.server else {
            return Self { reader: self.reader.within(longest), ..self.clone() };
        };
        let each = (server.connections / 2 / runtimes.max(1)).max(LEAST);
        let mut options = server.writing(each);
        options.connect_lazy(true);
        // Nothing is waited for, because nothing is opened yet.
        match Database::connect(options).now_or_never() {
            Some(Ok(writer)) => {
                let writer = observer::observed(writer);
                let reader = Reader::postgres(server.reading.clone(), each, longest, server.lost.clone());
                Self { reader, writer, server: Some(server.clone()), migrations: self.migrations.clone() }
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
    /// Where it does not answer.
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
    pub async fn write<'env, T, F>(&self, work: F) -> Result<T>
    where
        T: Send,
        F: for<'tx> Fn(&'tx Tx<'env>) -> BoxFuture<'tx, Result<T>> + Send + Sync,
    {
        let mut attempt = 1;
        loop {
            match self.attempt(&work).await {
                Err(Failure { error, is_repeatable: true }) if attempt < ATTEMPTS => {
                    tracing::debug!(%error, attempt, "write is done again");
                    let pause = 0.01 * f64::from(1_u32 << attempt) * (0.5 + random::fraction());
                    tokio::time::sleep(Duration::from_secs_f64(pause)).await;
                    attempt += 1;
                }
                outcome => return outcome.map_err(|failure| failure.error),
            }
        }
    }

    async fn attempt<'env, T, F>(&self, work: &F) -> Result<T, Failure>
    where
        T: Send,
        F: for<'tx> Fn(&'tx Tx<'env>) -> BoxFuture<'tx, Result<T>> + Send + Sync,
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
        let begun = begun.map_err(|error| self.before_commit(error.into()))?;
        let tx = Tx { transaction: begun, env: PhantomData };
        match work(&tx).await {
            Ok(value) => {
                // Of a connection that is cut here nobody knows whether the commit was.
                let done = tx.transaction.commit().await.map_err(Error::from);
                done.map_err(|error| Failure { is_repeatable: error.is_transient(), error })?;
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
    fn before_commit(&self, error: Error) -> Failure {
        let is_lost = error.is_connection_lost();
        if let Some(server) = self.server.as_ref().filter(|_| is_lost) {
            server.lost.mark();
        }
        Failure { is_repeatable: is_lost || error.is_transient(), error }
    }
}

/// Whether the server can be reached: a pool would try for as long as it has patience. One that says that it is
/// starting is waited for.
async fn reach(options: &PgConnectOptions) -> Result<(), DbErr> {
    let began = Instant::now();
    loop {
        let failed = match timeout(CONNECTING, options.connect()).await {
            Ok(Ok(connection)) => {
                // It was only tried whether it can be had.
                let _ = sqlx::Connection::close(connection).await;
                return Ok(());
            }
            Ok(Err(error)) => error,
            Err(_) => sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()),
        };
        let code = failed.as_database_error().and_then(sqlx::error::DatabaseError::code);
        if code.as_deref() != Some(STARTING) || began.elapsed() > STARTING_TIME {
            return Err(DbErr::Conn(RuntimeErr::SqlxError(failed.into())));
        }
        tracing::warn!("Postgres is starting; it is waited for");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
