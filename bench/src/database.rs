//! The database: made anew, and filled by a few large statements, so that a run begins within a minute.

use anyhow::{Context as _, Result};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// The rows, as statements.
const SEED: &str = include_str!("seed.sql");

/// The database of a run.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    /// Where it is.
    pub(crate) url: String,
}

impl Database {
    /// Makes it, without tables; what a run before this one left goes.
    ///
    /// # Errors
    /// Where Postgres does not let it.
    pub(crate) async fn create(postgres: &str, name: &str) -> Result<Self> {
        let mut connection = PgConnection::connect(&format!("{postgres}/postgres"))
            .await
            .with_context(|| format!("Postgres at {postgres}"))?;
        for sql in [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")]
        {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        }
        connection.close().await?;
        Ok(Self { url: format!("{postgres}/{name}") })
    }

    /// Fills its tables with so many papers, the latest of them featured on `day`, and comments.
    ///
    /// # Errors
    /// Where the tables are not as the statements expect them.
    pub(crate) async fn seed(&self, papers: u32, comments: u32, day: &str) -> Result<()> {
        let mut connection = PgConnection::connect(&self.url).await?;
        let sql = SEED
            .replace("{papers}", &papers.to_string())
            .replace("{comments}", &comments.to_string())
            .replace("{day}", day);
        let sql = format!("BEGIN; {sql} COMMIT;");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.context("the rows")?;
        // As autovacuum leaves it in time.
        sqlx::raw_sql("VACUUM (FREEZE, ANALYZE)").execute(&mut connection).await?;
        sqlx::raw_sql("CHECKPOINT").execute(&mut connection).await?;
        connection.close().await?;
        Ok(())
    }
}
