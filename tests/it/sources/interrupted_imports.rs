//! Imports that are killed, and imports that run at the same time.

use std::process::Stdio;

use serde_json::{Value, json};

use super::{counts, kill_until_done};
use crate::support::Stack;
use crate::support::fixtures::{items, write_day};

/// The result of an import, except row ids and times.
async fn state(stack: &Stack) -> Vec<String> {
    let mut rows = stack
        .rows(
            "SELECT p.slug || '|' || p.title || '|' || p.source_upvotes || '|' || p.trending || '|' || \
             CAST(f.day AS TEXT) || '|' || f.position || '|' || p.author_count || '|' || \
             (SELECT COUNT(*) FROM paper_author a WHERE a.paper_id = p.id) || '|' || \
             (SELECT COUNT(*) FROM keyword k WHERE k.paper_id = p.id) || '|' || \
             (SELECT w.words FROM paper_words w WHERE w.paper_id = p.id) \
             FROM paper p JOIN featured_paper f ON f.paper_id = p.id ORDER BY p.slug",
        )
        .await;
    rows.extend(
        stack
            .rows(
                "SELECT status || ' ' || position || ' ' || read || ' ' || created || ' ' || rejected FROM import_run \
                 ORDER BY id",
            )
            .await,
    );
    rows.extend(stack.rows("SELECT item || reason FROM import_problem ORDER BY 1").await);
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_import_that_is_run_again_has_the_same_result() {
    let undisturbed = Stack::new().await;
    let killed = Stack::new().await;
    for stack in [&undisturbed, &killed] {
        stack.done(&["migrate"]);
        for (day, numbers) in [("2026-01-05", 1..1500), ("2026-01-06", 1500..3000)] {
            let mut items: Vec<Value> = items(numbers);
            items.insert(700, json!("refused"));
            write_day(stack, day, &items);
        }
    }
    undisturbed.done(&["import", "hf-daily", "hf"]);
    let expected = state(&undisturbed).await;
    assert_eq!(expected.len(), 2999 + 1 + 2);

    // A kill may come a batch late.
    let kills = kill_until_done(&killed, &["import", "hf-daily", "hf"], 4);
    assert!(kills >= 2, "{kills}");
    assert_eq!(state(&killed).await, expected);
    let again = killed.done(&["import", "hf-daily", "hf"]);
    assert_eq!(counts(&again), "read 3001, created 0, updated 0, unchanged 2999, rejected 2");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_imports_create_each_paper_once() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    write_day(&stack, "2026-01-05", &items(1..800));
    // The same papers from two inputs.
    std::fs::create_dir(stack.path("copy")).unwrap();
    std::fs::copy(stack.path("hf/2026-01-05.json"), stack.path("copy/2026-01-05.json")).unwrap();
    let start = |folder: &str| {
        stack
            .command(["import", "hf-daily", folder])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let (one, two) = (start("hf"), start("copy"));
    for child in [one, two] {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 799);
    assert_eq!(stack.count("SELECT SUM(created) FROM import_run").await, 799);
    assert_eq!(stack.count("SELECT SUM(unchanged) FROM import_run").await, 799);
}
