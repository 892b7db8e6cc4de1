//! The data of a run: papers, and subscribers whose digests are due.

use anyhow::Result;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::runtime::Runtime;

use super::super::data::{COMMENTS, PAPERS};
use super::Plan;
use super::process::{Service, sqlite};

/// Fills the database of a run.
pub(super) fn fill(runtime: &Runtime, service: &Service<'_>, plan: &Plan<'_>) -> Result<()> {
    let times = service.times;
    let list = service.folder.join("list.csv");
    // Papers of Hugging Face have no categories to choose by.
    let filters = if plan.is_embedded { 0 } else { service.options.filters };
    std::fs::write(&list, times.list(plan.subscribers, filters))?;
    let list = list.to_string_lossy();
    service.run(&["migrate"])?;
    if let Some(database) = &service.database {
        runtime.block_on(database.seed(PAPERS, COMMENTS, &times.day()))?;
    } else {
        let papers = service.folder.join(format!("{}.json", times.day()));
        std::fs::write(&papers, embedded_day())?;
        service.run(&["import", "hf-daily", &papers.to_string_lossy()])?;
    }
    service.run(&["subscribers", "import", &list, "--confirmed"])?;
    let due = times.make_due();
    match &service.database {
        Some(database) => runtime.block_on(async {
            let mut connection = PgConnection::connect(&database.url).await?;
            sqlx::raw_sql(AssertSqlSafe(due)).execute(&mut connection).await?;
            sqlx::raw_sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
                .execute(&mut connection)
                .await?;
            sqlx::raw_sql("VACUUM (ANALYZE)").execute(&mut connection).await?;
            sqlx::raw_sql("CHECKPOINT").execute(&mut connection).await?;
            anyhow::Ok(connection.close().await?)
        }),
        None => sqlite(&service.folder, &due).map(|_| ()),
    }
}

/// Twenty papers as Hugging Face lists them.
fn embedded_day() -> String {
    let sentence =
        "We show that sparse attention improves reasoning, and halves the cost of language models. ";
    let items: Vec<serde_json::Value> = (1..=20)
        .map(|number| {
            serde_json::json!({ "paper": {
                "id": format!("2601.{number:05}"),
                "title": format!("Sparse Attention for Agents: Case {number}"),
                "summary": sentence.repeat(12),
                "authors": [{ "name": "Ada Kano" }, { "name": "Wei Rosa" }],
                "publishedAt": "2026-01-01T00:00:00.000Z",
                "upvotes": number,
            } })
        })
        .collect();
    serde_json::Value::from(items).to_string()
}
