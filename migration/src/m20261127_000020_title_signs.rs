//! Titles that differ in a sign ("C++", "C#") get different keys: the keys of those that have one are made anew.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, Statement};
use unicode_normalization::UnicodeNormalization as _;

/// Signs that are part of what a title says, as they were when this was written.
const SIGNS: [char; 15] = ['+', '#', '*', '=', '<', '>', '%', '&', '@', '∞', '±', '≠', '≤', '≥', '♯'];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let connection = manager.get_connection();
        let backend = connection.get_database_backend();
        let rows = connection
            .query_all_raw(Statement::from_string(backend, "SELECT id, title, title_key FROM paper"))
            .await?;
        for row in rows {
            let (id, title, old): (i64, String, String) =
                (row.try_get("", "id")?, row.try_get("", "title")?, row.try_get("", "title_key")?);
            let new = key(&title);
            if !new.is_empty() && new != old {
                let sql = "UPDATE paper SET title_key = $1 WHERE id = $2";
                let change = Statement::from_sql_and_values(backend, sql, [new.into(), id.into()]);
                connection.execute_raw(change).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

/// Lower-case words and signs between single spaces.
fn key(title: &str) -> String {
    let is_kept = |c: char| {
        c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) || SIGNS.contains(&c)
    };
    let folded: String =
        title.nfkc().flat_map(char::to_lowercase).map(|c| if is_kept(c) { c } else { ' ' }).collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}
