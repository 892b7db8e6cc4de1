//! Indexes that are built anew: by a command, after damage, and beside a restored database.

use std::fs;
use std::path::PathBuf;

use sea_orm::ConnectionTrait as _;
use serde_json::json;

use super::{GRAPHS, SURVEY, by_words, server_with_papers, until_equal, until_found};
use crate::support::journey::create_paper;
use crate::support::{Stack, eventually};

/// What the log says of an index that was filled.
const BUILT: &str = "search index built";

/// What the log says of one that could not be used.
const BUILT_ANEW: &str = "search index is built anew";

fn files_of_index(stack: &Stack) -> Vec<PathBuf> {
    let files = fs::read_dir(stack.path("data/search/words-1")).unwrap();
    let files = files.map(|file| file.unwrap().path()).filter(|path| path.is_file());
    files.filter(|path| path.extension().is_none_or(|extension| extension != "lock")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rebuild_by_command_goes_on_while_the_process_serves() {
    let stack = Stack::new().await;
    let (server, curator, _) = server_with_papers(&stack).await;
    let client = server.client();
    let builds = server.log().matches(BUILT).count();
    let said = stack.done(&["search", "rebuild"]);
    assert!(said.contains("rebuild their search indexes"), "{said}");
    eventually("the index is built again", || async {
        // It answers meanwhile.
        assert_eq!(by_words(&client, "graph").await.edges.len(), 2);
        (server.log().matches(BUILT).count() > builds).then_some(())
    })
    .await;
    until_equal(&client).await;
    let input = json!({ "title": "After the rebuild", "abstract": "New.", "publishedOn": "2026-01-05" });
    create_paper(&curator, input).await;
    until_found(&client, "rebuild", &["After th"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_index_is_built_anew_at_the_start() {
    let stack = Stack::new().await;
    let (mut server, ..) = server_with_papers(&stack).await;
    for damage in ["metadata", "half", "gone", "folder"] {
        assert!(server.stop().success());
        match damage {
            "metadata" => fs::write(stack.path("data/search/words-1/meta.json"), "{\"no\": index").unwrap(),
            "half" => {
                for path in files_of_index(&stack) {
                    let content = fs::read(&path).unwrap();
                    fs::write(path, &content[..content.len() / 2]).unwrap();
                }
            }
            "gone" => {
                let is_data = |path: &PathBuf| path.extension().is_some_and(|extension| extension != "json");
                files_of_index(&stack)
                    .into_iter()
                    .filter(is_data)
                    .for_each(|path| fs::remove_file(path).unwrap());
            }
            _ => fs::remove_dir_all(stack.path("data/search")).unwrap(),
        }
        server = stack.serve().await;
        until_equal(&server.client()).await;
        until_found(&server.client(), "graph", &[GRAPHS, SURVEY]).await;
        assert_eq!(server.log().contains(BUILT_ANEW), damage != "folder", "{damage}: {}", server.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_index_ahead_of_a_restored_database_is_built_anew() {
    let stack = Stack::new().await;
    let (server, ..) = server_with_papers(&stack).await;
    assert!(server.stop().success());
    // As in a backup of the time before the last paper and the last changes.
    let database = stack.database().await;
    for sql in [
        "DELETE FROM paper WHERE title LIKE 'Escaping%'",
        "UPDATE paper SET title = 'A backup of graph retrieval' WHERE title LIKE 'A survey%'",
        "UPDATE paper_change SET number = 1",
    ] {
        database.execute_unprepared(sql).await.unwrap();
    }
    database.close().await.unwrap();
    let server = stack.serve().await;
    let client = server.client();
    until_found(&client, "backup", &["A backup"]).await;
    assert_eq!(until_equal(&client).await.len(), 5);
    assert!(by_words(&client, "escaping").await.edges.is_empty());
}
