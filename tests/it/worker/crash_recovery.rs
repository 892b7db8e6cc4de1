//! Crashes in the middle of a run: nothing is lost, and nobody gets two different mails.
//!
//! On Postgres five runs of 5,000 subscribers by default, each with two workers that are killed at random moments and
//! replaced; `CRASH_RUNS` says how many (`make test-crash`: 50). On SQLite two of 2,000, with the one process that does
//! everything. The kills are spread over the run, so that each meets workers that are sending. The clock runs sixty times
//! as fast as normal, so that leases of killed workers expire within seconds. The number of repeated mails is bounded
//! as in docs/email.md: for each kill, one message per connection and the outcomes that were not written yet.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::support::fixtures::{import_day, import_subscribers};
use crate::support::journey::subscription_id;
use crate::support::servers::OwnServers;
use crate::support::{Process, Reaction, Stack, Step, eventually, wait_for};

/// The number of workers that are killed in a run.
const KILLS_PER_RUN: usize = 8;

/// The maximum of outcomes that wait to be written, and the connections of a worker.
const MAX_REPEATED_PER_KILL: usize = 200 + 4;

/// The speed of the clock.
const CLOCK_SPEED: i32 = 60;

/// Lets the clock of a stack run until it is dropped.
struct RunningClock(tokio::task::JoinHandle<()>);

impl RunningClock {
    fn start(stack: &Arc<Stack>) -> Self {
        let stack = Arc::clone(stack);
        let (began, instant) = (Instant::now(), stack.now());
        Self(tokio::spawn(async move {
            loop {
                // This sleep is the source of time.
                tokio::time::sleep(Duration::from_millis(20)).await;
                stack.set_clock(instant + TimeDelta::from_std(began.elapsed()).unwrap() * CLOCK_SPEED);
            }
        }))
    }
}

