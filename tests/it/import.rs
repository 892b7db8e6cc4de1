//! Importing Hugging Face's daily JSON: what comes in, what is refused, again, and after a crash.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::Stack;
use crate::support::fixtures::{import_day, item, items, write_day};

/// `read 3, created 2, …` without the number of the run and the time.
fn counts(summary: &str) -> &str {
    summary.trim().rsplit_once(" (run ").unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn papers_come_in_once() {
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
    // What a source does not say stays.
    let less = import_day(&stack, "2026-01-06", 4..5);
    assert_eq!(counts(&less), "read 1, created 0, updated 1, unchanged 0, rejected 0");
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper WHERE repository_url IS NOT NULL").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_read_is_read_and_the_rest_has_a_reason() {
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
    assert!(output.status.success());
    let summary = String::from_utf8(output.stdout).unwrap();
    assert_eq!(counts(&summary), "read 7, created 3, updated 0, unchanged 0, rejected 4");
    let said = String::from_utf8(output.stderr).unwrap();
    for reason in [
        "2026-01-05.json, item 2: The title is missing.",
        "2026-01-05.json, item 3: no object",
        "2026-01-05.json, item 4: text that is no JSON and no Python literal",
        "broken.json: no JSON",
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
async fn paths_that_are_not_there_are_said() {
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
    let curator = server.client_with(&stack.token("curie", Some("--curator")));
    let input = json!({ "title": "The Consciousness Prior", "abstract": "A.", "publishedOn": "2026-01-01" });
    let create = "mutation($input: PaperInput!) { createPaper(input: $input) { paper { id } } }";
    let id = curator.ok(create, json!({ "input": input })).await["createPaper"]["paper"]["id"].clone();
    let feature = "mutation($id: ID!) { featurePaper(paperId: $id, on: \"2026-01-06\") { paper { id } } }";
    curator.ok(feature, json!({ "id": id })).await;
    let mut known = item(1, 7);
    known["title"] = json!("The consciousness  PRIOR");
    let path = write_day(&stack, "2026-01-05", &[known]);
    let summary = stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    assert_eq!(counts(&summary), "read 1, created 0, updated 1, unchanged 0, rejected 0");
    let paper = server
        .client()
        .get("{ paper(arxivId: \"2601.00001\") { slug title featuredOn upvoteCount abstract } }")
        .await["paper"]
        .clone();
    // Its address and its day stay; what it says is what the source says.
    assert_eq!(paper["slug"], "the-consciousness-prior");
    assert_eq!(paper["featuredOn"], "2026-01-06");
    assert_eq!(paper["upvoteCount"], 7);
    assert_eq!(paper["abstract"], "What paper 1 is about.");
}

/// All that an import leaves behind, but for numbers of rows and times.
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
async fn killed_and_run_again_is_as_if_never_killed() {
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

    // Each attempt is killed after its first batch, until one has nothing left to be killed in.
    let mut kills = 0;
    loop {
        let mut command = killed.command(["import", "hf-daily", "hf"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        // The first line says how far the run was, the next one that a batch is written.
        let begun = lines.next().is_some() && lines.next().is_some_and(|line| line.ends_with("records"));
        if !begun || kills == 4 {
            drop(lines.by_ref().last());
            assert!(child.wait().unwrap().success());
            break;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
    // A kill may come a batch late.
    assert!(kills >= 2, "{kills}");
    assert_eq!(state(&killed).await, expected);
    let again = killed.done(&["import", "hf-daily", "hf"]);
    assert_eq!(counts(&again), "read 3001, created 0, updated 0, unchanged 2999, rejected 2");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_imports_at_once_make_each_paper_once() {
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
