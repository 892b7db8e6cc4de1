//! The database: made anew, and filled by a few large statements, so that a run begins within a minute.

use anyhow::{Context as _, Result};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::operations::DAY;

use super::options::Options;

/// The rows, as statements.
const SEED: &str = include_str!("seed.sql");

/// The name of the database.
const NAME: &str = "bench_api";

/// The database of a run.
#[derive(Clone, Debug)]
pub(super) struct Database {
    /// Where it is.
    pub(super) url: String,
}

impl Database {
    /// Makes it, without tables; what a run before this one left goes.
    ///
    /// # Errors
    /// Where Postgres does not let it.
    pub(super) async fn create(postgres: &str) -> Result<Self> {
        let mut connection = PgConnection::connect(&format!("{postgres}/postgres"))
            .await
            .with_context(|| format!("Postgres at {postgres}"))?;
        for sql in [format!("DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"), format!("CREATE DATABASE {NAME}")]
        {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        }
        connection.close().await?;
        Ok(Self { url: format!("{postgres}/{NAME}") })
    }

    /// Fills its tables.
    ///
    /// # Errors
    /// Where the tables are not as the statements expect them.
    pub(super) async fn seed(&self, options: &Options) -> Result<()> {
        let mut connection = PgConnection::connect(&self.url).await?;
        let sql = SEED
            .replace("{papers}", &options.papers.to_string())
            .replace("{comments}", &options.comments.to_string())
            .replace("{day}", DAY);
        let sql = format!("BEGIN; {sql} COMMIT;");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.context("the rows")?;
        // As autovacuum leaves it in time.
        sqlx::raw_sql("VACUUM (FREEZE, ANALYZE)").execute(&mut connection).await?;
        sqlx::raw_sql("CHECKPOINT").execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }
}
