//! Repeated imports of the same papers: in any order, twice in one file, in another batch.

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use super::counts;
use crate::support::Stack;
use crate::support::fixtures::{import_items, item, items, write_day};

/// Days with the same papers: titles, votes, organizations and versions differ from day to day.
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
async fn files_can_be_imported_in_any_order_and_again() {
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
async fn duplicate_records_in_a_file_change_nothing_the_second_time() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let mut twice = vec![item(1, 100), item(1, 40), item(2, 1), item(3, 1)];
    twice[1]["title"] = json!("Paper 1, revised");
    // Two papers with the same title, and two whose titles differ in a sign.
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
async fn repeated_records_are_recognized_across_batches() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    // A batch has 500 items: most papers are in two batches, with differences.
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
    // Two snapshots of one day: the later one is kept, even if the other is imported again.
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
    // A curator's title is kept, even if the source moves the paper and has more stars.
    let database = stack.database().await;
    database
        .execute_unprepared("UPDATE paper SET title = 'By hand' WHERE slug = '2601.00001'")
        .await
        .unwrap();
    let mut moved = item(1, 600);
    moved["title"] = json!("At noon");
    moved["paper"]["githubStars"] = json!(7);
    import_items(&stack, "2026-01-06", &[item(999, 1), moved]);
    let stars = "SELECT repository_stars FROM paper WHERE slug = '2601.00001'";
    assert_eq!(stack.count(stars).await, 7);
    let stands =
        stack.rows("SELECT title || ' ' || source_upvotes FROM paper WHERE slug = '2601.00001'").await;
    assert_eq!(stands, ["By hand 600"]);
}
