//! Importing Hugging Face's daily JSON: what comes in, what is refused, again, and after a crash.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use sea_orm::ConnectionTrait as _;
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
    // What a source does not say stays, and votes do not go down.
    let less = import_day(&stack, "2026-01-06", 4..5);
    assert_eq!(counts(&less), "read 1, created 0, updated 0, unchanged 1, rejected 0");
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
    // A file is no record; one that cannot be read makes the whole a failure, after everything else came in.
    assert_eq!(output.status.code(), Some(1));
    let summary = String::from_utf8(output.stdout).unwrap();
    assert_eq!(counts(&summary), "read 6, created 3, updated 0, unchanged 0, rejected 3, unreadable files 1");
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

/// Imports files of these octets; answers the exit code, the counts and what was said on standard error.
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
async fn a_flaw_in_a_small_field_is_a_warning_that_names_it() {
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
    let admin = server.client_with(&stack.token("root", Some("--admin")));
    let runs = "{ admin { importRuns(first: 1) { nodes { warningCount unreadableFiles problems \
        warnings(first: 50) { totalCount nodes { item field message } } } } } }";
    let run = admin.get(runs).await["admin"]["importRuns"]["nodes"][0].clone();
    assert_eq!(run["problems"], json!([]));
    assert_eq!(run["unreadableFiles"], 0);
    assert_eq!(run["warningCount"], run["warnings"]["totalCount"]);
    for (at, (_, _, field)) in flaws.iter().enumerate() {
        let item = format!("2026-01-06.json, item {}", at + 1);
        assert!(said.contains(&format!("{item}, {field}: ")), "{item} {field} is missing in:\n{said}");
        let nodes = run["warnings"]["nodes"].as_array().unwrap();
        assert!(nodes.iter().any(|node| node["item"] == item && node["field"] == *field), "{nodes:?}");
    }
    let paper = server
        .client()
        .get("{ paper(arxivId: \"2601.00005\") { organization { slug name } repositoryUrl } }")
        .await["paper"]
        .clone();
    assert_eq!(paper["organization"], json!({ "slug": "foo-lab", "name": "Foo Lab" }));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_other_programs_write_are_read() {
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
async fn an_import_that_brought_nothing_fails() {
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
    assert!(said.contains("nothing could be read"), "{said}");
    // A day without papers is no failure.
    let (code, ..) = import_files(&stack, &[("2026-01-07.json", b"[]")]);
    assert_eq!(code, Some(0));
}

/// Days that speak of the same papers: titles, votes, organizations and versions differ from day to day.
fn overlapping() -> Vec<(String, Vec<Value>)> {
    let mut days = Vec::new();
    for day in 5_u32..9 {
        let mut listed = items(1..6);
        for (number, item) in (1..).zip(&mut listed) {
            item["title"] = json!(format!("Paper {number} as of {day}"));
            item["paper"]["upvotes"] = json!(if number == 2 { 100 - day } else { day * 3 });
            item["paper"]["organization"] = json!({
                "name": if day.is_multiple_of(2) { "Lab-X" } else { "lab-x" },
                "fullname": format!("Lab of {day}"),
            });
        }
        // The latest version is in the first file.
        listed[3]["paper"]["id"] = json!(format!("2601.00004v{}", 10 - day));
        let name = format!("2026-01-{day:02}");
        days.push((name, listed));
    }
    days
}

#[tokio::test(flavor = "multi_thread")]
async fn files_may_come_in_any_order_and_again() {
    let said = "SELECT p.arxiv_id || '|' || p.title || '|' || p.source_upvotes || '|' || p.trending || '|' || \
        CAST(f.day AS TEXT) || '|' || o.slug || '|' || o.name || '|' || w.words FROM paper p \
        JOIN featured_paper f ON f.paper_id = p.id JOIN organization o ON o.id = p.organization_id \
        JOIN paper_words w ON w.paper_id = p.id ORDER BY p.arxiv_id";
    let mut ends = Vec::new();
    for order in [[0, 1, 2, 3], [3, 1, 0, 2], [2, 3, 1, 0]] {
        let stack = Stack::at("2026-01-12T12:00:00Z").await;
        stack.done(&["migrate"]);
        let days = overlapping();
        for at in order {
            let path = write_day(&stack, &days[at].0, &days[at].1);
            stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
        }
        let end = stack.rows(said).await;
        assert_eq!(end.len(), 5);
        assert!(end[0].starts_with("2601.00001|Paper 1 as of 8|24|"), "{end:?}");
        assert!(end[0].contains("|2026-01-05|lab-x|Lab of 8|"), "{end:?}");
        assert!(end[1].starts_with("2601.00002|Paper 2 as of 8|95|"), "{end:?}");
        assert!(end[3].starts_with("2601.00004|Paper 4 as of 5|"), "{end:?}");
        let again = stack.done(&["import", "hf-daily", stack.path("hf").to_str().unwrap()]);
        assert_eq!(counts(&again), "read 20, created 0, updated 0, unchanged 20, rejected 0");
        assert_eq!(stack.rows(said).await, end);
        ends.push(end);
    }
    assert!(ends.iter().all(|end| *end == ends[0]), "{ends:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_that_says_a_thing_twice_changes_nothing_the_second_time() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let mut twice = vec![item(1, 100), item(1, 40), item(2, 1), item(3, 1)];
    twice[1]["title"] = json!("Paper 1, revised");
    // Two papers of one title, and two whose titles differ in a sign.
    twice[3]["title"] = json!("Paper 2");
    twice.extend([item(4, 1), item(5, 1)]);
    twice[4]["title"] = json!("A Survey of C++");
    twice[5]["title"] = json!("A Survey of C#");
    let path = write_day(&stack, "2026-01-06", &twice);
    let first = stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    assert_eq!(counts(&first), "read 6, created 5, updated 0, unchanged 1, rejected 0");
    let again = stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    assert_eq!(counts(&again), "read 6, created 0, updated 0, unchanged 6, rejected 0");
    let papers = stack.rows("SELECT title || ' ' || source_upvotes FROM paper ORDER BY arxiv_id").await;
    assert_eq!(
        papers,
        ["Paper 1, revised 100", "Paper 2 1", "Paper 2 1", "A Survey of C++ 1", "A Survey of C# 1"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_before_is_known_again_in_any_batch() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    // A batch has 500 items: most papers are said once in each of two, differently.
    let mut listed = items(1..302);
    listed.extend(items(1..302).into_iter().map(|mut item| {
        item["title"] = json!(format!("{}, revised", item["title"].as_str().unwrap()));
        item["paper"]["organization"] = json!({ "name": "lab", "fullname": "The Lab" });
        item
    }));
    listed[0]["paper"]["organization"] = json!({ "name": "lab", "fullname": "A Lab" });
    let path = write_day(&stack, "2026-01-06", &listed);
    let import = || stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    assert_eq!(counts(&import()), "read 602, created 301, updated 102, unchanged 199, rejected 0");
    let state =
        "SELECT CAST(changed_at AS TEXT) || title || (SELECT name FROM organization) FROM paper ORDER BY id";
    let end = stack.rows(state).await;
    assert!(end.iter().all(|row| row.ends_with(", revisedThe Lab")), "{end:?}");
    for _ in 0..2 {
        assert_eq!(counts(&import()), "read 602, created 0, updated 0, unchanged 602, rejected 0");
        assert_eq!(stack.rows(state).await, end);
    }
    // Two snapshots of one day: the one that came later stands, also when the other comes again.
    let snapshot = |title: &str, votes: u32| {
        let mut item = item(1, votes);
        item["title"] = json!(title);
        let path = write_day(&stack, "2026-01-06", &[item]);
        stack.done(&["import", "hf-daily", path.to_str().unwrap()])
    };
    let one = "read 1, created 0, updated 1, unchanged 0, rejected 0";
    assert_eq!(counts(&snapshot("At ten", 500)), one);
    assert_eq!(counts(&snapshot("At noon", 600)), one);
    let none = "read 1, created 0, updated 0, unchanged 1, rejected 0";
    assert_eq!(counts(&snapshot("At ten", 550)), none);
    // A curator's word stands, also if the source lists the paper elsewhere and counts more stars.
    let database = stack.database().await;
    database
        .execute_unprepared("UPDATE paper SET title = 'By hand' WHERE slug = '2601.00001'")
        .await
        .unwrap();
    let mut moved = item(1, 600);
    moved["title"] = json!("At noon");
    moved["paper"]["githubStars"] = json!(7);
    let path = write_day(&stack, "2026-01-06", &[item(999, 1), moved]);
    stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    let stars = "SELECT repository_stars FROM paper WHERE slug = '2601.00001'";
    assert_eq!(stack.count(stars).await, 7);
    let stands =
        stack.rows("SELECT title || ' ' || source_upvotes FROM paper WHERE slug = '2601.00001'").await;
    assert_eq!(stands, ["By hand 600"]);
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
        let lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        // A busy machine has other things to say between.
        let mut progress = lines.filter(|line| line.ends_with("records"));
        // The first line says how far the run was, the next one that a batch is written.
        let begun = progress.next().is_some() && progress.next().is_some();
        if !begun || kills == 4 {
            drop(progress.last());
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
