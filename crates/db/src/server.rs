//! A Postgres server: how its connections are opened, and whether it can be reached.

use std::time::{Duration, Instant};

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{self, ConnectOptions as _};
use sea_orm::{ConnectOptions, DbErr, RuntimeErr};
use tokio::time::timeout;

use crate::lost::LostServer;

/// How long a first connection to Postgres may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The code of a server that is starting.
const CANNOT_CONNECT_NOW: &str = "57P03";

/// How long a server that is starting is waited for.
const MAX_STARTING_TIME: Duration = Duration::from_secs(30);

/// How connections to Postgres are opened, and how many.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) reading: PgConnectOptions,
    pub(crate) writing: ConnectOptions,
    pub(crate) connections: u32,
    pub(crate) lost: LostServer,
}

impl Server {
    /// The options of a pool of this many connections for writing.
    pub(crate) fn writing(&self, connections: u32) -> ConnectOptions {
        let mut options = self.writing.clone();
        options.max_connections(connections);
        options
    }
}

/// Whether the server can be reached: a pool would try for as long as it has patience. One that says that it is
/// starting is waited for.
pub(crate) async fn reach(options: &PgConnectOptions) -> Result<(), DbErr> {
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
