//! A worker that is killed at any request: the end is the same as without.

use chrono::TimeDelta;

use super::{feature, serve, with_arxiv};
use crate::support::Stack;
use crate::support::papers_site::{Announcement, Paper, PapersSite};

/// Sources of all kinds: days, an announcement of two categories, and a harvest of several pages.
async fn sources() -> (Stack, PapersSite) {
    let (stack, site) = with_arxiv("cs.CL").await;
    stack.set("SOURCES", "hf-daily, arxiv");
    site.add((1..=7).map(Paper::numbered));
    site.set_page_size(2);
    site.announce("cs.CL", Announcement::on("2026-01-07").new_papers(&["2601.00001", "2601.00002"]));
    feature(&site, "2026-01-07", 8..10);
    feature(&site, "2026-01-06", 1..3);
    (stack, site)
}

/// What is to be the same: papers with all that sources say of them, lists, harvests, runs. Days that are over become settled
/// in the time that the interruptions take.
async fn state(stack: &Stack) -> Vec<Vec<String>> {
    let mut state = Vec::new();
    for sql in [
        "SELECT arxiv_id || ' ' || title || ' ' || CAST(published_on AS TEXT) || ' ' || source_upvotes FROM paper ORDER BY arxiv_id",
        "SELECT arxiv_id || ' ' || CAST(day AS TEXT) FROM featured_paper JOIN paper ON paper.id = paper_id ORDER BY arxiv_id",
        "SELECT arxiv_id || ' ' || upvotes || ' ' || paper_history.comments FROM (SELECT paper_id, day, upvotes, comments FROM paper_history) paper_history \
         JOIN (SELECT id, arxiv_id FROM paper) paper ON paper.id = paper_id ORDER BY arxiv_id",
        "SELECT source || ' ' || part || ' ' || CAST(day AS TEXT) || ' ' || REPLACE(status, 'SETTLED', 'READ') || ' ' || COALESCE(found, 0) FROM source_reading ORDER BY source, part, day",
        "SELECT key || ' ' || CAST(from_day AS TEXT) || ' ' || COALESCE(token, 'at its end') FROM harvest",
        "SELECT status FROM import_run WHERE status = 'RUNNING'",
    ] {
        state.push(stack.rows(sql).await);
    }
    state
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_killed_at_any_request_loses_nothing() {
    let (stack, site) = sources().await;
    drop(serve(&stack, &site).await);
    let undisturbed = state(&stack).await;
    let requests = site.requests().len();
    assert!(requests > 18, "15 days, an announcement, four pages: {requests}");

    let (stack, site) = sources().await;
    let mut kills = 0;
    // The first days are all alike: each third request is enough of them.
    for number in (1..=requests).filter(|number| number % 3 == 1 || *number > 12) {
        let mut hold = site.hold_at(1 + number / 8);
        let server = stack.serve().await;
        let reached = tokio::select! {
            _ = hold.reached() => true,
            () = server.wait_for_sweep(stack.now()) => false,
        };
        server.kill();
        drop(hold);
        if !reached {
            break;
        }
        kills += 1;
        // Past the lease of what it held.
        stack.set_clock(stack.now() + TimeDelta::minutes(6));
    }
    assert!(kills >= 3, "{kills}");
    drop(serve(&stack, &site).await);
    assert_eq!(state(&stack).await, undisturbed, "after {kills} kills");
}
