//! Many rows inserted into one table, in as few kinds of statements as possible.
//!
//! Statements whose text is built for each number of rows are parsed anew each time, by the builder and by the database;
//! that took longer than to write the rows. On Postgres each column is one parameter, as in [`values`](super::values). On
//! SQLite rows go in chunks whose sizes are powers of two, so that all but a few statements are prepared already.
//!
//! Always: the rows of one call set the same columns.

use sea_orm::{
    ActiveModelTrait, ActiveValue, ConnectionTrait, DbBackend, EntityName as _, EntityTrait, IdenStatic as _,
    Iterable as _, QueryResult, Statement, Value,
};

use crate::error::{Error, Result};
use crate::values::{given, listed};

/// Parameters of one statement on SQLite, which allows 32,766. More make it no faster.
const MAX_SQLITE_PARAMETERS: usize = 8_192;

/// Inserts rows, and returns the columns of `returning` of each, in any order; nothing, if it is empty.
///
/// # Errors
/// If a key stands against a row, rows set different columns, or the database fails.
pub async fn insert_rows<A>(
    connection: &impl ConnectionTrait,
    rows: Vec<A>,
    returning: &[&str],
) -> Result<Vec<QueryResult>>
where
    A: ActiveModelTrait,
{
    let Some((columns, rows)) = cells(rows)? else { return Ok(Vec::new()) };
    let backend = connection.get_database_backend();
    let names: Vec<String> = columns.iter().map(|name| format!("\"{name}\"")).collect();
    let table = A::Entity::default();
    let head = format!("INSERT INTO \"{}\" ({})", table.table_name(), names.join(", "));
    let tail =
        if returning.is_empty() { String::new() } else { format!(" RETURNING {}", returning.join(", ")) };
    let mut returned = Vec::new();
    let mut run = async |from: String, values: Vec<Value>| {
        let statement = Statement::from_sql_and_values(backend, format!("{head} {from}{tail}"), values);
        if returning.is_empty() {
            connection.execute_raw(statement).await?;
        } else {
            returned.extend(connection.query_all_raw(statement).await?);
        }
        Ok::<_, Error>(())
    };
    if backend == DbBackend::Postgres {
        let (from, values) = given(backend, rows)?;
        run(from, values).await?;
    } else {
        let mut rows = rows.into_iter();
        let mut size = largest_chunk(names.len());
        while rows.len() > 0 {
            while size > rows.len() {
                size /= 2;
            }
            let (from, values) = listed(rows.by_ref().take(size).collect());
            run(from, values).await?;
        }
    }
    Ok(returned)
}

/// The names of the columns that rows set, and the values of each row in their order.
type Cells = (Vec<&'static str>, Vec<Vec<Value>>);

/// What rows set; `None` if there are none.
fn cells<A: ActiveModelTrait>(rows: Vec<A>) -> Result<Option<Cells>> {
    let mut columns: Option<Vec<&'static str>> = None;
    let mut values = Vec::with_capacity(rows.len());
    for mut row in rows {
        let (mut names, mut cells) = (Vec::new(), Vec::new());
        for column in <A::Entity as EntityTrait>::Column::iter() {
            if let ActiveValue::Set(value) | ActiveValue::Unchanged(value) = row.take(column) {
                names.push(column.as_str());
                cells.push(value);
            }
        }
        if *columns.get_or_insert_with(|| names.clone()) != names {
            return Err(Error::Rows("rows that are written together set different columns".to_owned()));
        }
        values.push(cells);
    }
    Ok(columns.map(|columns| (columns, values)))
}

/// The largest power of two of rows of this many columns that a statement on SQLite holds.
fn largest_chunk(columns: usize) -> usize {
    let most = (MAX_SQLITE_PARAMETERS / columns.max(1)).max(1);
    1 << most.ilog2()
}

#[cfg(test)]
mod tests {
    use sea_orm::ActiveValue::{NotSet, Set};
    use sea_orm::entity::prelude::*;

    use super::*;
    use crate::Db;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "person")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        pub age: Option<i32>,
    }

    impl ActiveModelBehavior for ActiveModel {}

    fn person(number: i32) -> ActiveModel {
        let age = (number % 2 == 0).then_some(number);
        ActiveModel { id: NotSet, name: Set(format!("person {number}")), age: Set(age) }
    }

    #[test]
    fn chunks_are_powers_of_two_below_the_limit() {
        assert_eq!([1, 2, 3, 37, 10_000].map(largest_chunk), [8_192, 4_096, 2_048, 128, 1]);
    }

    #[test]
    fn rows_set_the_same_columns() {
        let other = ActiveModel { age: NotSet, ..person(2) };
        assert!(cells(vec![person(1), other]).is_err());
        assert!(cells(Vec::<ActiveModel>::new()).unwrap().is_none());
    }

    #[tokio::test]
    async fn any_number_of_rows_is_inserted_once() {
        let folder = tempfile::tempdir().unwrap();
        let db: Db = Db::open_sqlite(&folder.path().join("test.db"), || 0.0).await.unwrap();
        let table = "CREATE TABLE person (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, age INTEGER)";
        db.schema().execute_unprepared(table).await.unwrap();
        let mut from = 0;
        for count in [0, 1, 2, 7, 4_099] {
            let insert = db.write(|tx| {
                let rows = (from..from + count).map(person).collect();
                Box::pin(async move { insert_rows(&**tx, rows, &["id", "name"]).await })
            });
            let returned = insert.await.unwrap();
            assert_eq!(returned.len(), usize::try_from(count).unwrap());
            from += count;
        }
        let people = Entity::find().order_by_id_asc().all(db.read()).await.unwrap();
        let expected: Vec<_> = (0..from)
            .map(|number| (format!("person {number}"), (number % 2 == 0).then_some(number)))
            .collect();
        assert_eq!(people.into_iter().map(|row| (row.name, row.age)).collect::<Vec<_>>(), expected);
    }
}
