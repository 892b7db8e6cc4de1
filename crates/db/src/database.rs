//! A database, opened: its connections for reading and for writing.

use std::fmt;
use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use log::LevelFilter;
use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{self, ConnectOptions as _};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, DbBackend, DbErr, RuntimeErr, Statement};

use crate::lost::LostServer;
use crate::server::{self, Server};
use crate::{Error, Reader, Result, WorkError, local, observer, pools};

/// How long a statement that reads may take, if the caller does not say less.
const READ_TIMEOUT: Duration = Duration::from_mins(5);

/// Connections to Postgres of a kind at least: an operation may read by several ways at once.
const MIN_CONNECTIONS: u32 = 2;

/// Connections that read a SQLite file at most.
pub(crate) const MAX_SQLITE_READERS: usize = 4;

/// A database, opened. `E` is the error of the work that is given to [`Db::write`].
pub struct Db<E = Error> {
    pub(crate) reader: Reader,
    pub(crate) writer: DatabaseConnection,
    pub(crate) server: Option<Server>,
    pub(crate) migrations: Arc<[String]>,
    pub(crate) jitter: fn() -> f64,
    pub(crate) error: PhantomData<fn() -> E>,
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

    /// Opens the Postgres database at `url`, with at most this many connections, half of them for reading.
    ///
    /// # Errors
    /// If it cannot be reached.
    pub async fn open_postgres(url: &str, connections: u32, jitter: fn() -> f64) -> Result<Self> {
        let reading: PgConnectOptions =
            url.parse().map_err(|error: sqlx::Error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))?;
        let reading = reading
            .log_statements(LevelFilter::Debug)
            .log_slow_statements(LevelFilter::Warn, pools::SLOW_STATEMENT);
        server::reach(&reading).await?;
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
}
