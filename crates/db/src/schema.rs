//! The schema of a database, compared with the one that the program needs.
//!
//! Both are lists of names of migrations. Names are compared and not only counted or the last one looked at: a database
//! that a later version of the program has migrated is told from one that is to be migrated.

use std::fmt;

use sea_orm::{ConnectionTrait as _, DbBackend, Statement};

use crate::{Db, Result, WorkError};

/// The schema of a database, compared with the one that the program needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// The schema that the program needs.
    Current,
    /// An older one: it lacks these migrations, in their order.
    Behind(Vec<String>),
    /// A newer one: it has had this migration, which the program does not know.
    Ahead(String),
}

impl SchemaState {
    fn compare(known: &[String], applied: &[String]) -> Self {
        if let Some(newer) = applied.iter().find(|name| !known.contains(name)) {
            return Self::Ahead(newer.clone());
        }
        let pending: Vec<String> = known.iter().filter(|name| !applied.contains(name)).cloned().collect();
        if pending.is_empty() { Self::Current } else { Self::Behind(pending) }
    }
}

impl fmt::Display for SchemaState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Current => f.write_str("the schema is up to date"),
            Self::Behind(pending) if pending.len() == 1 => f.write_str("the schema lacks 1 migration"),
            Self::Behind(pending) => write!(f, "the schema lacks {} migrations", pending.len()),
            Self::Ahead(newer) => {
                write!(f, "the schema has the migration {newer}, which this version does not know")
            }
        }
    }
}

impl<E: WorkError> Db<E> {
    /// The same database, for a program that knows these migrations.
    #[must_use]
    pub fn expecting(self, migrations: impl IntoIterator<Item = String>) -> Self {
        Self { migrations: migrations.into_iter().collect(), ..self }
    }

    /// Compares the migrations that the database has had with those that the program knows.
    ///
    /// # Errors
    /// If the database does not answer, or no migration was ever run on it.
    pub async fn check_schema(&self) -> Result<SchemaState> {
        let sql =
            Statement::from_string(self.backend(), "SELECT version FROM seaql_migrations ORDER BY version");
        let rows = self.reader.query_all_raw(sql).await?;
        let applied: Vec<String> =
            rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
        Ok(SchemaState::compare(&self.migrations, &applied))
    }

    /// Whether the server takes writes: one that only follows another server does not.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn takes_writes(&self) -> Result<bool> {
        if self.backend() != DbBackend::Postgres {
            return Ok(true);
        }
        let sql = Statement::from_string(self.backend(), "SELECT NOT pg_is_in_recovery()");
        let row = self.reader.query_one_raw(sql).await?;
        Ok(row.map_or(Ok(false), |row| row.try_get_by_index(0))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_current_behind_or_ahead() {
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let known = names(&["m1", "m2", "m3"]);
        for (applied, state, said) in [
            (names(&["m1", "m2", "m3"]), SchemaState::Current, "the schema is up to date"),
            (names(&["m1", "m2"]), SchemaState::Behind(names(&["m3"])), "the schema lacks 1 migration"),
            (names(&[]), SchemaState::Behind(known.clone()), "the schema lacks 3 migrations"),
            (
                names(&["m1", "m9"]),
                SchemaState::Ahead("m9".to_owned()),
                "the schema has the migration m9, which this version does not know",
            ),
        ] {
            let compared = SchemaState::compare(&known, &applied);
            assert_eq!(compared, state);
            assert_eq!(compared.to_string(), said);
        }
    }
    #[tokio::test]
    async fn the_migrations_of_a_database_are_read_from_it() {
        let folder = tempfile::tempdir().unwrap();
        let db: Db = Db::open_sqlite(&folder.path().join("test.db"), || 0.5).await.unwrap();
        let expecting = |names: &[&str]| db.clone().expecting(names.iter().map(|&name| name.to_owned()));
        assert!(expecting(&["m1"]).check_schema().await.is_err());
        db.schema().execute_unprepared("CREATE TABLE seaql_migrations (version TEXT)").await.unwrap();
        db.schema().execute_unprepared("INSERT INTO seaql_migrations VALUES ('m1')").await.unwrap();
        assert_eq!(expecting(&["m1"]).check_schema().await.unwrap(), SchemaState::Current);
        let behind = SchemaState::Behind(vec!["m2".to_owned()]);
        assert_eq!(expecting(&["m1", "m2"]).check_schema().await.unwrap(), behind);
        assert_eq!(expecting(&[]).check_schema().await.unwrap(), SchemaState::Ahead("m1".to_owned()));
        assert!(db.takes_writes().await.unwrap());
    }
}
