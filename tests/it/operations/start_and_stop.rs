//! Starting, stopping, and saying what is wrong.

use std::net::TcpListener;

use migration::MigratorTrait as _;
use sea_orm::ConnectionTrait as _;

use crate::support::stack::project;
use crate::support::{Process, Stack};

/// The one line that a failed start says, and that it was one line and no panic.
fn refusal(stack: &Stack, arguments: &[&str]) -> String {
    let output = stack.run(arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("daily-papers: ")).collect();
    assert_eq!(lines.len(), 1, "{said}");
    assert!(!said.contains("panicked"), "{said}");
    lines[0].to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_says_what_a_newcomer_needs() {
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
async fn sample_papers_come_once_and_where_they_are_wanted() {
    let stack = Stack::new().await;
    // Not set: SQLite has them, Postgres has not.
    stack.set("SAMPLE_PAPERS", "");
    let query = "{ feed { period papers { totalCount } } }";
    let server = stack.serve().await;
    let feed = server.client().get(query).await["feed"].clone();
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
        assert_eq!(server.client().get(query).await["feed"]["papers"]["totalCount"], 46);
        assert!(server.stop().success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_and_a_bad_folder_are_said_in_one_line() {
    let stack = Stack::new().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    stack.set("LISTEN", &address);
    let said = refusal(&stack, &["serve"]);
    assert!(said.contains("listen") && said.contains(&address) && said.contains("in use"), "{said}");

    stack.set("LISTEN", "127.0.0.1:0");
    if stack.is_embedded() {
        let file = stack.path("file");
        std::fs::write(&file, "").unwrap();
        stack.set("DATA_DIR", file.join("data").to_str().unwrap());
        let said = refusal(&stack, &["serve"]);
        assert!(said.contains("data_dir") && said.contains("Not a directory"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_are_wrong_are_named() {
    let stack = Stack::new().await;
    for (name, value, key) in [
        ("LISTEN", "nowhere", "listen"),
        ("BASE_URL", "papers.example.org", "base_url"),
        ("BASE_URL", "https://example.org/papers", "base_url"),
        ("DATABASE_URL", "mysql://x", "database_url"),
        ("DATABASE_CONNECTIONS", "many", "database_connections"),
        ("SMTP_URL", "mail.example.org", "smtp_url"),
        ("SMTP_CONNECTIONS", "0", "smtp_connections"),
        ("SMTP_MESSAGES_PER_SECOND", "10001", "smtp_messages_per_second"),
        ("SMTP_TIMEOUT_SECONDS", "0", "smtp_timeout_seconds"),
        ("MAIL_FROM", "nobody", "mail_from"),
        ("REPLY_TO", "nobody", "reply_to"),
        ("SECRET_KEY", "short", "secret_key"),
        ("SAMPLE_PAPERS", "perhaps", "sample_papers"),
        ("TRUSTED_PROXIES", "10.0.0.0/99", "trusted_proxies"),
        ("MAILS_PER_MINUTE", "-1", "mails_per_minute"),
        ("GRAPHIQL", "perhaps", "graphiql"),
        ("CORS_ORIGINS", "https://app.example.org/path", "cors_origins"),
        ("FEED_CLOSES_AT", "25:00", "feed_closes_at"),
        ("FEED_TIME_ZONE", "Mars/Olympus", "feed_time_zone"),
        ("FIRST_DIGEST_AT_ONCE", "perhaps", "first_digest_at_once"),
        ("LEASE_MINUTES", "0", "lease_minutes"),
        ("LOG", "domain=nonsense", "log"),
        ("LOG_FORMAT", "xml", "log_format"),
        ("LISTNE", "127.0.0.1:0", "listne"),
    ] {
        let mut command = stack.command(["doctor"]);
        let output = command.env(format!("DAILY_PAPERS_{name}"), value).output().unwrap();
        assert!(!output.status.success(), "{name}={value} passed");
        let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(key), "{name}={value}: {said}");
    }
}

/// A role, settings, and the keys that the refusal names.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str]);

#[tokio::test(flavor = "multi_thread")]
async fn combinations_that_cannot_be_are_named() {
    let stack = Stack::new().await;
    let base: &[(&str, &str)] = &[
        ("DATABASE_URL", ""),
        ("REDIS_URL", ""),
        ("SMTP_URL", ""),
        ("SECRET_KEY", ""),
        ("BASE_URL", ""),
        ("MAIL_FROM", ""),
    ];
    let postgres = ("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none");
    let key = ("SECRET_KEY", crate::support::stack::SECRET);
    let redis = ("REDIS_URL", "redis://127.0.0.1:1");
    let remote = ("SMTP_URL", "smtp://mail.example.org");
    let https = ("BASE_URL", "https://papers.example.org");
    let cases: &[Case<'_>] = &[
        ("api", &[], &["database_url", "redis_url"]),
        ("worker", &[], &["database_url", "redis_url"]),
        ("api", &[postgres, key], &["redis_url"]),
        ("worker", &[redis], &["database_url"]),
        ("serve", &[redis], &["redis_url", "database_url"]),
        ("serve", &[postgres], &["secret_key"]),
        ("serve", &[remote], &["base_url", "mail_from"]),
        ("serve", &[remote, https], &["mail_from"]),
        ("serve", &[postgres, key], &["Postgres at 127.0.0.1:1 cannot be reached", "Connection refused"]),
        ("serve", &[remote, https, ("SMTP_TIMEOUT_SECONDS", "5")], &["smtp_timeout_seconds"]),
    ];
    for (role, settings, keys) in cases {
        for (name, value) in base.iter().chain(*settings) {
            stack.set(name, value);
        }
        let said = refusal(&stack, &[role]);
        for key in *keys {
            assert!(said.contains(key), "{role} {settings:?}: {key} is missing in {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_read_and_the_environment_wins() {
    let stack = Stack::new().await;
    let file = stack.path("my.toml");
    std::fs::write(&file, "mail_from = \"From the file <file@example.org>\"\nmax_papers = 3\n").unwrap();
    let name = file.to_str().unwrap();
    let output = stack.run(&["--config", name, "doctor"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("max_papers"), "{said}");

    std::fs::write(&file, "postal_address = \"Street 1\"\nreply_to = \"file@example.org\"\n").unwrap();
    stack.set("REPLY_TO", "environment@example.org");
    crate::support::fixtures::import_day(&stack, "2026-01-06", 1..3);
    let mail = stack.done(&["--config", name, "digest", "preview", "--format", "eml"]);
    assert!(mail.contains("Street 1") && mail.contains("Reply-To: environment@example.org"), "{mail}");

    let output = stack.run(&["--config", "missing.toml", "doctor"]);
    assert!(String::from_utf8(output.stdout).unwrap().contains("missing.toml"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_ends_in_good_order() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let status = server.stop();
    assert!(status.success(), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_nobody_listens_to_ends_in_good_order_too() {
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
    let ended =
        crate::support::eventually("ended", || async { child.lock().unwrap().try_wait().unwrap() }).await;
    assert!(ended.success(), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_of_others_may_hold_anything() {
    use std::os::unix::ffi::OsStrExt as _;
    let stack = Stack::new().await;
    let octets = std::ffi::OsStr::from_bytes(b"\xff");
    let output = stack.command(["settings"]).env("SOMETHING", octets).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let output = stack.command(["doctor"]).env("DAILY_PAPERS_LOG", octets).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success() && said.contains("DAILY_PAPERS_LOG is not UTF-8"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_refuse_a_schema_that_is_not_theirs() {
    let stack = Stack::new().await;
    if !stack.is_embedded() {
        let said = refusal(&stack, &["api"]);
        assert!(said.contains("daily-papers migrate"), "{said}");
    }
    let said = stack.done(&["migrate"]);
    let names: Vec<String> = migration::Migrator::migrations()
        .iter()
        .map(|migration| format!("applied {}", migration.name()))
        .collect();
    assert!(said.starts_with(&names.join("\n")), "{said}");
    assert!(
        said.ends_with(&format!("{} migrations were applied: the schema is up to date.\n", names.len())),
        "{said}"
    );
    assert_eq!(stack.done(&["migrate"]), "There was nothing to do: the schema is up to date.\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_newer_than_the_program_is_refused() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let database = stack.database().await;
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m20990101_000001_later', 1)";
    database.execute_unprepared(newer).await.unwrap();
    database.close().await.unwrap();
    for arguments in [["serve"].as_slice(), &["migrate"], &["token", "create", "--name", "ada"]] {
        let said = refusal(&stack, arguments);
        assert!(said.contains("m20990101_000001_later") && said.contains("another version"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_is_none_is_told_with_the_nearest_one() {
    let stack = Stack::new().await;
    for (name, value, told) in [
        (
            "LISTNE",
            "127.0.0.1:0",
            ["DAILY_PAPERS_LISTNE in the environment is not a setting", "did you mean listen?"],
        ),
        ("SMTP_CONECTIONS", "3", ["SMTP_CONECTIONS", "did you mean smtp_connections?"]),
        (
            "SMTP_CONNECTIONS",
            "many",
            ["smtp_connections in the environment", "a whole number from 0 on, such as 4"],
        ),
        ("LEASE_MINUTES", "-3", ["lease_minutes", "a whole number from 0 on, such as 15"]),
        ("GRAPHIQL", "perhaps", ["graphiql in the environment", "must be true or false"]),
    ] {
        let output = stack.command(["serve"]).env(format!("DAILY_PAPERS_{name}"), value).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(told.iter().all(|told| said.contains(told)), "{name}={value}: {said}");
        assert!(said.len() < 400, "{said}");
    }
    let file = stack.path("daily-papers.toml");
    std::fs::write(&file, "mail_form = \"a@example.org\"\nzzz = 1\n").unwrap();
    let said = refusal(&stack, &["serve"]);
    assert!(
        said.contains("mail_form in daily-papers.toml") && said.contains("did you mean mail_from?"),
        "{said}"
    );
    assert!(said.contains("zzz in daily-papers.toml is not a setting"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_and_no_input_are_no_success() {
    use std::os::unix::fs::PermissionsExt as _;
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    for input in ["", "\n \r\n"] {
        let output = stack.pipe(&["bounce"], input.as_bytes());
        assert_eq!(output.status.code(), Some(66), "{output:?}");
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("daily-papers bounce < MESSAGE"),
            "{output:?}"
        );
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM bounce").await, 0);
    let file = stack.path("2026-01-06.json");
    std::fs::write(&file, "[]").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o0)).unwrap();
    if std::fs::File::open(&file).is_ok() {
        return crate::support::tools::left_out("a file without permission", "the superuser may read it");
    }
    let said = refusal(&stack, &["import", "hf-daily", file.to_str().unwrap()]);
    assert!(said.contains("2026-01-06.json") && said.contains("Permission denied"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_says_which_worker_runs_and_the_doctor_sees_it() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    assert!(stack.done(&["doctor"]).contains("warn  worker         none runs"));
    let running = if stack.is_embedded() {
        let server = stack.serve().await;
        assert!(server.log().contains("Worker         in this process"), "{}", server.log());
        server
    } else {
        let api = stack.role("api").await;
        assert!(api.log().contains("Worker         none in this process"), "{}", api.log());
        assert!(stack.done(&["doctor"]).contains("warn  worker         none runs"));
        stack.role("worker").await
    };
    crate::support::eventually("a heartbeat", || async {
        stack.done(&["doctor"]).contains("ok    worker         1 running").then_some(())
    })
    .await;
    // Killed, it is taken for gone after a while; ended, at once.
    running.kill();
    assert!(stack.done(&["doctor"]).contains("ok    worker         1 running"));
    stack.set_clock(stack.now() + chrono::TimeDelta::minutes(4));
    assert!(stack.done(&["doctor"]).contains("warn  worker         none runs"));
    let another = if stack.is_embedded() { stack.serve().await } else { stack.role("worker").await };
    crate::support::eventually("a heartbeat", || async {
        stack.done(&["doctor"]).contains("ok    worker         1 running").then_some(())
    })
    .await;
    assert!(another.stop().success());
    assert!(stack.done(&["doctor"]).contains("warn  worker         none runs"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_looks_at_everything() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let said = stack.done(&["doctor"]);
    assert!(said.contains("ok    configuration"), "{said}");
    assert!(said.contains("ok    database"), "{said}");
    assert!(said.contains("ok    mail"), "{said}");
    if !stack.is_embedded() {
        assert!(said.contains("ok    Redis          version"), "{said}");
        stack.set("REDIS_URL", "redis://127.0.0.1:1/0");
    }
    stack.set("SMTP_URL", "smtp://127.0.0.1:1");
    let output = stack.run(&["doctor"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("FAIL  mail") && said.contains("smtp_url"), "{said}");
    assert_eq!(said.contains("FAIL  Redis"), !stack.is_embedded(), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_is_the_one_that_is_committed() {
    let stack = Stack::new().await;
    let committed = std::fs::read_to_string(project().join("api/schema.graphql")).unwrap();
    let printed = stack.done(&["schema"]);
    assert!(printed == committed, "run: cargo run -- schema > api/schema.graphql");
}

#[tokio::test(flavor = "multi_thread")]
async fn help_tells_of_every_command_and_the_settings_of_every_key() {
    let stack = Stack::new().await;
    insta::assert_snapshot!(stack.done(&["--help"]));
    let settings = stack.done(&["settings"]);
    assert_eq!(settings, std::fs::read_to_string(project().join("src/config/defaults.toml")).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_printed_once_and_works() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let token = stack.token("ada", Some("--admin"));
    assert!(token.starts_with("dp_") && token.len() > 40, "{token}");
    assert_ne!(token, stack.token("ada", None));
    assert_eq!(stack.count("SELECT COUNT(*) FROM \"user\"").await, 1);
    assert_eq!(stack.count("SELECT COUNT(*) FROM access_token").await, 2);
    assert_eq!(stack.rows("SELECT role FROM \"user\"").await, ["ADMIN"]);
    let hashes = stack.rows("SELECT token_hash FROM access_token").await;
    assert!(hashes.iter().all(|hash| !hash.contains(&token[3..])));
    // Nobody loses rights by a token.
    let output = stack.run(&["token", "create", "--curator", "--name", "ada"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("ada stays an administrator"), "{output:?}");
    assert_eq!(stack.rows("SELECT role FROM \"user\"").await, ["ADMIN"]);
    let said = refusal(&stack, &["token", "create", "--name", "not a name"]);
    assert!(said.contains("not a name"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn health_tells_life_from_readiness() {
    let stack = Stack::new().await;
    let server: Process = stack.serve().await;
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(reqwest::get(server.url(path)).await.unwrap().status(), 200);
    }
    // One migration short of what the program needs.
    let database = stack.database().await;
    migration::Migrator::down(&database, Some(1)).await.unwrap();
    database.close().await.unwrap();
    assert_eq!(reqwest::get(server.url("/health/ready")).await.unwrap().status(), 503);
    assert_eq!(reqwest::get(server.url("/health/live")).await.unwrap().status(), 200);
}
