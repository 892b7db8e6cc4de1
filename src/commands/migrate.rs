//! `daily-papers migrate`.

use anyhow::Result;

use crate::bootstrap::{self, SchemaPolicy};
use crate::config::ValidConfig;
use crate::output::print;

/// Brings the schema up to date, and says what that took.
///
/// # Errors
/// If the database is not available or a migration fails.
pub async fn run(config: &ValidConfig) -> Result<()> {
    let db = bootstrap::open(config).await?;
    let applied = bootstrap::update_schema(config, &db, SchemaPolicy::Migrate).await?;
    if applied.is_empty() {
        return Ok(print("The schema is already up to date.\n")?);
    }
    let names = applied.iter().map(|name| format!("applied {name}\n")).collect::<Vec<_>>().concat();
    let number = match applied.len() {
        1 => "1 migration was applied".to_owned(),
        number => format!("{number} migrations were applied"),
    };
    Ok(print(format!("{names}{number}; the schema is up to date.\n"))?)
}
