//! What the documents name is there.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::Stack;
use crate::support::stack::project;

/// The documents that are written for people, and the files that they are told to use.
fn documents() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for folder in ["", "docs", "docs/adr", "examples"] {
        for entry in std::fs::read_dir(project().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            let is_document = Path::new(name).extension().is_some_and(|extension| extension == "md");
            if is_document || ["Dockerfile", "docker-compose.yml"].contains(&name) {
                found.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 10, "{found:?}");
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_documents_name_exist() {
    let stack = Stack::new().await;
    let printed = stack.done(&["settings"]);
    let known: BTreeSet<String> = printed
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, _)| key.to_ascii_uppercase())
        .collect();
    let mut named = 0;
    for (path, text) in documents() {
        for mention in text.split("DAILY_PAPERS_").skip(1) {
            let end = mention.find(|letter: char| !letter.is_ascii_uppercase() && letter != '_');
            let name = &mention[..end.unwrap_or(mention.len())];
            // The prefix alone, and the one that only tests use.
            if name.is_empty() || name == "TEST_CLOCK" {
                continue;
            }
            named += 1;
            assert!(known.contains(name), "{} names DAILY_PAPERS_{name}", path.display());
        }
    }
    assert!(named > 5);
}

#[test]
fn links_of_documents_lead_somewhere() {
    let mut links = 0;
    for (path, text) in documents() {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            if link.contains("://") {
                continue;
            }
            links += 1;
            let target = path.parent().unwrap().join(link);
            assert!(target.exists(), "{} links to {link}", path.display());
        }
    }
    assert!(links > 20);
}
