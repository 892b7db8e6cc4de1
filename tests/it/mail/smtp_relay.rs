//! The SMTP relay: its extensions, its rate limit, and the priority of confirmations.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use serde_json::json;

use crate::support::fixtures::import_day;
use crate::support::journey::{SUBSCRIBE, ask, subscribe, subscribers};
use crate::support::{Process, Reaction, Stack, Step, eventually};

/// Subscribers who have had their first digest, and papers for the next one.
async fn subscribers_due(stack: &Stack, server: &Process, count: usize) -> Vec<String> {
    let emails = subscribers(stack, &server.client(), count).await;
    import_day(stack, "2026-01-07", 20..22);
    emails
}

async fn stack_with_papers() -> Stack {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..4);
    stack
}

/// Counts the MAIL commands that the server receives.
fn count_senders(stack: &Stack) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    stack.smtp.script(move |step| {
        if matches!(step, Step::Mail(_)) {
            counter.fetch_add(1, Ordering::SeqCst);
        }
        Reaction::Take
    });
    count
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_extensions_gets_the_same_mail() {
    let stack = stack_with_papers().await;
    stack.smtp.offer(&[]);
    let server = stack.serve().await;
    for email in subscribers_due(&stack, &server, 2).await {
        assert_eq!(stack.smtp.nth_to(&email, 2).await.papers(), ["Paper 1", "Paper 2", "Paper 3"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn helo_is_used_if_ehlo_is_refused() {
    let stack = stack_with_papers().await;
    stack.smtp.script(|step| match step {
        Step::Ehlo => Reaction::Say("502 5.5.1 what?"),
        _ => Reaction::Take,
    });
    let server = stack.serve().await;
    let mail = ask(&stack, &server.client(), json!({ "email": "ada@example.org" })).await;
    assert!(mail.subject().contains("Confirm"));
    assert!(!server.log().contains("mail is held back"), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_over_the_size_limit_fails_before_it_is_sent() {
    let stack = stack_with_papers().await;
    let server = stack.serve().await;
    subscribers_due(&stack, &server, 1).await;
    stack.smtp.offer(&["PIPELINING", "SIZE 1000"]);
    let senders = count_senders(&stack);
    stack.advance_to("2026-01-08T08:10:00Z").await;
    let state = "SELECT status || ' ' || COALESCE(reason || ' ' || reply, '') FROM delivery \
                 WHERE kind = 'DIGEST' AND cutoff_day = '2026-01-07'";
    let failed = eventually("the deliveries have failed", || async {
        stack.rows(state).await.pop().filter(|state| state.starts_with("FAILED TOO_LARGE"))
    })
    .await;
    assert!(failed.ends_with("octets, and the server takes 1000 at most"), "{failed}");
    assert_eq!(senders.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_sent_without_required_starttls() {
    let stack = stack_with_papers().await;
    stack.set("SMTP_URL", &format!("{}?tls=required", stack.smtp.url()));
    let senders = count_senders(&stack);
    let server = stack.serve().await;
    server.client().ok(SUBSCRIBE, json!({ "input": { "email": "ada@example.org" } })).await;
    eventually("the lane is held", || async { server.log().contains("offers no STARTTLS").then_some(()) })
        .await;
    let state = "SELECT status || ' ' || deferrals FROM delivery";
    eventually("the delivery is queued", || async {
        (stack.rows(state).await == ["QUEUED 0"]).then_some(())
    })
    .await;
    assert_eq!(senders.load(Ordering::SeqCst), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_closes_between_messages_uses_up_no_attempt() {
    let stack = stack_with_papers().await;
    stack.set("SMTP_CONNECTIONS", "1");
    let server = stack.serve().await;
    let emails = subscribers_due(&stack, &server, 4).await;
    let senders = Arc::new(AtomicUsize::new(0));
    stack.smtp.script(move |step| match step {
        // The second message over the connection, and the first over the next one.
        Step::Mail(_) if senders.fetch_add(1, Ordering::SeqCst) == 1 => Reaction::Say("421 4.4.2 good-bye"),
        _ => Reaction::Take,
    });
    stack.advance_to("2026-01-08T08:10:00Z").await;
    for email in &emails {
        stack.smtp.nth_to(email, 3).await;
    }
    assert!(!server.log().contains("mail is held back"), "{}", server.log());
    let attempts = "SELECT DISTINCT CAST(attempt AS TEXT) FROM delivery";
    assert_eq!(stack.rows(attempts).await, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_after_a_reconnect_waits_for_the_rate_limit() {
    let stack = stack_with_papers().await;
    stack.set("SMTP_CONNECTIONS", "1");
    let server = stack.serve().await;
    let emails = subscribers_due(&stack, &server, 3).await;
    assert!(server.stop().success());
    stack.set("SMTP_MESSAGES_PER_SECOND", "2");
    let _server = stack.serve().await;
    let senders = Arc::new(Mutex::new(Vec::new()));
    let heard = senders.clone();
    stack.smtp.script(move |step| {
        if !matches!(step, Step::Mail(_)) {
            return Reaction::Take;
        }
        let mut heard = heard.lock().unwrap();
        heard.push(Instant::now());
        if heard.len() == 2 { Reaction::Say("421 4.4.2 good-bye") } else { Reaction::Take }
    });
    stack.advance_to("2026-01-08T08:10:00Z").await;
    for email in &emails {
        stack.smtp.nth_to(email, 3).await;
    }
    let senders = senders.lock().unwrap();
    let gaps: Vec<Duration> = senders.windows(2).map(|pair| pair[1].duration_since(pair[0])).collect();
    assert_eq!(gaps.len(), 3, "{gaps:?}");
    // Half a second, less the tolerance of the rate limit.
    assert!(gaps.iter().all(|gap| *gap > Duration::from_millis(350)), "{gaps:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_lane_resumes_on_time_with_claimed_deliveries() {
    let stack = stack_with_papers().await;
    let server = stack.serve().await;
    // Some deliveries are returned unsent, and some agents have nothing to do.
    let emails = subscribers_due(&stack, &server, 11).await;
    stack.smtp.script(|step| match step {
        Step::Mail(_) => Reaction::Say("451 4.3.0 later"),
        _ => Reaction::Take,
    });
    stack.advance_to("2026-01-08T08:10:00Z").await;
    eventually("the lane is held", || async { server.log().contains("mail is held back").then_some(()) })
        .await;
    stack.settle().await;
    stack.smtp.take_all();
    stack.advance(TimeDelta::minutes(7)).await;
    for email in &emails {
        stack.smtp.nth_to(email, 3).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn confirmations_do_not_wait_for_digests() {
    let stack = stack_with_papers().await;
    let server = stack.serve().await;
    subscribers_due(&stack, &server, 24).await;
    // Six rounds of the four connections, which take nine seconds.
    stack.smtp.script(|step| match step {
        Step::Dot(to) if to.starts_with('a') => Reaction::After(Duration::from_millis(1_500)),
        _ => Reaction::Take,
    });
    stack.advance_to("2026-01-08T08:10:00Z").await;
    let waiting = "SELECT COUNT(*) FROM delivery WHERE kind = 'DIGEST' AND status = 'SENDING'";
    eventually("digests are in flight", || async { (stack.count(waiting).await > 12).then_some(()) }).await;
    for email in ["new@example.org", "other@example.org"] {
        ask(&stack, &server.client(), json!({ "email": email })).await;
    }
    assert!(stack.count(waiting).await > 0, "the digests were sent before the confirmation");
}

/// No period has more than ten messages a second. A busy machine may delay some for a second and send them
/// together.
fn assert_at_most_ten_a_second(times: &[Instant]) {
    for (from, first) in times.iter().enumerate() {
        for (count, last) in (1_u32..).zip(&times[from..]) {
            let seconds = last.duration_since(*first).as_secs_f64() + 1.0;
            assert!(f64::from(count) <= 10.0 * seconds + 1.0, "{count} messages in {seconds} s and one more");
        }
    }
}

/// The times at which digests of the second edition were accepted.
fn times(stack: &Stack) -> Vec<Instant> {
    let mails = stack.smtp.mails();
    let mut times: Vec<Instant> =
        mails.iter().filter(|mail| mail.subject().contains("Paper 20")).map(|mail| mail.at).collect();
    times.sort();
    times
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rate_limit_is_kept_and_confirmations_go_first() {
    let stack = stack_with_papers().await;
    let server = stack.serve().await;
    subscribers_due(&stack, &server, 30).await;
    assert!(server.stop().success());
    stack.set("SMTP_MESSAGES_PER_SECOND", "10");
    let server = stack.serve().await;
    stack.advance_to("2026-01-08T08:10:00Z").await;
    eventually("digests are in flight", || async { (times(&stack).len() > 2).then_some(()) }).await;
    ask(&stack, &server.client(), json!({ "email": "new@example.org" })).await;
    assert!(times(&stack).len() < 25, "the digests were sent before the confirmation");
    eventually("all deliveries are sent", || async { (times(&stack).len() == 30).then_some(()) }).await;
    let times = times(&stack);
    assert_at_most_ten_a_second(&times);
    let took = times.last().unwrap().duration_since(times[0]);
    assert!(took > Duration::from_millis(2_700), "{took:?}");
}

mod production {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn two_workers_share_the_rate_limit() {
        let stack = Stack::production().await;
        import_day(&stack, "2026-01-06", 1..4);
        let api = stack.role("api").await;
        let worker = stack.role("worker").await;
        for number in 0..60 {
            let email = format!("a{number}@example.org");
            let time = if number < 30 { "08:00" } else { "08:11" };
            subscribe(&stack, &api.client(), json!({ "email": email, "sendTime": time })).await;
            stack.smtp.nth_to(&email, 2).await;
        }
        import_day(&stack, "2026-01-07", 20..22);
        assert!(worker.stop().success());
        stack.set("SMTP_MESSAGES_PER_SECOND", "10");
        let workers = [stack.role("worker").await, stack.role("worker").await];
        // One has its hands full with the first half when the second is due, which the other takes.
        stack.advance_to("2026-01-08T08:10:00Z").await;
        eventually("digests are in flight", || async { (times(&stack).len() > 2).then_some(()) }).await;
        stack.set_clock("2026-01-08T08:21:30Z".parse().unwrap());
        eventually("all deliveries are sent", || async { (times(&stack).len() == 60).then_some(()) }).await;
        let times = times(&stack);
        assert_at_most_ten_a_second(&times);
        let took = times.last().unwrap().duration_since(times[0]);
        assert!(took > Duration::from_millis(5_700), "{took:?}");
        for worker in &workers {
            assert!(worker.log().contains(": sent to="), "{}", worker.log());
        }
    }
}
