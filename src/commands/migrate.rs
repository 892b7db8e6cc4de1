//! `daily-papers migrate`.

use anyhow::Result;

use crate::config::Checked;
use crate::output::print;
use crate::services::{self, Schema};

/// Brings the schema up to date.
///
/// # Errors
/// Where the database cannot be had or a migration fails.
pub async fn run(checked: &Checked) -> Result<()> {
    let db = services::open(checked).await?;
    services::bring_up(checked, &db, Schema::Migrate).await?;
    Ok(print("The schema is up to date.\n")?)
}
