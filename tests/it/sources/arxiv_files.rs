//! Imports of what arXiv serves, saved as files: the snapshot, OAI-PMH, the query API.

use serde_json::{Value, json};

use super::{counts, kill_until_done};
use crate::support::Stack;
use crate::support::graphql::nodes;

/// A line of the snapshot about paper `number` of January 2026.
fn line(number: u32, version: u32, change: &Value) -> String {
    let versions: Vec<Value> = (1..=version)
        .map(|version| json!({ "version": format!("v{version}"), "created": format!("Mon, {} Jan 2026 08:00:00 GMT", 4 + version) }))
        .collect();
    let mut line = json!({
        "id": format!("2601.{number:05}"), "title": format!("Snapshot of\n  paper {number}"),
        "abstract": format!("  What paper {number} is about,\nin lines.\n"), "categories": "cs.CL stat.ML",
        "authors": "Ada Lovelace and C. Babbage (Example)", "comments": null, "doi": null,
        "authors_parsed": [["Lovelace", "Ada", ""], ["Babbage", "C.", "", "Example"]],
        "versions": versions, "update_date": "2026-01-06",
    });
    for (key, value) in change.as_object().into_iter().flatten() {
        line[key] = value.clone();
    }
    line.to_string()
}

fn write_lines(stack: &Stack, name: &str, lines: impl IntoIterator<Item = String>) -> String {
    let text: Vec<String> = lines.into_iter().collect();
    let path = stack.path(name);
    std::fs::write(&path, text.join("\n")).unwrap();
    path.to_str().unwrap().to_owned()
}

/// A page of OAI-PMH with one record in the format arXivRaw.
fn oai_page(number: u32, datestamp: &str, title: &str, versions: u32) -> String {
    let version = |version: u32| {
        format!(
            r#"<version version="v{version}"><date>Mon, {} Jan 2026 08:00:00 GMT</date><size>9kb</size></version>"#,
            4 + version
        )
    };
    let versions: String = (1..=versions).map(version).collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
        <responseDate>2026-01-08T00:00:00Z</responseDate><request verb="ListRecords">x</request><ListRecords><record>
        <header><identifier>oai:arXiv.org:2601.{number:05}</identifier><datestamp>{datestamp}</datestamp></header>
        <metadata><arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>2601.{number:05}</id>{versions}<title>{title}</title>
        <authors>Ada Lovelace, C. Babbage</authors><categories>cs.CL</categories><abstract>From OAI.</abstract>
        </arXivRaw></metadata></record></ListRecords></OAI-PMH>"#
    )
}

