//! Writes: work in a transaction, done again after transient errors.
//!
//! Always: work is not done again once its commit may have happened.

use std::marker::PhantomData;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use sea_orm::{DbBackend, IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait as _};

use crate::{Access, Db, Error, Result, Tx, WorkError, observer};

/// How often a write is tried before its transient error is passed on.
const MAX_WRITE_ATTEMPTS: u32 = 6;

/// Why a write was not done, and whether it may be begun again.
struct Failure<E> {
    error: E,
    is_repeatable: bool,
}

impl<E: WorkError> Db<E> {
    /// Runs `work` in one write transaction and commits it. An error rolls back. A transient error, and a connection
    /// that is cut before the commit, run `work` again, from the start, in a new transaction.
    ///
    /// The future is boxed because nobody can yet say of an async closure ([`AsyncFn`]) that its future is [`Send`]: the
    /// compiler finds futures that hold such a closure "not general enough" if it borrows from its caller.
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

    /// What failed before anything was committed. If the server was found gone, the pools hear of it.
    fn before_commit(&self, error: E) -> Failure<E> {
        let cause = error.as_database();
        let is_lost = cause.is_some_and(Error::is_connection_lost);
        if let Some(server) = self.server.as_ref().filter(|_| is_lost) {
            server.lost.mark();
        }
        Failure { is_repeatable: is_lost || cause.is_some_and(Error::is_transient), error }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicU32, Ordering};

    use sea_orm::sqlx;
    use sea_orm::{ConnectionTrait as _, DbErr, RuntimeErr, Statement};

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
