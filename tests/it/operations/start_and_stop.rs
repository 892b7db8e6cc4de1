//! Starting and stopping: what is printed, what is refused, and readiness.

use std::net::TcpListener;

use migration::MigratorTrait as _;
use sea_orm::ConnectionTrait as _;

use crate::support::{Process, Stack};

#[tokio::test(flavor = "multi_thread")]
async fn the_start_prints_addresses_and_next_steps() {
    let stack = Stack::new().await;
    stack.set("SAMPLE_PAPERS", "true");
    stack.set("SMTP_URL", "");
    let server = stack.serve().await;
    let said = server.log();
    let mail = stack.path("data/mail");
    for needed in [
        &server.url("/"),
        &server.url("/graphql"),
        mail.to_str().unwrap(),
        "daily-papers import hf-daily",
        "daily-papers token create --admin",
        "2026-01-06",
    ] {
        assert!(said.contains(needed), "{needed} is missing in:\n{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sample_papers_are_imported_once_if_enabled() {
    let stack = Stack::new().await;
    // By default SQLite has them, and Postgres does not.
    stack.set("SAMPLE_PAPERS", "");
    let query = "{ feed { period papers { totalCount } } }";
    let server = stack.serve().await;
    let feed = server.client().field(query).await;
    if stack.is_embedded() {
        assert_eq!(feed["period"], "2026-01-06");
        assert_eq!(feed["papers"]["totalCount"], 46);
    } else {
        assert!(feed.is_null());
    }
    server.stop();
    stack.set("SAMPLE_PAPERS", "true");
    for _ in 0..2 {
        let server = stack.serve().await;
        assert_eq!(server.client().field(query).await["papers"]["totalCount"], 46);
        assert!(server.stop().success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_and_a_bad_folder_are_reported_in_one_line() {
    let stack = Stack::new().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    stack.set("LISTEN", &address);
    let said = stack.refused(&["serve"]);
    assert!(said.contains("listen") && said.contains(&address) && said.contains("in use"), "{said}");

    stack.set("LISTEN", "127.0.0.1:0");
    if stack.is_embedded() {
        let file = stack.path("file");
        std::fs::write(&file, "").unwrap();
        stack.set("DATA_DIR", file.join("data").to_str().unwrap());
        let said = stack.refused(&["serve"]);
        assert!(said.contains("data_dir") && said.contains("Not a directory"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_stops_cleanly() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let status = server.stop();
    assert!(status.success(), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_with_closed_output_stops_cleanly() {
    let stack = Stack::new().await;
    let mut command = stack.command(["serve"]);
    let mut child =
        command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    let (mut said, line) = (std::io::BufReader::new(child.stdout.take().unwrap()), &mut String::new());
    while !line.contains("Ctrl+C") {
        assert!(std::io::BufRead::read_line(&mut said, line).unwrap() > 0, "{line}");
    }
    drop((said, child.stderr.take()));
    let kill = std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    let child = std::sync::Mutex::new(child);
    let ended = crate::support::eventually("the process has stopped", || async {
        child.lock().unwrap().try_wait().unwrap()
    })
    .await;
    assert!(ended.success(), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_require_a_migrated_schema() {
    let stack = Stack::new().await;
    if !stack.is_embedded() {
        let said = stack.refused(&["api"]);
        assert!(said.contains("daily-papers migrate"), "{said}");
    }
    let said = stack.done(&["migrate"]);
    let names: Vec<String> = migration::Migrator::migrations()
        .iter()
        .map(|migration| format!("applied {}", migration.name()))
        .collect();
    assert!(said.starts_with(&names.join("\n")), "{said}");
    assert!(
        said.ends_with(&format!("{} migrations were applied; the schema is up to date.\n", names.len())),
        "{said}"
    );
    assert_eq!(stack.done(&["migrate"]), "The schema is already up to date.\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_newer_than_the_program_is_refused() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let database = stack.database().await;
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_later', 1)";
    database.execute_unprepared(newer).await.unwrap();
    database.close().await.unwrap();
    for arguments in [["serve"].as_slice(), &["migrate"], &["token", "create", "--name", "ada"]] {
        let said = stack.refused(arguments);
        assert!(said.contains("m20990101_000001_later") && said.contains("another version"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_endpoints_report_liveness_and_readiness() {
    let stack = Stack::new().await;
    let server: Process = stack.serve().await;
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(reqwest::get(server.url(path)).await.unwrap().status(), 200);
    }
    // One migration more than the program knows, and one less than it needs.
    let database = stack.database().await;
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_later', 1)";
    database.execute_unprepared(newer).await.unwrap();
    let ready = async || {
        let answer = reqwest::get(server.url("/health/ready")).await.unwrap();
        (answer.status().as_u16(), answer.json::<serde_json::Value>().await.unwrap()["database"].clone())
    };
    assert_eq!(ready().await, (503, "newer schema".into()));
    database.execute_unprepared("DELETE FROM seaql_migrations WHERE applied_at = 1").await.unwrap();
    assert_eq!(ready().await, (200, "up".into()));
    migration::Migrator::down(&database, Some(1)).await.unwrap();
    database.close().await.unwrap();
    assert_eq!(ready().await, (503, "older schema".into()));
    assert_eq!(reqwest::get(server.url("/health/live")).await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_migration_can_be_reverted_and_applied_again() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let database = stack.database().await;
    migration::Migrator::down(&database, None).await.unwrap();
    database.close().await.unwrap();
    let said = stack.done(&["migrate"]);
    let number = migration::Migrator::migrations().len();
    assert!(said.contains(&format!("{number} migrations were applied")), "{said}");
    stack.serve().await;
}
