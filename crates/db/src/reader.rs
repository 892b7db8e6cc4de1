//! The connections for reading.
//!
//! On both back ends connections of our own, and a statement ends with its deadline: on SQLite see [`crate::local`]. On
//! Postgres sqlx's pool asks the server for a sign of life whenever a
//! connection comes back, one round trip more for every statement. Here a connection that a statement left in good
//! order is taken for sound; one that turns out dead was cut while it lay idle, and the statement goes again over a
//! new one. A caller who is dropped in the middle of a statement takes the connection along.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use parking_lot::Mutex;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgRow, Postgres};
use sea_orm::sqlx::query::Query;
use sea_orm::sqlx::{self, ConnectOptions as _, PgConnection};
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement,
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use crate::local::LocalConnections;
use crate::lost::LostServer;
use crate::observer::{self, Access};

/// How long is waited for a connection.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection that nobody uses is kept.
const MAX_IDLE: Duration = Duration::from_secs(30);

/// What the server may take to say that it gave a statement up.
const CANCEL_GRACE: Duration = Duration::from_secs(2);

/// The error of a write through it.
const READ_ONLY: &str = "nothing is written but through Db::write";

/// The connections for reading. Nothing is written through it: the databases themselves see to that.
#[derive(Clone, Debug)]
pub struct Reader(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Sqlite { connections: Arc<LocalConnections>, limit: Duration },
    Postgres(Arc<Connections>),
}

struct Connections {
    options: PgConnectOptions,
    /// As many permits as there may be connections.
    room: Semaphore,
    idle: Mutex<Vec<Idle>>,
    limit: Duration,
    lost: LostServer,
}

struct Idle {
    connection: PgConnection,
    since: Instant,
}

impl fmt::Debug for Connections {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The options hold a password.
        formatter.debug_struct("Connections").field("room", &self.room).finish_non_exhaustive()
    }
}

impl Reader {
    /// Reads from a SQLite file through these connections. A statement that takes longer than `limit` is ended.
    pub(crate) fn sqlite(connections: LocalConnections, limit: Duration) -> Self {
        Self(Kind::Sqlite { connections: Arc::new(connections), limit })
    }

    /// The same connections with another limit, if they do not belong to a runtime, as on SQLite.
    pub(crate) fn within(&self, limit: Duration) -> Self {
        match &self.0 {
            Kind::Sqlite { connections, .. } => {
                Self(Kind::Sqlite { connections: Arc::clone(connections), limit })
            }
            Kind::Postgres(_) => self.clone(),
        }
    }

    /// Reads through at most so many connections, which are opened when they are asked for. A statement that takes
    /// longer than `limit` is given up, and the server gives it up too.
    pub(crate) fn postgres(
        options: PgConnectOptions,
        connections: u32,
        limit: Duration,
        lost: LostServer,
    ) -> Self {
        let room = Semaphore::new(usize::try_from(connections).unwrap_or(1));
        let options = options.options([
            ("default_transaction_read_only", "on".to_owned()),
            ("statement_timeout", limit.as_millis().to_string()),
        ]);
        let idle = Mutex::default();
        Self(Kind::Postgres(Arc::new(Connections { options, room, idle, limit, lost })))
    }
}

impl Connections {
    /// The connection that was used last. Those that lay idle for long are closed: nobody says what became of them.
    fn take(&self) -> Option<PgConnection> {
        let mut idle = self.idle.lock();
        idle.retain(|idle| {
            let idle_for = idle.since.elapsed();
            idle_for < MAX_IDLE && !self.lost.has_cut(idle_for)
        });
        idle.pop().map(|idle| idle.connection)
    }

    fn give_back(&self, connection: PgConnection) {
        let idle = Idle { connection, since: Instant::now() };
        self.idle.lock().push(idle);
    }

    /// The rows of a statement. One that gets no answer at all is given up, and its connection with it.
    async fn ask(
        &self,
        statement: &Statement,
        connection: &mut PgConnection,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        let (deadline, began) = (self.limit + CANCEL_GRACE, std::time::Instant::now());
        let asked = timeout(deadline, query(statement).fetch_all(connection)).await;
        let done = asked.unwrap_or(Err(sqlx::Error::PoolTimedOut));
        observer::read(began, &done);
        done
    }

    async fn rows(&self, statement: &Statement) -> Result<Vec<PgRow>, DbErr> {
        let began = std::time::Instant::now();
        let permit = timeout(ACQUIRE_TIMEOUT, self.room.acquire()).await;
        observer::waited(Access::Read, began);
        let _permit = permit
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        if let Some(mut connection) = self.take() {
            match self.ask(statement, &mut connection).await {
                Err(error) if is_dead(&error) => {
                    // The others were cut with it, most likely.
                    self.lost.mark();
                }
                done => return self.finish(connection, done),
            }
        }
        let connecting = timeout(ACQUIRE_TIMEOUT, self.options.connect()).await;
        let mut connection = connecting
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
            .map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))?;
        let done = self.ask(statement, &mut connection).await;
        self.finish(connection, done)
    }

    fn finish<T>(&self, connection: PgConnection, done: Result<T, sqlx::Error>) -> Result<T, DbErr> {
        if done.as_ref().err().is_none_or(|error| error.as_database_error().is_some() && !is_dead(error)) {
            self.give_back(connection);
        }
        done.map_err(|error| DbErr::Query(RuntimeErr::SqlxError(error.into())))
    }
}

/// Whether the server is no longer at the other end, or is about to leave (class 57P of its codes).
fn is_dead(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code.starts_with("57P")),
        _ => false,
    }
}

fn query(statement: &Statement) -> Query<'_, Postgres, SqlxValues> {
    let values = statement.values.clone().unwrap_or_else(|| sea_orm::sea_query::Values(Vec::new()));
    sqlx::query_with(sqlx::AssertSqlSafe(statement.sql.as_str()), SqlxValues(values))
}

#[async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        match &self.0 {
            Kind::Sqlite { .. } => DbBackend::Sqlite,
            Kind::Postgres(_) => DbBackend::Postgres,
        }
    }

    async fn execute_raw(&self, _: Statement) -> Result<ExecResult, DbErr> {
        Err(DbErr::Custom(READ_ONLY.to_owned()))
    }

    async fn execute_unprepared(&self, _: &str) -> Result<ExecResult, DbErr> {
        Err(DbErr::Custom(READ_ONLY.to_owned()))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.0 {
            Kind::Sqlite { connections, limit } => {
                let rows = connections.rows(&statement, *limit).await?;
                Ok(rows.into_iter().map(QueryResult::from).collect())
            }
            Kind::Postgres(connections) => {
                Ok(connections.rows(&statement).await?.into_iter().map(QueryResult::from).collect())
            }
        }
    }
}