const PAPERS: &str = "{ papers(first: 100) { nodes { arxivId title abstract
    authors { name } categories { code } publishedOn updatedOn doi withdrawnOn versions { number submittedAt } } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_imported_with_its_versions_and_a_second_time_changes_nothing() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let lines = [
        line(1, 2, &json!({ "authors_parsed": [["Poincar\\'e", "H.", ""]], "doi": "10.1000/Example" })),
        line(2, 1, &json!({ "categories": "math.NA cs.NA" })),
        line(3, 3, &json!({ "comments": "This paper has been withdrawn by the author" })),
        "{\"id\": \"2601.00004\"".to_owned(),
        line(5, 1, &json!({ "title": " " })),
    ];
    let path = write_lines(&stack, "snapshot.jsonl", lines);
    let output = stack.run(&["import", "arxiv-snapshot", &path]);
    assert!(output.status.success(), "{output:?}");
    let summary = String::from_utf8(output.stdout).unwrap();
    assert_eq!(counts(&summary), "read 5, created 3, updated 0, unchanged 0, rejected 2");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("snapshot.jsonl, line 4: ") && said.contains("snapshot.jsonl, line 5: "), "{said}");
    let again = stack.done(&["import", "arxiv-snapshot", &path]);
    assert_eq!(counts(&again), "read 5, created 0, updated 0, unchanged 3, rejected 2");

    let server = stack.serve().await;
    let found = server.client().field(PAPERS).await;
    let papers = nodes(&found);
    let of = |id: &str| papers.iter().find(|paper| paper["arxivId"] == id).unwrap().clone();
    let first = of("2601.00001");
    assert_eq!(first["title"], "Snapshot of paper 1");
    assert_eq!(first["abstract"], "What paper 1 is about, in lines.");
    assert_eq!(first["authors"], json!([{ "name": "H. Poincaré" }]));
    assert_eq!((&first["publishedOn"], &first["updatedOn"]), (&json!("2026-01-05"), &json!("2026-01-06")));
    assert_eq!(first["doi"], "10.1000/example");
    let versions = json!([{ "number": 1, "submittedAt": "2026-01-05T08:00:00Z" },
        { "number": 2, "submittedAt": "2026-01-06T08:00:00Z" }]);
    assert_eq!(first["versions"], versions);
    // Either code of a category that has two finds it.
    assert_eq!(of("2601.00002")["categories"], json!([{ "code": "math.NA" }, { "code": "cs.NA" }]));
    assert_eq!(of("2601.00003")["withdrawnOn"], "2026-01-07");
    assert_eq!(stack.count("SELECT COUNT(*) FROM featured_paper").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_is_read_compressed_and_by_category() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let lines = [
        line(1, 1, &json!({})),
        line(2, 1, &json!({ "categories": "math.CO" })),
        line(3, 1, &json!({ "categories": "stat.ML" })),
    ];
    let path = write_lines(&stack, "snapshot.jsonl", lines);
    for (program, ending) in [("gzip", "gz"), ("zstd", "zst")] {
        let done = std::process::Command::new(program).args(["-k", "-q", &path]).status();
        // Not every machine has zstd; the crate's own tests read both.
        let Ok(status) = done else { continue };
        assert!(status.success());
        let path = format!("{path}.{ending}");
        let summary = stack.done(&["import", "arxiv-snapshot", &path, "--categories", "cs,Stat.ml"]);
        assert!(counts(&summary).starts_with("read 2, created "), "{summary}");
    }
    assert_eq!(stack.rows("SELECT arxiv_id FROM paper ORDER BY 1").await, ["2601.00001", "2601.00003"]);
    let said = stack.refused(&["import", "arxiv-snapshot", &path, "--categories", "cs.XX"]);
    assert!(said.contains("--categories") && said.contains("cs.XX"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_import_of_a_snapshot_has_the_same_result() {
    let (undisturbed, killed) = (Stack::new().await, Stack::new().await);
    let mut paths = Vec::new();
    for stack in [&undisturbed, &killed] {
        stack.done(&["migrate"]);
        let line = |number: u32| {
            if number.is_multiple_of(700) { "no JSON".to_owned() } else { line(number, 1, &json!({})) }
        };
        let parts = [1..3100, 3100..6200].map(|numbers| numbers.map(line));
        let mut names = vec!["import".to_owned(), "arxiv-snapshot".to_owned()];
        for (name, lines) in ["1.jsonl", "2.jsonl"].into_iter().zip(parts) {
            names.push(write_lines(stack, name, lines));
        }
        paths.push(names);
    }
    let arguments = |at: usize| paths[at].iter().map(String::as_str).collect::<Vec<_>>();
    undisturbed.done(&arguments(0));
    let kills = kill_until_done(&killed, &arguments(1), 3);
    assert!(kills >= 2, "{kills}");
    let run = "SELECT status || ' ' || position || ' ' || read || ' ' || created || ' ' || rejected FROM import_run";
    let problems = "SELECT item || reason FROM import_problem ORDER BY id";
    let papers = "SELECT slug || title || author_count FROM paper ORDER BY slug";
    for sql in [run, problems, papers] {
        assert_eq!(killed.rows(sql).await, undisturbed.rows(sql).await, "{sql}");
    }
    assert_eq!(killed.rows(run).await, ["DONE 6199 6199 6191 8"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_arxiv_are_imported_and_broken_ones_are_named() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let folder = stack.path("oai");
    std::fs::create_dir(&folder).unwrap();
    let page = oai_page(7, "2026-01-07", "Of OAI", 2);
    std::fs::write(folder.join("1.xml"), &page).unwrap();
    std::fs::write(folder.join("2.xml"), &page[..page.len() / 2]).unwrap();
    std::fs::write(folder.join("3.xml"), "Rate exceeded.").unwrap();
    std::fs::write(folder.join("4.xml"), "<html><body>Retry after 30 seconds</body></html>").unwrap();
    let none = r#"<OAI-PMH><responseDate>2026-01-08T00:00:00Z</responseDate><error code="noRecordsMatch">x</error></OAI-PMH>"#;
    std::fs::write(folder.join("5.xml"), none).unwrap();
    let output = stack.run(&["import", "arxiv-oai", folder.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let summary = String::from_utf8(output.stdout).unwrap();
    assert_eq!(counts(&summary), "read 1, created 1, updated 0, unchanged 0, rejected 0, unreadable files 3");
    let said = String::from_utf8(output.stderr).unwrap();
    for file in ["2.xml: ", "3.xml: ", "4.xml: "] {
        assert!(said.contains(file), "{file} {said}");
    }
    let query = crate::support::stack::project().join("crates/arxiv/tests/data/query.xml");
    let summary = stack.done(&["import", "arxiv-query", query.to_str().unwrap()]);
    assert!(!counts(&summary).contains("created 0"), "{summary}");
    let summary = stack.done(&["import", "arxiv-query", query.to_str().unwrap()]);
    assert!(counts(&summary).contains("created 0, updated 0"), "{summary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_start_imports_of_every_kind() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let folder = stack.path("data/import");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("snapshot.jsonl"), line(1, 1, &json!({}))).unwrap();
    std::fs::write(folder.join("page.xml"), oai_page(2, "2026-01-07", "Of OAI", 1)).unwrap();
    let admin = server.admin(&stack);
    let start = "mutation($source: PaperSource!, $path: String!) { startImport(input: { source: $source, path: $path }) {
        importRun { id source } userErrors { code message } } }";
    for (source, path) in [("ARXIV_SNAPSHOT", "snapshot.jsonl"), ("ARXIV_OAI", "page.xml")] {
        let payload = admin.mutate(start, json!({ "source": source, "path": path })).await;
        assert!(payload.user_errors().is_empty(), "{payload}");
    }
    crate::support::eventually("both papers are there", || async {
        (stack.count("SELECT COUNT(*) FROM paper").await == 2).then_some(())
    })
    .await;
    let payload = admin.mutate(start, json!({ "source": "ARXIV_OAI", "path": "nowhere.xml" })).await;
    assert_eq!(payload.user_errors().len(), 1, "{payload}");
}
