//! Many rows changed by one statement: `UPDATE … FROM (VALUES …)`, which both back ends take.

use std::fmt::Write as _;

use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use crate::Result;

/// Runs `UPDATE table SET set FROM (VALUES …) AS v WHERE condition RETURNING returning`, where the
/// columns of `v` are `v.column1`, `v.column2` and so on. All rows have the same number of values, each
/// column one type. Keep rows times columns below 30,000: back ends limit the number of parameters.
///
/// # Errors
/// Where the database fails.
pub async fn update_from_values(
    connection: &impl ConnectionTrait,
    table: &str,
    set: &str,
    condition: &str,
    returning: &str,
    rows: Vec<Vec<Value>>,
) -> Result<Vec<QueryResult>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = format!("UPDATE {table} SET {set} FROM (VALUES ");
    let mut parameter = 0;
    for (index, row) in rows.iter().enumerate() {
        sql.push_str(if index == 0 { "(" } else { ", (" });
        for column in 0..row.len() {
            parameter += 1;
            let comma = if column == 0 { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(sql, "{comma}${parameter}");
        }
        sql.push(')');
    }
    let _ = write!(sql, ") AS v WHERE {condition} RETURNING {returning}");
    let values = rows.into_iter().flatten();
    let statement = Statement::from_sql_and_values(connection.get_database_backend(), sql, values);
    Ok(connection.query_all_raw(statement).await?)
}
