//! The ceiling of each back end: its own bulk load of the rows that an import wrote, into tables without keys and indexes.
//!
//! The rows are written to files before, and those are read by the database itself: COPY on the server's side, and
//! `.import` of the program sqlite3 in one transaction. Both have to parse text, as an import has to.
//!
//! Always: what a back end keeps of a commit is the same as for the import.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// The tables whose rows are loaded.
const TABLES: [&str; 3] = ["paper", "paper_author", "paper_category"];

/// What a bulk load came to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ceiling {
    /// Rows of all tables.
    pub(super) rows: u64,
    /// Seconds for all rows.
    pub(super) seconds: f64,
}

/// COPY of all rows within one transaction.
///
/// # Errors
/// If the server cannot read and write files in `folder`.
pub(super) async fn copy(url: &str, folder: &Path) -> Result<Ceiling> {
    let folder = folder.join("copy");
    fs::create_dir_all(&folder)?;
    // The server may run as another user; the folder lies below one that nobody else can list.
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777))?;
    if let Some(parent) = folder.parent() {
        fs::set_permissions(parent, fs::Permissions::from_mode(0o711))?;
    }
    let file = |table: &str| format!("'{}'", folder.join(format!("{table}.copy")).display());
    let mut connection = PgConnection::connect(url).await?;
    for table in TABLES {
        let made = format!("CREATE TABLE ceiling_{table} AS SELECT * FROM {table} WITH NO DATA");
        let written = format!("COPY {table} TO {}", file(table));
        for sql in [made, written] {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        }
    }
    sqlx::raw_sql("CHECKPOINT").execute(&mut connection).await?;
    let begun = Instant::now();
    let mut transaction = connection.begin().await?;
    let mut rows = 0;
    for table in TABLES {
        let sql = format!("COPY ceiling_{table} FROM {}", file(table));
        rows += sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *transaction).await?.rows_affected();
    }
    transaction.commit().await?;
    let seconds = begun.elapsed().as_secs_f64();
    connection.close().await?;
    fs::remove_dir_all(&folder)?;
    Ok(Ceiling { rows, seconds })
}

/// `.import` of all rows within one transaction.
///
/// # Errors
/// If sqlite3 fails.
pub(super) fn bulk_insert(file: &Path, folder: &Path) -> Result<Ceiling> {
    let path = |table: &str| folder.join(format!("{table}.csv"));
    let target = folder.join("ceiling.db");
    let mut script = String::from("PRAGMA journal_mode = WAL;\nPRAGMA synchronous = FULL;\nBEGIN;\n");
    for table in TABLES {
        let csv = path(table);
        sqlite3(file, &format!(".mode csv\n.output {}\nSELECT * FROM {table};\n", csv.display()))?;
        let columns =
            sqlite3(file, &format!("SELECT group_concat(name, ', ') FROM pragma_table_info('{table}')"))?;
        sqlite3(&target, &format!("CREATE TABLE {table} ({})", columns.trim()))?;
        script.extend([".import --csv ", &csv.display().to_string(), " ", table, "\n"]);
    }
    script.push_str("COMMIT;\n");
    let begun = Instant::now();
    sqlite3(&target, &script)?;
    let seconds = begun.elapsed().as_secs_f64();
    let counts = TABLES.map(|table| format!("(SELECT count(*) FROM {table})")).join(" + ");
    let rows = sqlite3(&target, &format!("SELECT {counts}"))?.trim().parse()?;
    for table in TABLES {
        fs::remove_file(path(table))?;
    }
    Ok(Ceiling { rows, seconds })
}

/// Has the program sqlite3 run a script, and returns what it printed.
///
/// # Errors
/// If it does not start or fails.
pub(super) fn sqlite3(file: &Path, script: &str) -> Result<String> {
    let mut child = Command::new("sqlite3")
        .args(["-bail", "-batch"])
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("sqlite3, which is the package sqlite3 of Debian, does not start")?;
    child.stdin.take().context("the input of sqlite3")?.write_all(script.as_bytes())?;
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "sqlite3 failed: {}", output.status);
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
