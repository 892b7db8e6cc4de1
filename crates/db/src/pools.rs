//! How sqlx's pools of connections are set up.
//!
//! No connection has an age at which its pool ends it, and none is ended for lying idle: with such a limit a pool of sqlx
//! 0.9.0 has a task that looks after it, which may meet a count of idle connections that has gone below nothing. It then
//! counts down from 2⁶⁴, on a whole processor, and nobody gets a connection any more (transact-rs/sqlx#3645, mended by
//! #4289; once a release has that, the limits of the pool may come back). A connection to Postgres is looked at when it
//! is taken instead: what lies between may have cut one that lay idle, without a word to either end.

use std::path::Path;
use std::time::Duration;

use log::LevelFilter;
use sea_orm::ConnectOptions;
use sea_orm::sqlx::{self, ConnectOptions as _, sqlite::SqliteConnectOptions};

use crate::lost::LostServer;

/// Statements are logged at the level debug, without the values that are bound to them; those that take so long are
/// warned of.
pub(crate) const SLOW_STATEMENT: Duration = Duration::from_secs(1);

/// How long a connection to Postgres may have lain idle when it is taken.
const MAX_IDLE: Duration = Duration::from_secs(30);

/// How old it may be: a server that became another one's follower keeps the connections that it has.
const MAX_AGE: Duration = Duration::from_mins(30);

/// Memory in which the connection that writes to SQLite keeps pages, in KiB. Indexes are written at many places at once: with
/// SQLite's own 2 MiB a large import writes most pages several times before its commit.
const SQLITE_WRITER_CACHE_KIB: i32 = 48 * 1024;

/// Pages of SQLite's write-ahead log that are carried over into the database at once: 32 MiB. What is committed is on disk
/// before; a page that is written by several commits is carried over once.
const SQLITE_CHECKPOINT_PAGES: i32 = 8_000;

/// What connections are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Reading,
    Writing,
}

/// The options that open the SQLite file at `path`, which is created if there is none.
pub(crate) fn file(path: &Path, what_for: Use) -> SqliteConnectOptions {
    let options = SqliteConnectOptions::new();
    let options = match what_for {
        Use::Reading => options.pragma("query_only", "on"),
        Use::Writing => options
            .pragma("cache_size", format!("-{SQLITE_WRITER_CACHE_KIB}"))
            .pragma("wal_autocheckpoint", SQLITE_CHECKPOINT_PAGES.to_string()),
    };
    options
        .filename(path)
        .create_if_missing(true)
        .journal_mode(sqlx::sqlite::SqliteJournalMode::Wal)
        // A commit is on disk before it is answered: a mail once recorded as sent stays so.
        .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
        .busy_timeout(Duration::from_secs(30))
        .foreign_keys(true)
        .log_statements(LevelFilter::Debug)
        .log_slow_statements(LevelFilter::Warn, SLOW_STATEMENT)
}

/// A pool of one connection that writes to the SQLite file at `path`.
pub(crate) fn sqlite(path: &Path) -> ConnectOptions {
    let path = path.to_owned();
    let mut options = ConnectOptions::new("sqlite:replaced-below.db");
    options
        .max_connections(1)
        .sqlx_logging_level(LevelFilter::Debug)
        .sqlx_slow_statements_logging_settings(LevelFilter::Warn, SLOW_STATEMENT)
        .acquire_timeout(Duration::from_secs(30))
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .map_sqlx_sqlite_opts(move |_| file(&path, Use::Writing));
    options
}

/// A pool of connections to the Postgres database at `url`.
pub(crate) fn postgres(url: &str, lost: &LostServer) -> ConnectOptions {
    let lost = lost.clone();
    let mut options = ConnectOptions::new(url);
    options
        .sqlx_logging_level(LevelFilter::Debug)
        .sqlx_slow_statements_logging_settings(LevelFilter::Warn, SLOW_STATEMENT)
        .connect_timeout(Duration::from_secs(10))
        .acquire_timeout(Duration::from_secs(10))
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>)
        .test_before_acquire(false)
        .map_sqlx_postgres_before_acquire(move |_, connection| {
            let is_sound = connection.idle_for < MAX_IDLE
                && connection.age < MAX_AGE
                && !lost.has_cut(connection.idle_for);
            Box::pin(async move { Ok(is_sound) })
        });
    options
}
