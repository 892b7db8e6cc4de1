//! What changes in the database changes in the index of every process.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    ALL, GRAPHS, HIDE, RESTORE, SURVEY, UPDATE, by_words, change, papers, server_with_papers, until_equal,
    until_found,
};
use crate::support::fixtures::{import_items, item};
use crate::support::journey::create_paper;
use crate::support::{Client, Process, Stack, eventually};

/// Within this time a change is found in every process; what a busy machine adds is the tests' own.
const FOUND_WITHIN: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_paper_is_found_by_what_it_says_now() {
    let stack = Stack::new().await;
    let (server, curator, ids) = server_with_papers(&stack).await;
    let client = server.client();
    change(
        &curator,
        UPDATE,
        &ids[4],
        json!({ "title": "A survey of hypergraphs", "abstract": "On lattices." }),
    )
    .await;
    until_found(&client, "hypergraphs", &[SURVEY]).await;
    assert_eq!(by_words(&client, "graph").await.order(), [GRAPHS]);
    // Every other field as well.
    change(
        &curator,
        UPDATE,
        &ids[4],
        json!({ "authors": ["Emmy Noether"], "categories": ["math.CO"], "keywords": ["matroids"],
            "organization": "Erlangen", "repositoryUrl": "https://github.com/e/n", "publishedOn": "2011-01-01" }),
    )
    .await;
    for query in
        ["author:noether", "cat:math.CO", "matroids", "org:erlangen", "year:2011", "has:code survey", "emmy"]
    {
        until_found(&client, query, &[SURVEY]).await;
    }
    assert!(by_words(&client, "hopper").await.edges.is_empty());
    change(&curator, HIDE, &ids[4], json!({})).await;
    until_found(&client, "hypergraphs", &[]).await;
    // It is not shown from the moment on at which it is hidden, and not counted as soon as the index has read of it.
    eventually("it is not counted", || async {
        let totals = [by_words(&client, "").await.total_count, by_words(&client, "survey").await.total_count];
        (totals == [Some(5), Some(0)]).then_some(())
    })
    .await;
    change(&curator, UPDATE, &ids[4], json!({ "title": "A survey of posets" })).await;
    change(&curator, RESTORE, &ids[4], json!({})).await;
    until_found(&client, "posets", &[SURVEY]).await;
    assert!(by_words(&client, "hypergraphs").await.edges.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planned_paper_is_found_once_its_day_opens() {
    let stack = Stack::at("2026-02-03T12:00:00Z").await;
    import_items(&stack, "2026-02-03", &[item(1, 1)]);
    import_items(&stack, "2026-02-05", &[item(2, 9)]);
    let server = stack.serve().await;
    let client = server.client();
    until_found(&client, "paper", &["Paper 1"]).await;
    assert!(by_words(&client, "2601.00002").await.edges.is_empty());
    assert_eq!(by_words(&client, "\"author 2\"").await.total_count, Some(0));
    stack.set_clock("2026-02-05T00:00:30Z".parse().unwrap());
    until_found(&client, "paper", &["Paper 1", "Paper 2"]).await;
    until_found(&client, "2601.00002", &["Paper 2"]).await;
}

/// The time until a process finds a paper.
async fn time_until_found(client: &Client, word: &str) -> Duration {
    let start = Instant::now();
    until_found(client, word, &["Novelty "]).await;
    start.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn new_papers_are_found_within_two_seconds_in_every_process() {
    let stack = Stack::new().await;
    let (server, curator, _) = server_with_papers(&stack).await;
    // On SQLite one process serves; on Postgres another one, and it has an index of its own in the same folder.
    let another: Option<Process> = if stack.is_embedded() { None } else { Some(stack.role("api").await) };
    if let Some(another) = &another {
        until_found(&another.client(), "", &ALL).await;
    }
    let mut times = Vec::new();
    for word in ["zeugma", "yttrium", "xylem", "wombat", "vellum"] {
        let title = format!("Novelty of {word}");
        create_paper(&curator, json!({ "title": title, "abstract": "New.", "publishedOn": "2026-01-05" }))
            .await;
        times.push(time_until_found(&server.client(), word).await);
        if let Some(another) = &another {
            times.push(time_until_found(&another.client(), word).await);
        }
    }
    println!("new papers were found after {times:?}");
    // The median: a busy machine may be late now and then.
    times.sort();
    assert!(times[times.len() / 2] <= FOUND_WITHIN, "{times:?}");
}

/// A generator of numbers that are always the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        // Knuth's MMIX generator.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

async fn change_at_random(curator: &Client, ids: &[String], numbers: &mut Numbers, count: usize) {
    let words = ["graph", "vision", "prompt", "kernel", "lattice", "tensor"];
    for _ in 0..count {
        let id = &ids[numbers.below(ids.len())];
        match numbers.below(4) {
            0 => change(curator, HIDE, id, Value::Null).await,
            1 => change(curator, RESTORE, id, Value::Null).await,
            _ => {
                let title = format!(
                    "{} {} {}",
                    words[numbers.below(6)],
                    words[numbers.below(6)],
                    numbers.below(1_000)
                );
                change(curator, UPDATE, id, json!({ "title": title })).await;
            }
        }
    }
}

/// The index has the same papers as the database, also by single words.
async fn assert_equal(client: &Client) {
    let titles = until_equal(client).await;
    for word in ["graph", "vision", "prompt", "kernel", "lattice", "tensor", "steps"] {
        let has_word = |title: &&String| title.to_lowercase().split(' ').any(|found| found == word);
        let expected: BTreeSet<String> = titles.iter().filter(has_word).cloned().collect();
        eventually(&format!("{word} finds {expected:?}"), || async {
            let found = by_words(client, &format!("title:{word}")).await;
            (found.titles() == expected && found.total_count == Some(expected.len())).then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_equals_the_database_after_edits_and_kills() {
    let stack = Stack::new().await;
    let (mut server, mut curator, mut ids) = server_with_papers(&stack).await;
    for (number, mut paper) in (0..12).zip(papers().into_iter().cycle()) {
        paper["arxivId"] = Value::Null;
        paper["title"] = json!(format!("tensor graph {number}"));
        ids.push(create_paper(&curator, paper).await);
    }
    let mut numbers = Numbers(20_261_127);
    for round in 0..3 {
        change_at_random(&curator, &ids, &mut numbers, 25).await;
        if round == 1 {
            assert_equal(&server.client()).await;
        }
        // Killed while the index is being written, and changed while nothing follows.
        server.kill();
        stack.set_clock(stack.now() + TimeDelta::minutes(1));
        server = stack.serve().await;
        curator = server.curator(&stack);
        assert_equal(&server.client()).await;
    }
}
