//! Sources on Postgres and Redis: several workers, and servers that are restarted.

use chrono::TimeDelta;

use super::{asked, feature, stack_with_site};
use crate::support::papers_site::PapersSite;
use crate::support::servers::OwnServers;
use crate::support::{Stack, eventually};

fn set_up(stack: &Stack, site: &PapersSite) {
    stack.set("HF_URL", &site.url("/"));
    stack.set("SOURCES", "hf-daily");
    stack.set("SOURCE_CONTACT", "curator@example.org");
    stack.set("SOURCE_PRIVATE_HOSTS", &site.host());
    stack.set("HF_PAUSE_SECONDS", "0");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_ask_one_at_a_time_and_for_nothing_twice() {
    let (stack, site) = stack_with_site().await;
    assert!(!stack.is_embedded(), "needs TEST_POSTGRES_URL and TEST_REDIS_URL: run `make test`");
    set_up(&stack, &site);
    feature(&site, "2026-01-07", 1..4);
    let workers = [stack.role("worker").await, stack.role("worker").await];
    eventually("all days are read", || async {
        // Who waits for the turn waits for the clock.
        stack.set_clock(stack.now() + TimeDelta::milliseconds(100));
        let read = "SELECT COUNT(*) FROM source_reading WHERE read_at IS NOT NULL AND lease_until IS NULL";
        (stack.count(read).await == 15).then_some(())
    })
    .await;
    assert_eq!(asked(&site, "/api/daily_papers"), 15);
    assert_eq!(site.most_at_once(), 1);
    drop(workers);
}

#[tokio::test(flavor = "multi_thread")]
async fn restarted_servers_lose_nothing() {
    let mut servers = OwnServers::start();
    let stack = Stack::on_own(&servers).await;
    let site = PapersSite::start();
    set_up(&stack, &site);
    feature(&site, "2026-01-07", 1..4);
    let mut hold = site.hold_at(3);
    let worker = stack.role("worker").await;
    hold.reached().await;
    servers.restart_postgres();
    servers.restart_redis();
    hold.release();
    // What the restart broke off is claimed again when its lease is over.
    for _ in 0..3 {
        worker.next_sweep(&stack).await;
        stack.set_clock(stack.now() + TimeDelta::minutes(3));
    }
    eventually("all days are read", || async {
        let read = "SELECT COUNT(*) FROM source_reading WHERE read_at IS NOT NULL";
        (stack.count(read).await == 15).then_some(())
    })
    .await;
    assert_eq!(stack.count("SELECT COUNT(*) FROM paper").await, 3);
}
