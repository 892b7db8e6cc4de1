//! The database of a stack, for what cannot be seen from outside.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use sea_orm::{ConnectOptions, ConnectionTrait as _, Database, DatabaseConnection, TransactionTrait as _};

use super::{Backend, Stack};

impl Stack {
    /// A connection of its own, which the test closes.
    pub async fn database(&self) -> DatabaseConnection {
        let url = match &self.backend {
            Backend::Embedded => format!("sqlite:{}", self.path("data/daily-papers.db").display()),
            Backend::Production { postgres, .. } => postgres.clone(),
        };
        connect(url).await
    }

    /// A number from the database.
    pub async fn count(&self, sql: &str) -> i64 {
        let database = self.database().await;
        let statement = sea_orm::Statement::from_string(database.get_database_backend(), sql);
        let row = database.query_one_raw(statement).await.unwrap().unwrap();
        let number =
            row.try_get_by_index::<i64>(0).or_else(|_| row.try_get_by_index::<i32>(0).map(i64::from));
        database.close().await.unwrap();
        number.unwrap()
    }

    /// The plan of a statement, whose lines stand in this column. What stands before a semicolon is set for it.
    pub async fn plan(&self, sql: &str, column: usize) -> String {
        let database = self.database().await;
        let (settings, explain) = sql.rsplit_once("; ").unwrap_or(("", sql));
        let transaction = database.begin().await.unwrap();
        if !settings.is_empty() {
            transaction.execute_unprepared(settings).await.unwrap();
        }
        let statement = sea_orm::Statement::from_string(database.get_database_backend(), explain);
        let rows = transaction.query_all_raw(statement).await.unwrap();
        let lines: Vec<String> = rows.iter().map(|row| row.try_get_by_index(column).unwrap()).collect();
        transaction.rollback().await.unwrap();
        database.close().await.unwrap();
        lines.join("\n")
    }

    /// The first column of each row, which is text.
    pub async fn rows(&self, sql: &str) -> Vec<String> {
        let database = self.database().await;
        let statement = sea_orm::Statement::from_string(database.get_database_backend(), sql);
        let rows = database.query_all_raw(statement).await.unwrap();
        let rows = rows.iter().map(|row| row.try_get_by_index::<String>(0).unwrap()).collect();
        database.close().await.unwrap();
        rows
    }
}

async fn connect(url: String) -> DatabaseConnection {
    let mut options = ConnectOptions::new(url);
    // No background tasks of the pool: they may never end (transact-rs/sqlx#3645).
    options.idle_timeout(None::<Duration>).max_lifetime(None::<Duration>);
    Database::connect(options).await.unwrap()
}

/// A fresh database on these servers.
pub(super) async fn production(postgres: &str, redis: &str) -> Backend {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::SeqCst);
    let name = format!("test_{}_{number}", std::process::id());
    let admin = connect(format!("{postgres}/postgres")).await;
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
    admin.close().await.unwrap();
    // Redis has numbered databases; each test uses one.
    let redis = format!("{redis}/{number}");
    let mut connection = redis::Client::open(redis.as_str()).unwrap().get_connection().unwrap();
    redis::cmd("FLUSHDB").query::<()>(&mut connection).unwrap();
    Backend::Production { postgres: format!("{postgres}/{name}"), redis }
}
