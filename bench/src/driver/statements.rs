//! The ceiling's statements as pgbench takes them, with the values that the ceiling would give them.

use anyhow::Result;
use chrono::NaiveDate;
use sqlx::{PgConnection, Row as _};

use crate::operations::{
    ARXIV_ID, DAY, FEED_PAPERS, Operation, PAPER, PAPER_COMMENTS, THREADS_COMMENTS, THREADS_PAPERS,
};

/// What pgbench runs for one operation.
#[derive(Clone, Debug)]
pub(super) struct Statements {
    pub(super) operation: Operation,
    /// One statement a line, `:name` for each value.
    pub(super) script: String,
    /// The values, by name.
    pub(super) values: Vec<(&'static str, String)>,
}

/// Asks the database for what one statement takes from another.
///
/// # Errors
/// Where the database fails.
pub(super) async fn gather(connection: &mut PgConnection) -> Result<Vec<Statements>> {
    let day: NaiveDate = DAY.parse()?;
    let paper = sqlx::query(PAPER).bind(ARXIV_ID).fetch_one(&mut *connection).await?;
    let paper_id: i64 = paper.try_get(0)?;
    let rows = sqlx::query(THREADS_PAPERS).bind(day).fetch_all(&mut *connection).await?;
    let ids = rows.iter().map(|row| Ok(row.try_get::<i64, _>(0)?.to_string())).collect::<Result<Vec<_>>>()?;
    let ids = format!("{{{}}}", ids.join(","));
    let lines = |statements: &[(&str, &str)]| {
        let line = |(sql, name): &(&str, &str)| format!("{};\n", sql.replace("$1", &format!(":{name}")));
        statements.iter().map(line).collect::<String>()
    };
    Ok(vec![
        Statements {
            operation: Operation::Feed,
            script: lines(&[(FEED_PAPERS, "day")]),
            values: vec![("day", DAY.to_owned())],
        },
        Statements {
            operation: Operation::Paper,
            script: lines(&[(PAPER, "arxiv"), (PAPER_COMMENTS, "paper")]),
            values: vec![("arxiv", ARXIV_ID.to_owned()), ("paper", paper_id.to_string())],
        },
        Statements {
            operation: Operation::Threads,
            script: lines(&[(THREADS_PAPERS, "day"), (THREADS_COMMENTS, "ids")]),
            values: vec![("day", DAY.to_owned()), ("ids", ids)],
        },
    ])
}
