//! The commands `model` and what they refuse.

use std::fs;

use super::{by_words, copy, install_tiny_model, server_with_papers};
use crate::support::Stack;
use crate::support::stack::project;

#[tokio::test(flavor = "multi_thread")]
async fn a_model_whose_files_differ_is_not_installed() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let source = stack.path("source");
    copy(&project().join("crates/search/tests/data/tiny-bert"), &source);
    let from = source.to_str().unwrap();
    let said = stack.refused(&["model", "install", "all-MiniLM-L6-v2", "--from", from]);
    assert!(said.contains("all-MiniLM-L6-v2 was not installed"), "{said}");
    assert!(said.contains("config.json") && said.contains("612 bytes"), "{said}");
    // The right size and other content.
    fs::write(source.join("config.json"), vec![b' '; 612]).unwrap();
    let said = stack.refused(&["model", "install", "all-MiniLM-L6-v2", "--from", from]);
    assert!(said.contains("config.json") && said.contains("SHA-256"), "{said}");
    let said = stack.refused(&["model", "install", "--from", "/nowhere"]);
    assert!(said.contains("/nowhere/config.json"), "{said}");
    assert_eq!(fs::read_dir(stack.path("data/models")).unwrap().count(), 0);
    let said = stack.refused(&["model", "install", "nonesuch", "--from", from]);
    assert!(said.contains("nonesuch is not a known model") && said.contains("all-MiniLM-L6-v2"), "{said}");
    let listed = stack.done(&["model", "list"]);
    assert!(listed.contains("all-MiniLM-L6-v2") && !listed.contains(" installed"), "{listed}");
    assert!(stack.done(&["search", "status"]).contains("No model is in use"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_is_not_installed_cannot_be_used() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    for name in ["all-MiniLM-L6-v2", "../../etc", ""] {
        let said = stack.refused(&["model", "use", name]);
        assert!(said.contains("is not installed in"), "{said}");
    }
    install_tiny_model(&stack);
    assert!(stack.done(&["model", "list"]).contains("tiny"), "{}", stack.done(&["model", "list"]));
    let said = stack.done(&["model", "use", "tiny"]);
    assert!(said.contains("have tiny use it"), "{said}");
    assert!(stack.done(&["search", "status"]).contains("Model in use          tiny@"));
    assert!(stack.done(&["doctor"]).contains("by words and by meaning: tiny"));
    // One that cannot be read is named, and nothing changes.
    fs::write(stack.path("data/models/tiny/model.safetensors"), "damaged").unwrap();
    let said = stack.refused(&["model", "use", "tiny"]);
    assert!(said.contains("model.safetensors"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_model_leaves_search_by_words() {
    let stack = Stack::new().await;
    install_tiny_model(&stack);
    fs::write(stack.path("data/models/tiny/model.safetensors"), "damaged").unwrap();
    let (server, ..) = server_with_papers(&stack).await;
    assert!(server.log().contains("the model cannot be loaded"), "{}", server.log());
    assert_eq!(by_words(&server.client(), "graph").await.edges.len(), 2);
    let found = super::ask(&server.client(), "graph", "HYBRID", serde_json::Value::Null).await;
    assert_eq!((found.mode.as_str(), found.notice.as_deref()), ("KEYWORD", Some("NO_MODEL")));
}
