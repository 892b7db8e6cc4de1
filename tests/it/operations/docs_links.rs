//! The documents against the program and the tree: settings, commands, names, files and links.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::Stack;
use crate::support::stack::project;

/// The files that names in documents may come from.
const SOURCES: [&str; 7] = [".rs", ".toml", ".graphql", ".html", ".txt", ".service", ".conf"];

/// The first folders of paths in the tree.
const FOLDERS: [&str; 12] = [
    "api/",
    "bench/",
    "crates/",
    "docs/",
    "domain/",
    "entity/",
    "examples/",
    "fuzz/",
    "migration/",
    "scripts/",
    "tests/",
    "worker/",
];

/// The documents for people, and the files that they deploy with.
fn documents() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let crates = std::fs::read_dir(project().join("crates")).unwrap().map(|entry| entry.unwrap().path());
    let folders = ["", "docs", "docs/adr", "docs/deploy", "examples"].map(|folder| project().join(folder));
    for folder in folders.into_iter().chain(crates) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_file() && (is_markdown(&path) || is_deployed(&path, name)) {
                found.push((path.clone(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 10, "{found:?}");
    found
}

fn is_markdown(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

fn is_deployed(path: &Path, name: &str) -> bool {
    path.parent().is_some_and(|folder| folder.ends_with("docs/deploy"))
        || ["Dockerfile", "docker-compose.yml"].contains(&name)
}

/// All files of the project by their paths, except built and installed ones.
fn files() -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![project().to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap_or_default();
            if path.is_dir() && !["target", "node_modules", ".git", ".venv"].contains(&name) {
                folders.push(path);
            } else if path.is_file() {
                found.push(path.strip_prefix(project()).unwrap().to_str().unwrap_or_default().to_owned());
            }
        }
    }
    found
}

/// The text between backticks.
fn quoted(text: &str) -> Vec<&str> {
    text.split("\n\n").flat_map(|paragraph| paragraph.split('`').skip(1).step_by(2)).collect()
}

/// The names of all settings.
fn settings(stack: &Stack) -> BTreeSet<String> {
    let printed = stack.done(&["settings"]);
    let keys =
        printed.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    keys.map(|(key, _)| key.to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_documents_name_exist() {
    let stack = Stack::new().await;
    let known: BTreeSet<String> = settings(&stack).iter().map(|key| key.to_ascii_uppercase()).collect();
    let mut named = 0;
    for (path, text) in documents() {
        for mention in text.split("DAILY_PAPERS_").skip(1) {
            let end = mention.find(|letter: char| !letter.is_ascii_uppercase() && letter != '_');
            let name = &mention[..end.unwrap_or(mention.len())];
            // The prefix alone, and a setting of tests.
            if name.is_empty() || name == "TEST_CLOCK" {
                continue;
            }
            named += 1;
            assert!(known.contains(name), "{} names DAILY_PAPERS_{name}", path.display());
        }
    }
    assert!(named > 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_that_documents_name_exist() {
    let stack = Stack::new().await;
    let mut tried = BTreeSet::new();
    for (path, text) in documents().into_iter().filter(|(path, _)| is_markdown(path)) {
        for (at, mention) in text.match_indices("daily-papers ") {
            let rest = text[at + mention.len()..].split(['\n', '`']).next().unwrap_or_default();
            let mut words = rest.split_whitespace().peekable();
            if words.next_if_eq(&"--config").is_some() {
                words.next();
            }
            let names: Vec<&str> = words.map_while(command_name).take(2).collect();
            if is_quoted(&text, at) && !names.is_empty() && tried.insert(names.join(" ")) {
                let help = stack.run(&[names.as_slice(), &["--help"]].concat());
                assert!(help.status.success(), "{} names daily-papers {}", path.display(), names.join(" "));
            }
        }
    }
    assert!(tried.len() > 10, "{tried:?}");
}

/// Whether this place is in a line of commands or between backticks, not in a sentence.
fn is_quoted(text: &str, at: usize) -> bool {
    let paragraph = text[..at].rsplit("\n\n").next().unwrap_or_default();
    let line = paragraph.rsplit('\n').next().unwrap_or_default();
    line.starts_with("    ") || paragraph.matches('`').count() % 2 == 1
}

/// A word of the command line that is the name of a command; arguments are in capitals or begin with a sign.
fn command_name(word: &str) -> Option<&str> {
    let word = word.trim_end_matches([',', '.', ';', ':', ')']);
    let is_name = !word.is_empty() && word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-');
    (is_name && !word.starts_with('-')).then_some(word)
}

#[test]
fn names_in_backticks_exist_in_the_sources() {
    // Words of other programs, and the metrics of a library, which another test compares with a scrape.
    let foreign = ["BindReadOnlyPaths", "NOTIFY", "TCP_USER_TIMEOUT", "max_attempts", "max_connections"];
    let sources: String = files()
        .iter()
        .filter(|file| !file.ends_with("docs_links.rs"))
        .filter(|file| SOURCES.iter().any(|end| file.ends_with(end)))
        .map(|file| std::fs::read_to_string(project().join(file)).unwrap())
        .collect();
    let known: BTreeSet<&str> =
        sources.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').collect();
    let (mut named, mut wrong) = (0, BTreeSet::new());
    for (path, text) in documents() {
        for word in quoted(&text) {
            let is_word = word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
            let is_name =
                word.contains('_') || word.chars().skip(1).any(|letter| letter.is_ascii_uppercase());
            if is_word && is_name && !foreign.contains(&word) && !word.starts_with("process_") {
                named += 1;
                if !known.contains(word) {
                    wrong.insert(format!("{} names `{word}`", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty() && named > 50, "{wrong:#?}");
}

#[test]
fn files_that_documents_name_exist() {
    let files = files();
    let (mut named, mut wrong) = (0, BTreeSet::new());
    // A replaced decision is kept unchanged.
    for (path, text) in documents().into_iter().filter(|(_, text)| !text.contains(") took its place.*")) {
        for word in quoted(&text) {
            let is_path =
                word.chars().all(|letter| letter.is_ascii_alphanumeric() || "/_.-".contains(letter));
            if is_path
                && (Path::new(word).extension().is_some_and(|extension| extension == "rs")
                    || FOLDERS.iter().any(|folder| word.starts_with(folder)))
            {
                named += 1;
                let inner = format!("/{}", word.trim_end_matches('/'));
                let is_there = files.iter().any(|file| {
                    let file = format!("/{file}");
                    file.ends_with(&inner) || file.contains(&format!("{inner}/"))
                });
                if !is_there {
                    wrong.insert(format!("{} names {word}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty() && named > 50, "{wrong:#?}");
}

#[test]
fn targets_of_make_that_documents_name_exist() {
    let makefile = std::fs::read_to_string(project().join("Makefile")).unwrap();
    let mut named = 0;
    for (path, text) in documents() {
        let lines = text.lines().filter_map(|line| line.strip_prefix("    make "));
        for target in quoted(&text).into_iter().filter_map(|word| word.strip_prefix("make ")).chain(lines) {
            let target = target.split_whitespace().next().unwrap_or_default();
            named += 1;
            assert!(makefile.contains(&format!("\n{target}:")), "{} names make {target}", path.display());
        }
    }
    assert!(named > 10);
}

#[test]
fn links_in_documents_have_a_target() {
    let mut links = 0;
    for (path, text) in documents() {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            if link.contains("://") {
                continue;
            }
            links += 1;
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.parent().unwrap().join(file) };
            assert!(target.exists(), "{} links to {link}", path.display());
            if !heading.is_empty() && is_markdown(&target) {
                let headings = headings(&std::fs::read_to_string(&target).unwrap());
                assert!(headings.contains(heading), "{} links to {link}: {headings:?}", path.display());
            }
        }
    }
    assert!(links > 20);
}

/// The anchors of headings, as on GitHub.
fn headings(text: &str) -> BTreeSet<String> {
    let is_kept = |letter: &char| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter);
    let address =
        |title: &str| title.to_lowercase().chars().filter(is_kept).collect::<String>().replace(' ', "-");
    text.lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| address(line.trim_start_matches('#').trim()))
        .collect()
}

/// The metrics in the first column of tables.
fn metrics(document: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(project().join(document)).unwrap();
    let cells = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let names = cells.map(|(name, _)| name.to_owned());
    names.filter(|name| name.starts_with("daily_papers_") || name.starts_with("process_")).collect()
}

#[test]
fn every_metric_has_an_alert_in_the_operations_document() {
    let described = metrics("docs/metrics.md");
    assert!(described.len() > 20, "{described:?}");
    assert_eq!(metrics("docs/operations.md"), described);
}

#[test]
fn every_document_is_in_the_index() {
    let index = std::fs::read_to_string(project().join("docs/README.md")).unwrap();
    let decisions = std::fs::read_to_string(project().join("docs/adr/README.md")).unwrap();
    for (path, _) in documents() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let folder = path.parent().unwrap();
        let list = if folder.ends_with("docs/adr") { &decisions } else { &index };
        if folder.starts_with(project().join("docs")) && name != "README.md" {
            assert!(list.contains(&format!("{name})")), "{} is in no index", path.display());
        }
    }
}