impl Drop for RunningClock {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A stack whose subscribers are all due.
async fn due(stack: Stack, subscribers: usize) -> Arc<Stack> {
    stack.set("LEASE_MINUTES", "4");
    stack.set("LOG", "warn");
    import_subscribers(&stack, subscribers);
    import_day(&stack, "2026-01-07", 20..24);
    stack.set_clock("2026-01-08T08:10:00Z".parse().unwrap());
    Arc::new(stack)
}

/// The Message-IDs that each recipient got, in their order.
fn received(stack: &Stack) -> HashMap<String, Vec<String>> {
    let mut received: HashMap<String, Vec<String>> = HashMap::new();
    for mail in stack.smtp.mails() {
        let id = mail.octets.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap().to_owned();
        received.entry(mail.recipient).or_default().push(id);
    }
    received
}

async fn sent(stack: &Stack) -> usize {
    let sent = stack.count("SELECT COUNT(*) FROM delivery WHERE kind = 'DIGEST' AND status = 'SENT'").await;
    usize::try_from(sent).unwrap()
}

async fn until_sent(stack: &Stack, count: usize) {
    let states = "SELECT status || ' ' || COALESCE(reason, '-') || ' ' || COUNT(*) FROM delivery \
                  GROUP BY status, reason";
    let all = || async { (sent(stack).await >= count).then_some(()) };
    let is_done = wait_for(all).await.is_some();
    assert!(is_done, "not all are sent: {:?}", stack.rows(states).await);
}

/// The result of a run.
struct Outcome {
    lost: usize,
    repeated: usize,
    /// Recipients who got two different mails.
    different: usize,
}

fn outcome(stack: &Stack, subscribers: usize) -> Outcome {
    let received = received(stack);
    Outcome {
        lost: (0..subscribers)
            .filter(|number| !received.contains_key(&format!("a{number}@example.org")))
            .count(),
        repeated: received.values().map(|ids| ids.len() - 1).sum(),
        different: received.values().filter(|ids| ids.iter().any(|id| *id != ids[0])).count(),
    }
}

/// Two workers, or the one process that does everything.
async fn workers(stack: &Stack) -> Vec<Process> {
    if stack.is_embedded() {
        return vec![stack.serve().await];
    }
    vec![stack.role("worker").await, stack.role("worker").await]
}

/// One run: workers are killed at random moments, from when the first mails have come until most have.
async fn run(stack: Stack, subscribers: usize, seed: u64) -> Outcome {
    let mut random = StdRng::seed_from_u64(seed);
    let stack = due(stack, subscribers).await;
    let clock = RunningClock::start(&stack);
    let mut workers = workers(&stack).await;
    for kill in 0..KILLS_PER_RUN {
        let share = subscribers * 9 / 10 / KILLS_PER_RUN;
        until_received(&stack, share * kill + random.random_range(1..share)).await;
        // At a random moment, not just after a mail has arrived.
        tokio::time::sleep(Duration::from_millis(random.random_range(0..100))).await;
        let victim = random.random_range(0..workers.len());
        workers.swap_remove(victim).kill();
        workers.push(if stack.is_embedded() { stack.serve().await } else { stack.role("worker").await });
    }
    until_sent(&stack, subscribers).await;
    drop(clock);
    for worker in &workers {
        assert!(worker.stop().success(), "{}", worker.log());
    }
    outcome(&stack, subscribers)
}

/// Repeated runs, and a table of their results.
async fn runs(runs: u64, subscribers: usize, stack: impl AsyncFn() -> Stack) {
    println!("run  kills  lost  repeated  bound");
    for seed in 1..=runs {
        let Outcome { lost, repeated, different } = run(stack().await, subscribers, seed).await;
        let bound = KILLS_PER_RUN * MAX_REPEATED_PER_KILL;
        println!("{seed:>3}  {KILLS_PER_RUN:>5}  {lost:>4}  {repeated:>8}  {bound:>5}");
        assert_eq!((lost, different), (0, 0), "run {seed}");
        assert!(repeated <= bound, "run {seed}: {repeated} repeated, {bound} at most");
    }
}

/// Waits until the mail server has this number of mails.
async fn until_received(stack: &Stack, count: usize) {
    let came = || async { (stack.smtp.count() >= count).then_some(()) };
    wait_for(came).await.unwrap_or_else(|| panic!("{} mails of {count}", stack.smtp.count()));
}

#[tokio::test(flavor = "multi_thread")]
async fn unsubscribing_during_a_run_stops_mail_within_a_second() {
    const COUNT: usize = 1_000;
    let stack = due(Stack::new().await, COUNT).await;
    // A slow server, which notes when it heard of each recipient.
    let began: Arc<std::sync::Mutex<HashMap<String, Instant>>> = Arc::default();
    let seen = Arc::clone(&began);
    stack.smtp.script(move |step| {
        if let Step::Rcpt(recipient) = step {
            seen.lock().unwrap().insert(recipient.clone(), Instant::now());
            return Reaction::After(Duration::from_millis(5));
        }
        Reaction::Take
    });
    let token = stack.token("root", Some("--admin"));
    let mut workers = workers(&stack).await;
    if !stack.is_embedded() {
        workers.push(stack.role("api").await);
    }
    let admin = workers[workers.len() - 1].client_with(&token);
    until_received(&stack, COUNT / 10).await;
    let mut left = HashMap::new();
    for number in (0..COUNT).rev().step_by(20) {
        let email = format!("a{number}@example.org");
        let id = subscription_id(&admin, &email).await;
        let leave = "mutation($id: ID!) { unsubscribeSubscriber(id: $id) { userErrors { code } } }";
        admin.ok(leave, serde_json::json!({ "id": id })).await;
        left.insert(email, Instant::now());
    }
    let open = "SELECT COUNT(*) FROM delivery WHERE status IN ('QUEUED', 'SENDING', 'DEFERRED')";
    eventually("no open delivery is left", || async { (stack.count(open).await == 0).then_some(()) }).await;
    let mut reached = 0;
    for (email, committed) in &left {
        if let Some(at) = began.lock().unwrap().get(email) {
            reached += 1;
            let after = at.saturating_duration_since(*committed);
            assert!(after < Duration::from_secs(1), "{email} got mail {after:?} after unsubscribing");
        }
    }
    assert!(reached < left.len(), "nobody unsubscribed in time");
    for worker in &workers {
        assert!(worker.stop().success(), "{}", worker.log());
    }
}

mod embedded {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_process_killed_at_random_moments_loses_nothing() {
        let stack = async || {
            let stack = Stack::new().await;
            assert!(stack.is_embedded(), "this needs the embedded default: run `make test`");
            stack
        };
        runs(2, 2_000, stack).await;
    }
}

mod production {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn workers_killed_at_random_moments_lose_nothing() {
        #[expect(
            clippy::disallowed_methods,
            reason = "not a setting of the service: the number of test runs"
        )]
        let count = std::env::var("CRASH_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(5);
        runs(count, 5_000, Stack::production).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn postgres_and_redis_restarted_in_mid_run_lose_nothing() {
        const COUNT: usize = 2_000;
        let mut servers = OwnServers::start();
        let stack = due(Stack::on_own(&servers).await, COUNT).await;
        let clock = RunningClock::start(&stack);
        let workers = workers(&stack).await;
        until_received(&stack, COUNT / 5).await;
        stack.flush_redis();
        until_received(&stack, COUNT * 2 / 5).await;
        tokio::task::block_in_place(|| servers.restart_postgres());
        until_received(&stack, COUNT * 3 / 5).await;
        tokio::task::block_in_place(|| servers.restart_redis());
        until_received(&stack, COUNT * 4 / 5).await;
        tokio::task::block_in_place(|| servers.restart_postgres());
        until_sent(&stack, COUNT).await;
        drop(clock);
        let Outcome { lost, repeated, different } = outcome(&stack, COUNT);
        assert_eq!((lost, different), (0, 0));
        // Deliveries in flight at the restart are recorded after it: no process died.
        assert!(repeated <= 2 * workers.len() * MAX_REPEATED_PER_KILL, "{repeated} were repeated");
        for worker in &workers {
            assert!(worker.stop().success(), "{}", worker.log());
        }
    }
}
