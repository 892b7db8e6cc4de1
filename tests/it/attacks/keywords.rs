//! Filters with the maximum number of keywords, on twenty thousand papers.

use std::time::Instant;

use futures::future::join_all;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::alive::alive_during;
use crate::support::fixtures::stack_with_papers;
use crate::support::graphql::GraphqlResponse;
use crate::support::{Client, Stack};

const PAPER_COUNT: usize = 20_000;

/// Inserts papers as the program would, in two statements.
async fn fill(stack: &Stack) {
    let numbers = format!(
        "WITH RECURSIVE n (i) AS (SELECT 101 UNION ALL SELECT i + 1 FROM n WHERE i < {})",
        PAPER_COUNT + 100
    );
    let papers = "INSERT INTO paper (id, slug, title, title_key, abstract, authors, author_count, published_on, \
        media_urls, participants, source_upvotes, source_comments, upvotes, comments, trending, created_at, changed_at) ";
    let paper = " SELECT i, 'made-' || i, 'Paper ' || i, 'paper ' || i, 'An abstract.', '[]', 0, '2026-01-05', '[]', '[]', \
        i % 90, 0, 0, 0, 0, '2026-01-06 00:00:00+00:00', '2026-01-06 00:00:00+00:00' FROM n";
    let words = "INSERT INTO paper_words (paper_id, words, rules) ";
    let words_of = " SELECT i, ' common shared w' || (i % 50) || ' v' || (i % 47) || ' paper ', 1000 FROM n";
    let database = stack.database().await;
    for sql in [format!("{papers}{numbers}{paper}"), format!("{words}{numbers}{words_of}")] {
        database.execute_unprepared(&sql).await.unwrap();
    }
}

/// Filters with a hundred entries each.
fn filters() -> Vec<Value> {
    let all = |entry: &dyn Fn(usize) -> String| (0..50).map(entry).collect::<Vec<_>>();
    vec![
        json!({ "keywords": all(&|i| format!("w{i}")), "excludeKeywords": all(&|i| format!("v{i}")) }),
        json!({ "keywords": all(&|i| format!("nowhere{i}")), "excludeKeywords": all(&|_| "common".to_owned()) }),
        json!({ "keywords": all(&|_| "common".to_owned()), "excludeKeywords": all(&|i| format!("v{i} x{i}")) }),
        json!({ "keywords": all(&|_| "common shared".to_owned()), "authors": all(&|i| format!("Nobody {i}")) }),
        json!({ "authors": all(&|i| format!("Nobody {i}")), "organizations": all(&|i| format!("None {i}")) }),
    ]
}

async fn ask(client: &Client, filter: Value) -> GraphqlResponse {
    let query = "query($f: PaperFilter) { papers(first: 50, orderBy: TRENDING, filter: $f) { totalCount nodes { title } } }";
    client.execute(query, json!({ "f": filter })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_with_a_hundred_keywords_do_not_block_other_requests() {
    let (stack, server) = stack_with_papers(1..4).await;
    fill(&stack).await;
    let client = server.client();
    let found = ask(&client, json!({ "keywords": ["w7"] })).await;
    assert_eq!(found.data()["papers"]["totalCount"], PAPER_COUNT / 50, "{found}");
    let begun = Instant::now();
    let lists = async {
        for _ in 0..2 {
            let asked = filters().into_iter().chain(filters()).map(|filter| ask(&client, filter));
            for answer in join_all(asked).await {
                // On a busy machine it may end at its deadline.
                let code = answer.error_code();
                assert!(matches!(code, None | Some("TIMEOUT")), "{answer}");
            }
        }
    };
    alive_during(&server, lists).await;
    println!("20 lists of a hundred entries took {:?}", begun.elapsed());
}
