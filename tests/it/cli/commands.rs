//! The commands `help`, `settings`, `schema` and `token`, and exit codes.

use crate::support::Stack;
use crate::support::stack::project;

#[tokio::test(flavor = "multi_thread")]
async fn commands_fail_on_unreadable_files_and_empty_input() {
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
    let said = stack.refused(&["import", "hf-daily", file.to_str().unwrap()]);
    assert!(said.contains("2026-01-06.json") && said.contains("Permission denied"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_schema_is_the_committed_one() {
    let stack = Stack::new().await;
    let committed = std::fs::read_to_string(project().join("api/schema.graphql")).unwrap();
    let printed = stack.done(&["schema"]);
    assert!(printed == committed, "run: cargo run -- schema > api/schema.graphql");
}

#[tokio::test(flavor = "multi_thread")]
async fn help_lists_every_command_and_settings_prints_every_key() {
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
    // Creating a token takes no role away.
    let output = stack.run(&["token", "create", "--curator", "--name", "ada"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("ada remains an administrator"), "{output:?}");
    assert_eq!(stack.rows("SELECT role FROM \"user\"").await, ["ADMIN"]);
    let said = stack.refused(&["token", "create", "--name", "not a name"]);
    assert!(said.contains("not a name"), "{said}");
}
