//! Imports of files of Hugging Face's daily JSON: accepted records, rejections and warnings.

use serde_json::json;

use super::counts;
use crate::support::Stack;
use crate::support::fixtures::{import_day, item, items, write_day};
use crate::support::graphql::nodes;
use crate::support::journey::{create_paper, feature};

#[tokio::test(flavor = "multi_thread")]
async fn papers_are_imported_once() {
    let stack = Stack::new().await;
    let first = import_day(&stack, "2026-01-06", 1..6);
    assert_eq!(counts(&first), "read 5, created 5, updated 0, unchanged 0, rejected 0");
    let again = import_day(&stack, "2026-01-06", 1..6);
    assert_eq!(counts(&again), "read 5, created 0, updated 0, unchanged 5, rejected 0");
    let changed_at = stack.count("SELECT COUNT(DISTINCT changed_at) FROM paper").await;
    assert_eq!(changed_at, 1);

    let mut later = items(1..6);
    later[2]["paper"]["upvotes"] = json!(99);
    later[3]["paper"]["githubRepo"] = json!("https://github.com/ada/engine");
    let path = write_day(&stack, "2026-01-06", &later);
    let updated = stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    assert_eq!(counts(&updated), "read 5, created 0, updated 2, unchanged 3, rejected 0");
    assert_eq!(stack.count("SELECT COUNT(*) FROM import_run WHERE status = 'DONE'").await, 3);
    // Values that are missing in the source stay, and votes do not decrease.
    let less = import_day(&stack, "2026-01-06", 4..5);
    assert_eq!(counts(&less), "read 1, created 0, updated 0, unchanged 1, rejected 0");
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper WHERE repository_url IS NOT NULL").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn readable_records_are_imported_and_others_rejected_with_a_reason() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let mut nameless = item(3, 1);
    nameless["title"] = json!("");
    nameless["paper"]["title"] = json!(" ");
    let python = "{'paper': {'id': '2601.00004', 'authors': [{'name': 'O\\'Neil', 'hidden': False}], \
        'publishedAt': '2026-01-05T00:00:00.000Z', 'title': \"It's text\", 'summary': 'Text.', 'upvotes': 2}, \
        'title': \"It's text\", 'numComments': 1}";
    write_day(&stack, "2026-01-05", &[item(1, 5), nameless, json!(17), json!("no literal"), json!(python)]);
    let wrapped = json!({ "status": "success", "date": "2026-01-06", "data": [item(2, 1)] });
    std::fs::write(stack.path("hf/wrapped.json"), wrapped.to_string()).unwrap();
    std::fs::write(stack.path("hf/broken.json"), "<html>").unwrap();
    std::fs::write(stack.path("hf/notes.txt"), "not looked at").unwrap();
    let folder = stack.path("hf");
    let output = stack.run(&["import", "hf-daily", folder.to_str().unwrap()]);
    // An unreadable file is not a rejected record; it makes the import fail after everything else is imported.
    assert_eq!(output.status.code(), Some(1));
    let summary = String::from_utf8(output.stdout).unwrap();
    assert_eq!(counts(&summary), "read 6, created 3, updated 0, unchanged 0, rejected 3, unreadable files 1");
    let said = String::from_utf8(output.stderr).unwrap();
    for reason in [
        "2026-01-05.json, item 2: The title is missing.",
        "2026-01-05.json, item 3: not an object",
        "2026-01-05.json, item 4: text that is neither JSON nor a Python literal",
        "broken.json: not valid JSON",
    ] {
        assert!(said.contains(reason), "{reason} is missing in:\n{said}");
    }
    assert_eq!(stack.count("SELECT COUNT(*) FROM import_problem").await, 4);
    let days = stack
        .rows("SELECT arxiv_id || ' ' || CAST(day AS TEXT) FROM paper JOIN featured_paper ON paper_id = paper.id ORDER BY 1")
        .await;
    assert_eq!(days, ["2601.00001 2026-01-05", "2601.00002 2026-01-06", "2601.00004 2026-01-05"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_import_paths_are_reported() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let output = stack.run(&["import", "hf-daily", "nowhere"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().contains("nowhere"));
    std::fs::create_dir(stack.path("empty")).unwrap();
    let output = stack.run(&["import", "hf-daily", "empty"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("no .json file"));
    assert_eq!(stack.count("SELECT COUNT(*) FROM import_run").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_without_identifier_is_merged_by_its_title() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let curator = server.curator(&stack);
    let input = json!({ "title": "The Consciousness Prior", "abstract": "A.", "publishedOn": "2026-01-01" });
    let id = create_paper(&curator, input).await;
    feature(&curator, &id, Some("2026-01-06")).await;
    let mut known = item(1, 7);
    known["title"] = json!("The consciousness  PRIOR");
    let path = write_day(&stack, "2026-01-05", &[known]);
    let summary = stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    assert_eq!(counts(&summary), "read 1, created 0, updated 1, unchanged 0, rejected 0");
    let paper = server
        .client()
        .field("{ paper(arxivId: \"2601.00001\") { slug title featuredOn upvoteCount abstract } }")
        .await;
    // Its address and its day stay, and so does what the curator wrote.
    assert_eq!(paper["slug"], "the-consciousness-prior");
    assert_eq!(paper["featuredOn"], "2026-01-06");
    assert_eq!(paper["upvoteCount"], 7);
    assert_eq!((&paper["title"], &paper["abstract"]), (&json!("The Consciousness Prior"), &json!("A.")));
}

/// Imports files with these contents; answers the exit code, the counts and the text on standard error.
fn import_files(stack: &Stack, files: &[(&str, &[u8])]) -> (Option<i32>, String, String) {
    std::fs::create_dir_all(stack.path("files")).unwrap();
    let mut arguments = vec!["import".to_owned(), "hf-daily".to_owned()];
    for (name, octets) in files {
        let path = stack.path("files").join(name);
        std::fs::write(&path, octets).unwrap();
        arguments.push(path.to_str().unwrap().to_owned());
    }
    let output = stack.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let summary = String::from_utf8(output.stdout).unwrap();
    let counted = summary.trim().rsplit_once(" (run ").map_or("", |(counted, _)| counted).to_owned();
    (output.status.code(), counted, String::from_utf8(output.stderr).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flaw_in_a_minor_field_is_a_warning_that_names_it() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let flaws = [
        ("/paper/authors", json!(null), "paper.authors"),
        ("/paper/githubStars", json!(5_000_000_000_i64), "paper.githubStars"),
        ("/paper/githubRepo", json!("https://github.com/a/\u{0}b"), "paper.githubRepo"),
        ("/paper/projectPage", json!("https://example.org/\nx"), "paper.projectPage"),
        (
            "/paper/organization",
            json!({ "name": null, "fullname": "Foo \u{0}Lab" }),
            "paper.organization.name",
        ),
        ("/paper/summary", json!(7), "paper.summary"),
        ("/thumbnail", json!({ "url": "https://example.org/t.png" }), "thumbnail"),
    ];
    let mut flawed = items(1..9);
    for ((pointer, value, _), item) in flaws.iter().zip(&mut flawed) {
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        item.pointer_mut(parent).unwrap()[key] = value.clone();
    }
    let path = write_day(&stack, "2026-01-06", &flawed);
    let output = stack.run(&["import", "hf-daily", path.to_str().unwrap()]);
    assert!(output.status.success());
    let summary = String::from_utf8(output.stdout).unwrap();
    assert!(counts(&summary).starts_with("read 8, created 8, updated 0, unchanged 0, rejected 0, warnings "));
    let said = String::from_utf8(output.stderr).unwrap();
    let server = stack.serve().await;
    let admin = server.admin(&stack);
    let runs = "{ admin { importRuns(first: 1) { nodes { warningCount unreadableFiles problems \
        warnings(first: 50) { totalCount nodes { item field message } } } } } }";
    let run = nodes(&admin.field(runs).await["importRuns"])[0].clone();
    assert_eq!(run["problems"], json!([]));
    assert_eq!(run["unreadableFiles"], 0);
    assert_eq!(run["warningCount"], run["warnings"]["totalCount"]);
    for (at, (_, _, field)) in flaws.iter().enumerate() {
        let item = format!("2026-01-06.json, item {}", at + 1);
        assert!(said.contains(&format!("{item}, {field}: ")), "{item} {field} is missing in:\n{said}");
        let warnings = nodes(&run["warnings"]);
        assert!(warnings.iter().any(|node| node["item"] == item && node["field"] == *field), "{warnings:?}");
    }
    let paper = server
        .client()
        .field("{ paper(arxivId: \"2601.00005\") { organization { slug name } repositoryUrl } }")
        .await;
    assert_eq!(paper["organization"], json!({ "slug": "foo-lab", "name": "Foo Lab" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_other_encodings_and_with_lenient_json_are_read() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let day = serde_json::to_string(&items(1..3)).unwrap();
    let nan = serde_json::to_string(&items(3..5)).unwrap().replacen("\"upvotes\":2", "\"upvotes\":NaN", 1);
    let half = serde_json::to_string(&items(5..7)).unwrap().replace("\"Paper 5\"", "\"Paper 5 \\ud83d\"");
    let wide: Vec<u8> =
        serde_json::to_string(&items(7..9)).unwrap().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let deep = serde_json::to_string(&items(9..11)).unwrap().replacen(
        "\"upvotes\":2",
        &format!("\"upvotes\":{}{}", "[".repeat(50_000), "]".repeat(50_000)),
        1,
    );
    let (code, counted, said) = import_files(
        &stack,
        &[
            ("2026-01-05.json", &[b"\xEF\xBB\xBF", day.as_bytes()].concat()),
            ("2026-01-06.json", nan.as_bytes()),
            ("2026-01-07.json", half.as_bytes()),
            ("2026-01-08.json", &[&[0xFF, 0xFE], wide.as_slice()].concat()),
            ("2026-01-09.json", deep.as_bytes()),
        ],
    );
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(counted, "read 10, created 10, updated 0, unchanged 0, rejected 0, warnings 2");
    assert!(said.contains("2026-01-06.json, item 1, paper.upvotes: "), "{said}");
    assert_eq!(
        stack.rows("SELECT title FROM paper WHERE arxiv_id = '2601.00005'").await,
        ["Paper 5 \u{FFFD}"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_without_any_accepted_record_fails() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let (code, counted, said) = import_files(&stack, &[("2026-01-05.json", b"[17, {}]")]);
    assert_eq!((code, counted.as_str()), (Some(1), "read 2, created 0, updated 0, unchanged 0, rejected 2"));
    assert!(said.contains("Every record was rejected"), "{said}");
    let (code, counted, said) = import_files(&stack, &[("2026-01-06.json", b"<html>")]);
    assert_eq!(
        (code, counted.as_str()),
        (Some(1), "read 0, created 0, updated 0, unchanged 0, rejected 0, unreadable files 1")
    );
    assert!(said.contains("could not be read"), "{said}");
    // A day without papers is not a failure.
    let (code, ..) = import_files(&stack, &[("2026-01-07.json", b"[]")]);
    assert_eq!(code, Some(0));
}
