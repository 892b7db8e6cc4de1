//! Many rows written by one statement, on both back ends: `UPDATE … FROM` and `INSERT … SELECT` of rows that are given
//! as parameters.
//!
//! On SQLite the rows are a list of VALUES. On Postgres each of their columns is one parameter, an array, and `unnest`
//! makes rows of them: the statement has the same text for any number of rows, but for which columns have nulls among them,
//! so that the server seldom parses it anew. A list of VALUES has another text for each number of rows, and batches of
//! outcomes are of any.

use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement, Value};

use crate::error::{Error, Result};

/// Runs `UPDATE table SET set FROM (rows) AS v WHERE condition RETURNING returning`, where the
/// columns of `v` are `v.column1`, `v.column2` and so on. All rows have the same number of values, each
/// column one type. Keep rows times columns below 30,000: SQLite limits the number of parameters.
///
/// # Errors
/// If the database fails.
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
    let backend = connection.get_database_backend();
    let (from, values) = given(backend, rows)?;
    let sql = format!("UPDATE {table} SET {set} FROM ({from}) AS v WHERE {condition} RETURNING {returning}");
    let statement = Statement::from_sql_and_values(backend, sql, values);
    Ok(connection.query_all_raw(statement).await?)
}

/// Inserts rows of these columns into a table, but for those that a unique key stands against. What is said above of
/// rows holds.
///
/// # Errors
/// If the database fails.
pub async fn insert_from_values(
    connection: &impl ConnectionTrait,
    table: &str,
    columns: &[&str],
    rows: Vec<Vec<Value>>,
) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let backend = connection.get_database_backend();
    let (from, values) = given(backend, rows)?;
    let columns = columns.join(", ");
    let sql = format!("INSERT INTO {table} ({columns}) {from} ON CONFLICT DO NOTHING");
    connection.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
    Ok(())
}

/// A query whose rows they are, and its parameters.
pub(crate) fn given(backend: DbBackend, rows: Vec<Vec<Value>>) -> Result<(String, Vec<Value>)> {
    let width = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|row| row.len() != width) {
        return Err(Error::Rows("rows that are written together differ in length".to_owned()));
    }
    match backend {
        DbBackend::Postgres => unnested(rows),
        _ => Ok(listed(rows)),
    }
}

/// The rows as `VALUES`, whose columns SQLite names `column1` and so on. Its parameters have no numbers: `$1` is a name to
/// it, which it looks for among all names before, and thousands of those took longer than to write the rows.
pub(crate) fn listed(rows: Vec<Vec<Value>>) -> (String, Vec<Value>) {
    let places = |row: &Vec<Value>| format!("({})", vec!["?"; row.len()].join(", "));
    let lines: Vec<String> = rows.iter().map(places).collect();
    (format!("VALUES {}", lines.join(", ")), rows.into_iter().flatten().collect())
}

/// The rows as arrays. What is null stands beside its array, because sea-query's arrays have no place for it.
fn unnested(rows: Vec<Vec<Value>>) -> Result<(String, Vec<Value>)> {
    let mut columns: Vec<Vec<Value>> = Vec::new();
    for row in rows {
        columns.resize_with(row.len().max(columns.len()), Vec::new);
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    let (mut values, mut selected, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for (column, number) in columns.into_iter().zip(1..) {
        let nulls: Vec<Value> = column.iter().map(|value| (*value == value.as_null()).into()).collect();
        let (kind, column) = array(column)?;
        values.push(Value::Array(kind, Some(Box::new(column))));
        names.push(format!("value{number}"));
        if nulls.contains(&true.into()) {
            values.push(Value::Array(ArrayType::Bool, Some(Box::new(nulls))));
            names.push(format!("null{number}"));
            let value = format!("CASE WHEN null{number} THEN NULL ELSE value{number} END");
            selected.push(format!("{value} AS column{number}"));
        } else {
            selected.push(format!("value{number} AS column{number}"));
        }
    }
    let places: Vec<String> = (1..=values.len()).map(|place| format!("${place}")).collect();
    let (selected, places, names) = (selected.join(", "), places.join(", "), names.join(", "));
    Ok((format!("SELECT {selected} FROM unnest({places}) AS given ({names})"), values))
}

/// The values of a column with something in the place of what is null, and their type.
fn array(column: Vec<Value>) -> Result<(ArrayType, Vec<Value>)> {
    let mut kind = None;
    let mut filled = Vec::with_capacity(column.len());
    for value in column {
        let (own, value) = match value {
            Value::BigInt(value) => (ArrayType::BigInt, value.unwrap_or_default().into()),
            Value::Int(value) => (ArrayType::Int, value.unwrap_or_default().into()),
            Value::String(value) => (ArrayType::String, value.unwrap_or_default().into()),
            Value::Json(value) => (ArrayType::Json, Value::Json(Some(value.unwrap_or_default()))),
            Value::ChronoDate(value) => (ArrayType::ChronoDate, value.unwrap_or_default().into()),
            Value::ChronoDateTimeUtc(value) => {
                (ArrayType::ChronoDateTimeUtc, value.unwrap_or_default().into())
            }
            other => return Err(Error::Rows(format!("no rows are made of {other:?}"))),
        };
        if kind.get_or_insert_with(|| own.clone()) != &own {
            return Err(Error::Rows("a column of rows has two types".to_owned()));
        }
        filled.push(value);
    }
    Ok((kind.unwrap_or(ArrayType::BigInt), filled))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sql_text_does_not_depend_on_the_number_of_rows() {
        let row = |id: i64, reply: Option<&str>| vec![id.into(), reply.map(str::to_owned).into()];
        let (short, _) = unnested(vec![row(1, Some("a"))]).unwrap();
        let (long, values) = unnested(vec![row(1, Some("a")), row(2, Some("b"))]).unwrap();
        assert_eq!(short, long);
        assert_eq!(
            short,
            "SELECT value1 AS column1, value2 AS column2 FROM unnest($1, $2) AS given (value1, value2)"
        );
        assert_eq!(values.len(), 2);
    }

    #[test]
    fn null_values_are_flagged_beside_their_column() {
        let rows = vec![vec![1_i64.into(), Value::Int(None)], vec![2_i64.into(), 7_i32.into()]];
        let (sql, values) = unnested(rows).unwrap();
        assert!(sql.contains("CASE WHEN null2 THEN NULL ELSE value2 END AS column2"), "{sql}");
        assert!(sql.ends_with("FROM unnest($1, $2, $3) AS given (value1, value2, null2)"), "{sql}");
        let nulls = Value::Array(ArrayType::Bool, Some(Box::new(vec![true.into(), false.into()])));
        assert_eq!(values[2], nulls);
    }

    #[test]
    fn rows_have_one_length() {
        let rows = || vec![vec![1_i64.into(), 2_i64.into()], vec![1_i64.into()]];
        assert!(given(DbBackend::Postgres, rows()).is_err());
        assert!(given(DbBackend::Sqlite, rows()).is_err());
    }

    #[test]
    fn columns_have_one_type() {
        assert!(unnested(vec![vec![1_i64.into()], vec![1_i32.into()]]).is_err());
        assert!(unnested(vec![vec![1.5_f64.into()]]).is_err());
    }
}
